"""Validation on a digital reference object: phantoms with known true scores, read and judged.

>>> from vbq.validation import phantom_grid
>>> grid = phantom_grid(seed=0)
>>> {spine.part for spine in grid} >= {"core", "repeats", "factors", "shading"}
True
"""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(
    __name__,
    __getattr__,
    {
        "Scanning": "ScanCondition",
        "measure": "read_spine",
        "measure_all": "read_spines",
        "write_validation": "vbq.report.write_validation",
    },
)
