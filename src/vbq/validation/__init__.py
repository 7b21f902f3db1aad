"""Validation on a digital reference object: phantoms with known true scores, read and judged.

>>> from vbq.validation import phantom_grid
>>> grid = phantom_grid(seed=0)
>>> {spine.part for spine in grid} >= {"core", "repeats", "factors", "shading"}
True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
