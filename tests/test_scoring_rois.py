"""``vbq score --rois``: regions drawn by hand, from the command to the files it writes."""

import csv
import gzip
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from vbq import score
from vbq.anatomy.label_map import LabelMap
from vbq.anatomy.levels import CORD
from vbq.cli import main
from vbq.errors import InputError, RefusalError
from vbq.measure import Reading
from vbq.phantom import MriSettings, make_phantom
from vbq.phantom.files.nifti import write_nifti
from vbq.report import readings_row, write_readings, write_results

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
    write_readings(folder / "readings.csv", [readings_row("earlier", "p", result.reading)])
    return folder, result.reading


@pytest.mark.parametrize("option", ["", "--labels"])
def test_labels_beside_the_scan_are_no_second_study(study, vbq, tmp_path, option):
    folder, reading = study
    (tmp_path / "p").mkdir()
    for name in ("t1.nii.gz", "labels.nii.gz"):
        shutil.copy(folder / name, tmp_path / "p")
    labels = (option, tmp_path / "p" / "labels.nii.gz") if option else ()
    code, out, error = vbq("score", tmp_path / "p", *labels, "-o", tmp_path / "r", "--json")
    assert (code, error) == (0, "")
    (line,) = out.splitlines()
    if option:
        assert Reading.from_json(line).score == reading.score
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == ["p", "readings.csv"]


def test_a_file_ignored_for_its_name_is_reported_and_can_be_selected(study, vbq, tmp_path):
    folder, _ = study
    (tmp_path / "p").mkdir()
    for name in ("a_T1", "t1_mask"):
        shutil.copy(folder / "t1.nii.gz", tmp_path / "p" / f"{name}.nii.gz")
    code, out, error = vbq("inspect", tmp_path / "p")
    assert (code, error) == (0, "")
    text = " ".join(out.split())  # however the terminal breaks them
    assert "study 1" in text
    assert "study 2" not in text
    assert "label maps by their names: t1_mask.nii.gz." in text
    _, out, _ = vbq("inspect", tmp_path / "p", "--json")
    verdicts = [json.loads(line)["verdict"] for line in out.splitlines()]
    assert sorted(verdicts) == ["chosen", "rejected"]
    code, out, _ = vbq(
        "score", tmp_path / "p", "--series", "t1_mask", "-o", tmp_path / "r", "--json"
    )
    (line,) = out.splitlines()
    reading = Reading.from_json(line)
    assert code == 0
    assert "series_overridden" in {flag.code for flag in reading.flags}


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
    shutil.copy(folder / "readings.csv", tmp_path / "r")
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
    completed = subprocess.run(
        [VBQ, "score", "t1.nii.gz", "--labels", "labels.nii.gz", "--rois", "out/rois.json",
         "--out", tmp_path, "--json"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert completed.returncode == 0, completed.stderr
    assert json.loads(completed.stdout)["score"] == reading.score
    assert files(tmp_path / "t1") == files(folder / "out")


def test_an_edited_region_is_drawn_and_the_others_are_as_they_were(study, vbq, tmp_path):
    folder, reading = study
    shutil.copy(folder / "out" / "rois.json", tmp_path / "reader_a.json")
    edit_l2(tmp_path / "reader_a.json")
    supplied = ("--labels", "labels.nii.gz", "--rois", tmp_path / "reader_a.json")
    code, out, error = vbq("score", "t1.nii.gz", *supplied, "--out", tmp_path / "r", "--json")
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
def test_a_mistake_in_a_supplied_file_changes_no_results(vbq, scored, option, file, spoil, code):
    supplied = scored / "t1" / file
    spoil(supplied)
    before = files(scored)
    labels = () if option == "--labels" else ("--labels", "labels.nii.gz")
    completed = vbq("score", "t1.nii.gz", *labels, option, supplied, "--out", scored)
    assert completed[:2] == (code, "")
    assert completed[2].count("\n") == 1
    assert file in completed[2]
    assert files(scored) == before


@pytest.mark.parametrize("option", ["--rois", "--labels"])
def test_a_supplied_file_for_several_studies_changes_no_results(vbq, scored, option):
    before = files(scored)
    supplied = scored / "t1" / ("rois.json" if option == "--rois" else "labels.nii.gz")
    code, _, error = vbq("score", "t1.nii.gz", "labels.nii.gz", option, supplied, "--out", scored)
    assert (code, error.count("\n")) == (2, 1)
    assert files(scored) == before


def test_regions_and_labels_edited_in_place_stay_as_the_reader_left_them(vbq, scored):
    rois, labels = scored / "t1" / "rois.json", scored / "t1" / "labels.nii.gz"
    edit_l2(rois)
    labels.write_bytes(gzip.compress(gzip.decompress(labels.read_bytes()), 1))
    written = rois.read_bytes(), labels.read_bytes()
    supplied = ("--rois", scored / "t1" / "rois.json", "--labels", labels)
    code, out, _ = vbq("score", "t1.nii.gz", *supplied, "--out", scored, "--json")
    assert code == 0
    assert (rois.read_bytes(), labels.read_bytes()) == written
    reading = json.loads((scored / "t1" / "reading.json").read_text())
    assert reading == json.loads(out)
    assert reading["rois"]["sha256"] == sha256(written[0]).hexdigest()
    sources = {level["level"]: level["source"] for level in reading["levels"]}
    assert (sources["L1"], sources["L2"]) == ("automatic", "drawn")


@pytest.mark.parametrize("supplied_before", [False, True])
@pytest.mark.parametrize("other_reader", [False, True])
def test_an_edit_in_place_that_is_not_supplied_stops_the_run(
    study, vbq, scored, tmp_path, supplied_before, other_reader
):
    rois = scored / "t1" / "rois.json"
    common = ("t1.nii.gz", "--labels", "labels.nii.gz", "--out", scored)
    (scored / "readings.csv").unlink()
    edit_l2(rois)
    if supplied_before:
        assert vbq("score", *common, "--rois", rois)[0] == 0
    before = files(scored / "t1")
    shutil.copy(study[0] / "out" / "rois.json", tmp_path / "reader_b.json")
    regions = ("--rois", tmp_path / "reader_b.json") if other_reader else ()
    code, _, error = vbq("score", *common, *regions)
    assert (code, error.count("\n")) == (1, 1)
    assert f"{rois} was {'supplied' if supplied_before else 'edited'} by hand" in error
    assert f"--rois {rois}" in error
    assert "--out" in error
    assert files(scored / "t1") == before
    if not supplied_before:
        (row,) = csv.DictReader((scored / "readings.csv").read_text().splitlines())
        assert (row["id"], row["status"], row["flags"]) == ("t1", "failed", "rois_edited")


def test_a_label_map_edited_in_place_that_is_not_given_stops_the_run(vbq, scored):
    labels = scored / "t1" / "labels.nii.gz"
    edited = bytearray(gzip.decompress(labels.read_bytes()))
    edited[-1] = CORD
    labels.write_bytes(gzip.compress(bytes(edited)))
    before = files(scored / "t1")
    code, _, error = vbq("score", "t1.nii.gz", "--labels", "labels.nii.gz", "--out", scored)
    assert (code, error.count("\n")) == (1, 1)
    assert f"{labels} was edited by hand" in error
    assert f"--labels {labels}" in error
    assert files(scored / "t1") == before


def test_a_study_that_is_left_as_it_is_keeps_its_row(vbq, scored):
    table = scored / "readings.csv"
    table.unlink()
    common = ("t1.nii.gz", "--labels", "labels.nii.gz", "--out", scored)
    assert vbq("score", *common)[0] == 0
    before = table.read_bytes()
    edit_l2(scored / "t1" / "rois.json")
    code, _, error = vbq("score", *common)
    assert (code, "would be lost" in error) == (1, True)
    assert table.read_bytes() == before


def test_the_results_of_an_older_version_are_its_own(vbq, scored):
    document = scored / "t1" / "reading.json"
    reading = json.loads(document.read_text())
    del reading["labels"]
    document.write_text(json.dumps(reading))
    assert vbq("score", "t1.nii.gz", "--labels", "labels.nii.gz", "--out", scored)[0] == 0
    assert "labels" in json.loads(document.read_text())


def test_what_a_run_wrote_itself_is_replaced_also_when_it_was_fed_back(vbq, scored):
    common = ("t1.nii.gz", "--labels", "labels.nii.gz", "--out", scored)
    (scored / "readings.csv").unlink()
    before = files(scored / "t1")
    for regions in ((), ("--rois", scored / "t1" / "rois.json"), ()):
        assert vbq("score", *common, *regions)[0] == 0
        assert files(scored / "t1") == before


def test_a_patients_own_folder_is_not_taken_for_results(study, vbq, tmp_path):
    folder, _ = study
    patient_folder = tmp_path / "p1"
    patient_folder.mkdir()
    shutil.copy(folder / "t1.nii.gz", patient_folder)
    for name in ("rois.json", "report.html"):
        (patient_folder / name).write_text("made by a person")
    before = files(patient_folder)
    for _ in range(2):  # the second run finds what the first wrote
        supplied = ("--labels", folder / "labels.nii.gz", "--out", tmp_path)
        assert vbq("score", patient_folder, *supplied)[0] == 0
        assert files(patient_folder) == before
        assert sorted(p.name for p in tmp_path.iterdir()) == ["p1", "p1-2", "readings.csv"]


def test_csf_cannot_be_excluded(vbq, scored):
    rois = scored / "t1" / "rois.json"
    document = json.loads(rois.read_text())
    document["rois"][-1] |= {"used": False}
    assert document["rois"][-1]["name"] == "CSF"
    rois.write_text(json.dumps(document))
    before = files(scored)
    code, _, error = vbq(
        "score", "t1.nii.gz", "--labels", "labels.nii.gz", "--rois", rois, "-o", scored
    )
    assert (code, error.count("\n")) == (1, 1)
    assert "CSF is marked as not used" in error
    assert files(scored) == before


@pytest.mark.parametrize(("corner", "size"), [((2, 2), 12), ((60, 4), 12), ((90, 3), 3)])
def test_csf_drawn_in_air_gives_no_score(study, tmp_path, corner, size):
    folder, _ = study
    (row, column) = corner
    square = [
        [row, column],
        [row, column + size],
        [row + size, column + size],
        [row + size, column],
    ]
    document = {"rois": [{"name": "CSF", "slice": 2, "points_px": square}]}
    (tmp_path / "air.json").write_text(json.dumps(document))
    (result,) = score(
        folder / "t1.nii.gz", labels=folder / "labels.nii.gz", rois=tmp_path / "air.json"
    )
    assert (result.reading.status, result.reading.score) == ("refused", None)
    assert ("csf_no_signal", "refuse") in {(f.code, f.severity) for f in result.reading.flags}


def test_csf_drawn_in_tissue_is_not_taken_for_air(study, tmp_path):
    folder, _ = study
    document = json.loads((folder / "out" / "rois.json").read_text())
    (csf,) = (roi for roi in document["rois"] if roi["name"] == "CSF")
    (l3,) = (roi for roi in document["rois"] if roi["name"] == "L3")
    csf |= {"contours": l3["contours"], "source": "drawn"}
    (tmp_path / "marrow.json").write_text(json.dumps({"rois": [csf]}))
    (result,) = score(
        folder / "t1.nii.gz", labels=folder / "labels.nii.gz", rois=tmp_path / "marrow.json"
    )
    codes = {flag.code for flag in result.reading.flags}
    assert "drawn_elsewhere" in codes
    assert "csf_no_signal" not in codes


def test_a_refusal_leaves_the_supplied_regions(study, scored):
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
    (without_rois,) = score(folder / "t1.nii.gz", segmenter=Blind())
    assert without_rois.reading.status == "refused"
    (manual,) = score(folder / "t1.nii.gz", segmenter=Blind(), rois=folder / "out" / "rois.json")
    assert manual.reading.score == pytest.approx(reading.score)
    assert manual.reading.engine.name == "drawn regions"
    write_results(folder / "drawn", manual.measurement)
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


class Truth:
    """An engine that knows the phantom by the size of its picture."""

    def __init__(self, phantoms):
        self.phantoms = phantoms

    def find_anatomy(self, scan):
        return self.phantoms[scan.voxels.shape[1]].true_anatomy(scan)


@pytest.fixture
def two_series(tmp_path):
    """A study of two T1 series of unlike size, the first of which is chosen; and their truth."""
    phantoms = {}
    for number, pixels in ((1, 128), (2, 120)):
        settings = MriSettings.t1(slices=3, matrix=(pixels, pixels), pixel_mm=2.2)
        phantoms[pixels] = make_phantom(true_vbq=3, acquisition=settings)
        phantoms[pixels].write_dicom(tmp_path / "study" / str(number), series_number=number)
    edit_dicom(tmp_path / "study", lambda dataset: setattr(dataset, "StudyInstanceUID", "1.2.3"))
    return tmp_path / "study", Truth(phantoms)


def edit_dicom(folder, edit):
    for path in folder.rglob("*"):
        if path.is_file():
            dataset = dcmread(path)
            edit(dataset)
            dataset.save_as(path)


def test_regions_drawn_on_another_series_of_the_study_are_measured_there(two_series, tmp_path):
    """The first of two T1 series is chosen; regions drawn on the second do not lie on it."""
    study, truth = two_series
    (second,) = score(study, segmenter=truth, series="2")
    write_results(tmp_path / "out", second.measurement)
    rois = tmp_path / "out" / "rois.json"
    (result,) = score(study, segmenter=truth, rois=rois)
    assert result.reading.scan.series_number == second.reading.scan.series_number == 2
    rois.write_text(rois.read_text().replace('"slice": ', '"slice": 9'))
    with pytest.raises(InputError):
        next(score(study, segmenter=truth, rois=rois))


def test_a_label_map_that_fits_one_series_is_judged_on_that_one(two_series, tmp_path):
    """The refusal of that series is reported, not that the map does not lie on the other one."""
    study, truth = two_series
    phantom = truth.phantoms[128]
    labels = np.where(phantom.labels < CORD, phantom.labels, 0)  # the canal was forgotten
    write_nifti(labels, phantom.affine, tmp_path / "labels.nii.gz")
    (result,) = score(study, labels=tmp_path / "labels.nii.gz")
    assert result.reading.scan.series_number == 1
    refusals = {flag.code for flag in result.reading.flags if flag.severity == "refuse"}
    assert refusals == {"csf_not_found"}


def test_an_unusable_series_does_not_hide_a_mistake_in_a_supplied_file(two_series, tmp_path):
    study, truth = two_series
    edit_dicom(
        study / "1", lambda dataset: setattr(dataset, "PixelData", bytes(len(dataset.PixelData)))
    )
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(InputError, match=r"bad\.json"):
        next(score(study, segmenter=truth, rois=tmp_path / "bad.json"))
