"""The fracture study: a plan and a table of patients become a cohort, checked before any model."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
