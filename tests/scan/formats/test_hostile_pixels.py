"""Compressed pixels that are damaged, or not those that the header describes."""

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from vbq.errors import UnreadableFileError
from vbq.scan import read_scan
from vbq.scan.formats.dicom import gdcm_process
from vbq.scan.formats.dicom.codestream import PictureSize, picture_size

SYNTAXES = [JPEGLSLossless, JPEG2000Lossless, JPEGLosslessSV1, RLELossless]


@pytest.fixture
def series(truth, slices, save, to_lossless_jpeg, tmp_path):
    """Writes a series in a compression; returns its files."""

    def write(syntax):
        datasets = slices(truth.voxels, truth.affine)
        if syntax != JPEGLosslessSV1:
            for dataset in datasets:
                dataset.compress(syntax, generate_instance_uid=False)
        paths = save(datasets, tmp_path)
        if syntax == JPEGLosslessSV1:
            for path in paths:
                to_lossless_jpeg(path)
        return paths

    return write


def voxels_or_error(folder):
    """The voxels of a series; ``None`` where it cannot be read, which is one line."""
    try:
        return read_scan(folder).voxels
    except UnreadableFileError as error:
        message = str(error)
    assert "\n" not in message
    return None


def change_all(paths, **attributes):
    for path in paths:
        dataset = dcmread(path)
        for name, value in attributes.items():
            setattr(dataset, name, value(getattr(dataset, name)))
        dataset.save_as(path)


@pytest.mark.parametrize("syntax", SYNTAXES[:3], ids=lambda uid: uid.name[:9])
@pytest.mark.parametrize(
    "attributes",
    [
        {"Rows": lambda n: 2 * n},
        {"Columns": lambda n: 3 * n},
        {"Rows": lambda n: n - 1},
        {"Rows": lambda _: 60000, "Columns": lambda _: 60000},
        {"BitsAllocated": lambda _: 8, "BitsStored": lambda _: 8, "HighBit": lambda _: 7},
    ],
    ids=["rows", "columns", "fewer rows", "vast", "bits"],
)
def test_a_header_that_describes_another_picture_is_refused(series, tmp_path, syntax, attributes):
    paths = series(syntax)
    change_all(paths, **attributes)
    with pytest.raises(UnreadableFileError):
        read_scan(tmp_path)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.name[:9])
def test_samples_of_32_bits_end_no_process(series, tmp_path, truth, syntax):
    paths = series(syntax)
    change_all(paths, BitsAllocated=lambda _: 32)
    voxels = voxels_or_error(tmp_path)
    assert voxels is None or (voxels == truth.voxels).all()


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.name[:9])
def test_damaged_pixels_are_one_error_or_a_picture(series, tmp_path, syntax):
    path, *others = series(syntax)
    for other in others:
        other.unlink()
    whole = path.read_bytes()
    start = whole.rindex(b"\xe0\x7f\x10\x00")
    random = np.random.default_rng(11)
    for _ in range(25):
        content = bytearray(whole)
        for place in random.integers(start + 24, len(whole), random.integers(1, 12)):
            content[place] = random.integers(256)
        path.write_bytes(content)
        voxels = voxels_or_error(tmp_path)
        assert voxels is None or np.isfinite(voxels).all()


def test_a_decoder_that_dies_costs_one_file_and_is_started_again(series, tmp_path, truth):
    series(JPEGLosslessSV1)
    np.testing.assert_array_equal(read_scan(tmp_path).voxels, truth.voxels)
    gdcm_process._CHILD._process.kill()
    gdcm_process._CHILD._process.wait()
    np.testing.assert_array_equal(read_scan(tmp_path).voxels, truth.voxels)


@pytest.mark.parametrize(
    "program", ["import os; os.abort()", "import time; time.sleep(60)", "print('noise' * 9)"]
)
def test_a_decoder_that_crashes_or_hangs_is_one_error(series, tmp_path, monkeypatch, program):
    series(JPEGLosslessSV1)
    gdcm_process._CHILD.stop()
    monkeypatch.setattr(gdcm_process, "PROGRAM", program)
    monkeypatch.setattr(gdcm_process, "TIME_LIMIT_S", 1.0)
    with pytest.raises(UnreadableFileError) as caught:
        read_scan(tmp_path)
    assert caught.value.code == "damaged_pixels"
    gdcm_process._CHILD.stop()


def test_the_size_is_read_from_each_kind_of_codestream(series):
    from pydicom.encaps import get_frame

    for syntax in SYNTAXES[:3]:
        dataset = dcmread(series(syntax)[0])
        size = picture_size(get_frame(dataset.PixelData, 0, number_of_frames=1))
        assert (size.rows, size.columns, size.samples) == (dataset.Rows, dataset.Columns, 1)
        assert size.bits <= 16


@pytest.mark.parametrize(
    "codestream",
    [b"", b"\xff\xd8", b"\xff\xd8\xff\xc3\x00", b"\xff\x4f\xff\x51\x00", b"\xff\xd8" + b"\xff" * 99,
     b"\xff\xd8\x00\x00", bytes(99), b"\xff\xd8\xff\xe0\x00\x00\xff\xe0"],
)  # fmt: skip
def test_a_codestream_that_is_none_or_cut_off_has_no_size(codestream):
    assert picture_size(codestream) is None


def test_fill_bytes_and_tables_before_the_frame_header_are_skipped():
    table = b"\xff\xc4\x00\x04ab"
    frame = b"\xff\xff\xc3\x00\x0b\x10\x00\x20\x00\x30\x01"
    assert picture_size(b"\xff\xd8" + table + frame) == PictureSize(32, 48, 1, 16)
