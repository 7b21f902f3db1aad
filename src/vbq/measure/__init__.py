"""Scan and Anatomy become a Reading: regions, signals, the score and its quality flags."""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(__name__, __getattr__, {"take_reading": "measure_scan"})
