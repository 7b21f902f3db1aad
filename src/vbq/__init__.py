"""Vertebral Bone Quality (VBQ) from lumbar MRI: from images to a score that can be checked.

```python
import vbq

scan = vbq.read_scan("study/")            # the sagittal T1 of a folder, file or zip
anatomy = vbq.find_anatomy(scan)          # vertebral bodies by level, canal, midline
measurement = vbq.take_reading(scan, anatomy)
measurement.reading.score                 # e.g. 3.12; higher means worse bone

for result in vbq.score("archive/"):      # all of the above for every study in a tree
    print(result.name, result.reading.status, result.reading.score)

analysis = vbq.run_study(vbq.read_plan("plan.yaml"))     # scores and clinical table to a study
vbq.write_study("results", analysis)
```

Heavy libraries are loaded when first used, so importing this package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vbq._version import __version__

if TYPE_CHECKING:
    from vbq.anatomy import Anatomy, find_anatomy
    from vbq.errors import VBQError
    from vbq.finding import Finding
    from vbq.measure import Measurement, Reading, take_reading
    from vbq.measure.regions.manual_rois import read_rois
    from vbq.phantom import make_phantom
    from vbq.report import write_results
    from vbq.report.study.folder import write_study
    from vbq.scan import Scan, find_series, read_scan
    from vbq.scoring import StudyResult, score
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.run import run_study
    from vbq.study.plan.plan import Plan
    from vbq.study.plan.plan_file import read_plan

__all__ = [
    "Analysis",
    "Anatomy",
    "Finding",
    "Measurement",
    "Plan",
    "Reading",
    "Scan",
    "StudyResult",
    "VBQError",
    "__version__",
    "find_anatomy",
    "find_series",
    "make_phantom",
    "read_plan",
    "read_rois",
    "read_scan",
    "run_study",
    "score",
    "take_reading",
    "write_results",
    "write_study",
]

_HOME = {
    "Anatomy": "vbq.anatomy",
    "find_anatomy": "vbq.anatomy",
    "VBQError": "vbq.errors",
    "Finding": "vbq.finding",
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
    "read_rois": "vbq.measure.regions.manual_rois",
    "Analysis": "vbq.study.analysis.analysis",
    "run_study": "vbq.study.analysis.run",
    "Plan": "vbq.study.plan.plan",
    "read_plan": "vbq.study.plan.plan_file",
    "write_study": "vbq.report.study.folder",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
