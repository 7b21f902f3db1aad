"""Vertebral Bone Quality (VBQ) from lumbar MRI: from images to a score that can be checked.

```python
import vbq

scan = vbq.read_scan("study/")            # the sagittal T1 of a folder, file or zip
anatomy = vbq.find_anatomy(scan)          # vertebral bodies by level, canal, midline
measurement = vbq.take_reading(scan, anatomy)
measurement.reading.score                 # e.g. 3.12; higher means worse bone

for result in vbq.score("archive/"):      # all of the above for every study in a tree
    print(result.name, result.reading.status, result.reading.score)
```

Heavy libraries are loaded when first used, so importing this package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vbq.anatomy import Anatomy, find_anatomy
    from vbq.errors import VBQError
    from vbq.flag import Flag
    from vbq.measure import Measurement, Reading, take_reading
    from vbq.phantom import make_phantom
    from vbq.report import write_results
    from vbq.scan import Scan, find_series, read_scan
    from vbq.scoring import StudyResult, score

__version__ = version("vbq")

__all__ = [
    "Anatomy",
    "Flag",
    "Measurement",
    "Reading",
    "Scan",
    "StudyResult",
    "VBQError",
    "__version__",
    "find_anatomy",
    "find_series",
    "make_phantom",
    "read_scan",
    "score",
    "take_reading",
    "write_results",
]

_HOME = {
    "Anatomy": "vbq.anatomy",
    "find_anatomy": "vbq.anatomy",
    "VBQError": "vbq.errors",
    "Flag": "vbq.flag",
    "Measurement": "vbq.measure",
    "Reading": "vbq.measure",
    "take_reading": "vbq.measure",
    "make_phantom": "vbq.phantom",
    "write_results": "vbq.report",
    "Scan": "vbq.scan",
    "find_series": "vbq.scan",
    "read_scan": "vbq.scan",
    "StudyResult": "vbq.scoring",
    "score": "vbq.scoring",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
