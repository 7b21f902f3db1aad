"""``vbq score --rois``: regions drawn by hand, from the command to the files it writes."""

import csv
import gzip
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from pydicom import dcmread

from vbq import score
from vbq.anatomy.label_map import LabelMap
from vbq.cli import main
from vbq.errors import InputError, RefusalError
from vbq.measure import Reading
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


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def vbq(study, capsys, monkeypatch):
    """Run the command where the scan lies; gives exit code, standard output and error."""
    folder, _ = study

    def run(*arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr("sys.argv", ["vbq", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def scored(study, tmp_path):
    """A folder of results that may be changed, with the reading's folder in it."""
    folder, _ = study
    shutil.copytree(folder / "out", tmp_path / "r" / "t1")
    (tmp_path / "r" / "readings.csv").write_text("of an earlier run\n")
    return tmp_path / "r"


def edit_l2(path, **changes):
    """Move L2 one pixel back, as a reader does in a text editor; or change its keys."""
    document = json.loads(path.read_text())
    (l2,) = (roi for roi in document["rois"] if roi["name"] == "L2")
    (contour,) = l2["contours"]
    moved = [[row, column + 1] for row, column in contour["points_px"]]
    l2["contours"] = [{"points_px": moved}]
    l2 |= changes
    path.write_text(json.dumps({"reader": "A", **document}, indent=1))


def test_the_command_takes_it_back_and_nothing_has_changed(study, tmp_path):
    folder, reading = study
    done = subprocess.run(
        [VBQ, "score", "t1.nii.gz", "--labels", "labels.nii.gz", "--rois", "out/rois.json",
         "--out", tmp_path, "--json"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["score"] == reading.score
    assert files(tmp_path / "t1") == files(folder / "out")


def test_an_edited_region_is_drawn_and_the_others_are_as_they_were(study, vbq, tmp_path):
    folder, reading = study
    shutil.copy(folder / "out" / "rois.json", tmp_path / "reader_a.json")
    edit_l2(tmp_path / "reader_a.json")
    given = ("--labels", "labels.nii.gz", "--rois", tmp_path / "reader_a.json")
    code, out, error = vbq("score", "t1.nii.gz", *given, "--out", tmp_path / "r", "--json")
    assert (code, error) == (0, "")
    before, after = reading.levels, Reading.from_json(out).levels
    assert [level.level for level in after if level.source == "drawn"] == ["L2"]
    assert [v for v in after if v.level != "L2"] == [v for v in before if v.level != "L2"]
    (row,) = csv.DictReader((tmp_path / "r" / "readings.csv").read_text().splitlines())
    assert (row["L1_source"], row["L2_source"], row["csf_source"]) == (
        "automatic", "drawn", "automatic",
    )  # fmt: skip
    assert b"Drawn by hand: L2" in (tmp_path / "r" / "t1" / "report.html").read_bytes()


def other_grid(path):
    make_phantom(acquisition=MriSettings(slices=3, matrix=(96, 96), pixel_mm=3)).write_nifti(
        path.with_name("scan.nii.gz"), labels=path
    )


LOOP = [{"points_px": [[60, 60], [70, 70], [60, 70], [70, 60]]}]


@pytest.mark.parametrize(
    ("option", "file", "spoil", "code"),
    [
        ("--rois", "rois.json", lambda path: edit_l2(path, contours=LOOP), 1),
        ("--rois", "rois.json", lambda path: edit_l2(path, slice=99), 1),
        ("--rois", "rois.json", lambda path: path.write_text("{"), 1),
        ("--rois", "overlay.png", lambda _: None, 1),
        ("--labels", "labels.nii.gz", lambda path: path.write_bytes(path.read_bytes()[:999]), 1),
        ("--labels", "labels.nii.gz", other_grid, 1),
        ("--labels", "reading.json", lambda _: None, 1),
        ("--rois", "gone.json", lambda _: None, 2),
    ],
)
def test_a_mistake_in_what_is_given_costs_nothing(vbq, scored, option, file, spoil, code):
    given = scored / "t1" / file
    spoil(given)
    before = files(scored)
    labels = () if option == "--labels" else ("--labels", "labels.nii.gz")
    done = vbq("score", "t1.nii.gz", *labels, option, given, "--out", scored)
    assert done[:2] == (code, "")
    assert done[2].count("\n") == 1
    assert file in done[2]
    assert files(scored) == before


@pytest.mark.parametrize("option", ["--rois", "--labels"])
def test_what_is_given_for_several_studies_costs_nothing(vbq, scored, option):
    before = files(scored)
    given = scored / "t1" / ("rois.json" if option == "--rois" else "labels.nii.gz")
    code, _, error = vbq("score", "t1.nii.gz", "labels.nii.gz", option, given, "--out", scored)
    assert (code, error.count("\n")) == (2, 1)
    assert files(scored) == before


def test_regions_and_labels_edited_in_place_stay_as_the_reader_left_them(vbq, scored):
    rois, labels = scored / "t1" / "rois.json", scored / "t1" / "labels.nii.gz"
    edit_l2(rois)
    labels.write_bytes(gzip.compress(gzip.decompress(labels.read_bytes()), 1))
    written = rois.read_bytes(), labels.read_bytes()
    given = ("--rois", scored / "t1" / "rois.json", "--labels", labels)
    code, out, _ = vbq("score", "t1.nii.gz", *given, "--out", scored, "--json")
    assert code == 0
    assert (rois.read_bytes(), labels.read_bytes()) == written
    reading = json.loads((scored / "t1" / "reading.json").read_text())
    assert reading == json.loads(out)
    assert reading["rois"]["sha256"] == sha256(written[0]).hexdigest()
    sources = {level["level"]: level["source"] for level in reading["levels"]}
    assert (sources["L1"], sources["L2"]) == ("automatic", "drawn")


def test_a_refusal_leaves_the_regions_given(study, scored):
    folder, _ = study
    rois = scored / "t1" / "rois.json"
    rois.write_text(
        '{"rois": [{"name": "L1", "slice": 2, "points_px": [[9, 9], [9, 40], [40, 9]]}]}'
    )
    before = rois.read_bytes()
    (result,) = score(folder / "t1.nii.gz", segmenter=Blind(), rois=rois)
    assert result.reading.status == "refused"
    write_results(scored / "t1", result.measurement)
    assert rois.read_bytes() == before


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


def test_regions_that_do_not_fit_are_no_finding_about_the_scan(study, tmp_path):
    folder, _ = study
    (tmp_path / "bad.json").write_text('{"rois": [{"name": "L9", "points_mm": [[0, 0, 0]]}]}')
    labels = LabelMap.read(folder / "labels.nii.gz")
    with pytest.raises(InputError, match=r"bad\.json"):
        next(score(folder / "t1.nii.gz", segmenter=labels, rois=tmp_path / "bad.json"))


def test_regions_drawn_on_another_series_of_the_study_are_measured_there(tmp_path):
    """The first of two T1 series is chosen; regions drawn on the second do not lie on it."""
    made = {}
    for number, pixels in ((1, 128), (2, 120)):
        settings = MriSettings.t1(slices=3, matrix=(pixels, pixels), pixel_mm=2.2)
        made[pixels] = make_phantom(true_vbq=3, acquisition=settings)
        made[pixels].write_dicom(tmp_path / "study" / str(number), series_number=number)
    for path in tmp_path.glob("study/*/*"):
        dataset = dcmread(path)
        dataset.StudyInstanceUID = "1.2.3"
        dataset.save_as(path)

    class Truth:
        def find_anatomy(self, scan):
            return made[scan.voxels.shape[1]].true_anatomy(scan)

    (second,) = score(tmp_path / "study", segmenter=Truth(), series="2")
    write_results(tmp_path / "out", second.measurement)
    rois = tmp_path / "out" / "rois.json"
    (found,) = score(tmp_path / "study", segmenter=Truth(), rois=rois)
    assert found.reading.scan.series_number == second.reading.scan.series_number == 2
    rois.write_text(rois.read_text().replace('"slice": ', '"slice": 9'))
    with pytest.raises(InputError):
        next(score(tmp_path / "study", segmenter=Truth(), rois=rois))
