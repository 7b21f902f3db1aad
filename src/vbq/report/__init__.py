"""Readings, agreement, harmonisation, studies and risk models for people and systems."""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(
    __name__,
    __getattr__,
    {"write_file": "vbq.files.write_file", "write_folder": "vbq.files.write_folder"},
)
