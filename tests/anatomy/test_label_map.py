"""A label map given instead of the network: what cannot be a spine is not scored."""

import numpy as np
import pytest

from vbq.anatomy.label_map import LabelMap
from vbq.errors import InputError
from vbq.phantom import MriSettings, make_phantom
from vbq.scan import Scan, Source

SETTINGS = MriSettings(slices=5, matrix=(128, 128), pixel_mm=2.2, sub_slices=1)


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(acquisition=SETTINGS, true_vbq=3)


@pytest.fixture
def label_map(phantom):
    """The phantom's labels with some numbers put in place of others, and its scan."""
    scan = phantom.as_scan()
    truth = phantom.true_anatomy(scan).labels

    def make(changes):
        numbers = np.array([changes.get(n, n) for n in range(256)], np.float32)
        labels = numbers[truth]
        source = Source("seg.nii.gz", "nifti")
        return scan, LabelMap(Scan(labels, scan.affine, scan.acquisition, source))

    return make


@pytest.mark.parametrize(
    ("changes", "levels"),
    [
        ({22: 24, 24: 22}, r"L4 \(23\) above L3 \(22\)"),
        ({20: 21, 21: 20}, r"L2 \(21\) above L1 \(20\)"),
        ({19: 26, 26: 19}, r"L1 \(20\) above T12 \(19\)"),
    ],
)
def test_levels_out_of_order_are_refused(label_map, changes, levels):
    scan, labels = label_map(changes)
    with pytest.raises(InputError, match=rf"seg\.nii\.gz has {levels}") as caught:
        labels.find_anatomy(scan)
    assert caught.value.code == "level_order"


@pytest.mark.parametrize("changes", [{}, {22: 0}, {19: 0, 18: 0, 26: 0}, {24: 25}])
def test_levels_in_order_are_taken_also_with_gaps(label_map, changes):
    scan, labels = label_map(changes)
    assert 20 in {v.level for v in labels.find_anatomy(scan).vertebrae}
