"""Only a stack from which a sagittal slice can be taken passes, with one message for all."""

import pytest

from vbq.errors import RefusalError
from vbq.phantom import MriSettings, make_phantom
from vbq.scan.scan import require_sagittal

SMALL = {"slices": 3, "matrix": (40, 40), "pixel_mm": 3.0, "slice_spacing_mm": 9.0}


@pytest.mark.parametrize("plane", ["axial", "coronal"])
def test_other_planes_are_named(plane):
    scan = make_phantom(acquisition=MriSettings(**SMALL, plane=plane)).as_scan()
    with pytest.raises(RefusalError, match=f"The series is {plane}") as caught:
        require_sagittal(scan)
    assert caught.value.code == "not_sagittal"
    assert caught.value.remedy


@pytest.mark.parametrize("spacing", [3.0, 9.0])
def test_sagittal_and_cubic_stacks_pass(spacing):
    settings = MriSettings(**(SMALL | {"slice_spacing_mm": spacing}))
    require_sagittal(make_phantom(acquisition=settings).as_scan())
