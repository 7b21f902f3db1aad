"""Statistics: numpy arrays in, frozen dataclasses out; images and studies are unknown here.

Import from the sub-package, as in ``from vbq.stats.performance import compare_auc``; an index by
question is in ``docs/statistics.md``. A result that is undefined for the data at hand (a constant
column, a single subject) is refused with the reason, never returned as NaN.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
