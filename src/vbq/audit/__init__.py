"""Audit of a published table: what its printed figures prove, and what they only suggest."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
