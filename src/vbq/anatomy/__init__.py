"""A Scan becomes an Anatomy: vertebral bodies by level, canal and midline."""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(
    __name__, __getattr__, {"Engine": "EngineInfo", "engine": "get_segmenter"}
)
