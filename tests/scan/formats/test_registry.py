"""A new file format is one module and one line in the table of formats."""

import sys
from types import ModuleType

import nibabel as nib
import numpy as np

from vbq.scan import SeriesListing, find_series
from vbq.scan.formats.registry import FORMATS, FileFormat, without_suffix


def test_a_format_is_read_by_the_function_that_its_line_names(truth, tmp_path, monkeypatch):
    image = nib.Nifti1Image(truth.voxels, np.diag([-1.0, -1.0, 1.0, 1.0]) @ truth.affine)
    nib.save(image, tmp_path / "t1.nii")
    (series,) = find_series(tmp_path / "t1.nii").series
    reader = ModuleType("vbq.scan.formats.par_rec")
    received = []

    def list_series(files, root):
        received.extend([root, *(file.name for file in files)])
        return SeriesListing((series,), {"REC without PAR": 1})

    reader.list_series = list_series
    monkeypatch.setitem(sys.modules, "vbq.scan.formats.par_rec", reader)
    line = FileFormat("PAR/REC", "par_rec:list_series", (".par", ".rec"))
    monkeypatch.setitem(FORMATS, "par-rec", line)
    folder = tmp_path / "philips"
    folder.mkdir()
    for name in ("T1.PAR", "T1.REC", "lost.rec", "notes.txt"):
        (folder / name).write_bytes(b"content")
    listing = find_series(folder)
    assert received == [folder, "T1.PAR", "T1.REC", "lost.rec"]
    assert listing.series == (series,)
    assert listing.skipped == {"other": 1, "REC without PAR": 1}
    assert without_suffix("patient/T1.PAR") == "patient/T1"


def test_a_suffix_is_removed_as_a_whole():
    assert without_suffix("a.b/T1.nii.gz") == "a.b/T1"
    assert without_suffix("T1.MHA") == "T1"
    assert without_suffix("T1.dcm") == "T1.dcm"
