"""Digital lumbar spines with MR physics and known answers.

>>> from vbq.phantom import MriSettings, SpineShape, make_phantom
>>> settings = MriSettings(slices=1, matrix=(96, 96), pixel_mm=3)
>>> phantom = make_phantom(shape=SpineShape(), acquisition=settings, true_vbq=3.2)
>>> round(phantom.truth.vbq, 6)
3.2
"""

from vbq.phantom.make import Phantom, Truth, make_phantom
from vbq.phantom.pathology import Pathology
from vbq.phantom.random import random_phantom
from vbq.phantom.settings import MriSettings
from vbq.phantom.spine_shape import SpineShape
from vbq.phantom.study import write_study

__all__ = [
    "MriSettings",
    "Pathology",
    "Phantom",
    "SpineShape",
    "Truth",
    "make_phantom",
    "random_phantom",
    "write_study",
]
