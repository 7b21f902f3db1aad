"""Digital lumbar spines with MR physics and known answers.

>>> from vbq.phantom import MriSettings, SpineShape, make_phantom
>>> settings = MriSettings(slices=1, matrix=(96, 96), pixel_mm=3)
>>> phantom = make_phantom(shape=SpineShape(), acquisition=settings, true_vbq=3.2)
>>> round(phantom.truth.vbq, 6)
3.2
"""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(
    __name__,
    __getattr__,
    {"write_study": "write_mri_study"},
)
