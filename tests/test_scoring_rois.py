"""``vbq score --rois``: regions drawn by hand, from the command to the files it writes."""

import csv
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from vbq import score
from vbq.anatomy.label_map import LabelMap
from vbq.errors import RefusalError
from vbq.phantom import MriSettings, make_phantom
from vbq.report import write_results

VBQ = Path(sys.executable).with_name("vbq")


class Blind:
    """An engine that finds nothing."""

    def find_anatomy(self, scan):  # noqa: ARG002 - of the protocol
        raise RefusalError("No lumbar spine is seen.", remedy="Look.", code="no_lumbar_spine")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder with scan, labels and the results of scoring with them."""
    folder = tmp_path_factory.mktemp("study")
    settings = MriSettings(slices=5, matrix=(192, 192), pixel_mm=1.5, snr=40)
    phantom = make_phantom(true_vbq=3, acquisition=settings)
    phantom.write_nifti(folder / "t1.nii.gz", labels=folder / "labels.nii.gz")
    (result,) = score(folder / "t1.nii.gz", labels=folder / "labels.nii.gz")
    write_results(folder / "out", result.measurement)
    return folder, result.reading


def test_the_file_beside_the_reading_is_the_one_it_names(study):
    folder, _ = study
    named = json.loads((folder / "out" / "reading.json").read_text())["rois"]
    content = (folder / "out" / named["file"]).read_bytes()
    assert sha256(content).hexdigest() == named["sha256"]


def test_the_command_takes_it_back(study):
    folder, reading = study
    out = folder / "again"
    done = subprocess.run(
        [VBQ, "score", "t1.nii.gz", "--labels", "labels.nii.gz", "--rois", "out/rois.json",
         "--out", out, "--json"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert again["score"] == reading.score
    assert [level["mean"] for level in again["levels"]] == [v.mean for v in reading.levels]
    assert {level["source"] for level in again["levels"]} == {"drawn"}
    (row,) = csv.DictReader((out / "readings.csv").read_text().splitlines())
    assert row["csf_source"] == row["L1_source"] == "drawn"
    assert row["L1_excluded_share"] == "0.0"
    assert b"Drawn by hand: " in (out / "t1" / "report.html").read_bytes()


def test_drawn_regions_score_where_the_network_finds_nothing(study):
    folder, reading = study
    (nothing,) = score(folder / "t1.nii.gz", segmenter=Blind())
    assert nothing.reading.status == "refused"
    (drawn,) = score(folder / "t1.nii.gz", segmenter=Blind(), rois=folder / "out" / "rois.json")
    assert drawn.reading.score == pytest.approx(reading.score)
    assert drawn.reading.engine.name == "drawn regions"
    write_results(folder / "drawn", drawn.measurement)
    assert (folder / "drawn" / "overlay.png").exists()


def test_too_few_drawn_regions_are_no_score(study, tmp_path):
    folder, _ = study
    document = json.loads((folder / "out" / "rois.json").read_text())
    document["rois"] = [roi for roi in document["rois"] if roi["name"] in {"L1", "CSF"}]
    (tmp_path / "few.json").write_text(json.dumps(document))
    (result,) = score(folder / "t1.nii.gz", segmenter=Blind(), rois=tmp_path / "few.json")
    assert result.reading.status == "refused"
    assert "no_lumbar_spine" in {flag.code for flag in result.reading.flags}


def test_regions_that_do_not_fit_refuse_with_the_reason(study, tmp_path):
    folder, _ = study
    (tmp_path / "bad.json").write_text('{"rois": [{"name": "L9", "points_mm": [[0, 0, 0]]}]}')
    labels = LabelMap.read(folder / "labels.nii.gz")
    (result,) = score(folder / "t1.nii.gz", segmenter=labels, rois=tmp_path / "bad.json")
    assert result.reading.status == "refused"
    assert "bad.json" in result.reading.flags[-1].message
