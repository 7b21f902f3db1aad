"""The risk model of a study: saved, applied to patients, judged and recalibrated elsewhere."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
