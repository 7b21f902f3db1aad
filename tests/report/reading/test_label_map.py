"""The label map lies on the file it was made from, however that is stored."""

import gzip
from dataclasses import replace
from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from vbq.report import label_map_bytes
from vbq.report.reading.label_map import native_order
from vbq.scan import canonical

EVERY_STORAGE = [
    tuple(zip(order, flips, strict=True))
    for order in permutations(range(3))
    for flips in product([False, True], repeat=3)
]


def oblique(scan):
    """The scan turned about all three axes: what is stored is never quite along the patient."""
    a, b, c = 0.12, -0.2, 0.08
    turn = (
        np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
        @ np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        @ np.array([[1, 0, 0], [0, np.cos(c), -np.sin(c)], [0, np.sin(c), np.cos(c)]])
    )
    affine = scan.affine.copy()
    affine[:3] = turn @ affine[:3]
    return replace(scan, affine=affine)


@pytest.mark.parametrize("axes", EVERY_STORAGE)
def test_every_storage_order_round_trips(scan_of, anatomy_of, tmp_path, axes):
    scan = oblique(scan_of(native_axes=axes))
    anatomy = anatomy_of()
    anatomy.labels[0, 3, 2] = 20  # nothing symmetric
    anatomy.labels[4, 100, 70] = 26
    path = tmp_path / "labels.nii.gz"
    path.write_bytes(label_map_bytes(scan, anatomy))

    image = nib.load(path)
    assert image.get_data_dtype() == np.uint8
    native = np.asarray(image.dataobj)
    assert native.shape == tuple(scan.voxels.shape[[s for s, _ in axes].index(n)] for n in range(3))
    for code in (image.get_sform(), image.get_qform()):
        ras = np.argwhere(native == 20) @ code[:3, :3].T + code[:3, 3]
        index = scan.to_index(ras * (-1, -1, 1))
        here = np.rint(index).astype(int)
        assert np.abs(index - here).max() < 0.01
        assert len(np.unique(here, axis=0)) == (anatomy.labels == 20).sum()
        assert (anatomy.labels[tuple(here.T)] == 20).all()

    read = SimpleITK.ReadImage(str(path))
    for value in (20, 26):
        for index in np.argwhere(native == value)[::97]:
            assert read.GetPixel([int(i) for i in index]) == value
            lps = read.TransformIndexToPhysicalPoint([int(i) for i in index])
            here = np.rint(scan.to_index(lps)).astype(int)
            assert anatomy.labels[tuple(here)] == value


@pytest.mark.parametrize("axes", EVERY_STORAGE[::5])
def test_it_is_the_inverse_of_reading(scan_of, anatomy_of, axes):
    scan, anatomy = oblique(scan_of(native_axes=axes)), anatomy_of()
    labels, affine = native_order(anatomy.labels, scan.affine, axes)
    back, back_affine, back_axes = canonical(labels, affine)
    assert np.array_equal(back, anatomy.labels)
    assert np.allclose(back_affine, scan.affine)
    assert back_axes == axes


def test_the_same_anatomy_gives_the_same_bytes(scan_of, anatomy_of):
    first = label_map_bytes(scan_of(), anatomy_of())
    assert first == label_map_bytes(scan_of(), anatomy_of())
    assert first[4:8] == bytes(4)  # gzip's time stamp
    assert first[3] == 0  # and no file name
    assert len(gzip.decompress(first)) == 352 + anatomy_of().labels.size


def test_a_single_slice_is_a_volume(scan_of, anatomy_of, tmp_path):
    scan, anatomy = scan_of(), anatomy_of()
    one = replace(scan, voxels=scan.voxels[2:3])
    path = tmp_path / "labels.nii.gz"
    path.write_bytes(label_map_bytes(one, replace(anatomy, labels=anatomy.labels[2:3])))
    assert nib.load(path).shape == (1, 120, 80)
    assert SimpleITK.ReadImage(str(path)).GetSize() == (1, 120, 80)
