"""The commands as a person runs them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

VBQ = Path(sys.executable).with_name("vbq")


def run(*arguments, cwd):
    return subprocess.run(
        [VBQ, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def demo(home):
    return run("demo", cwd=home)


def test_demo_scores_its_own_study(demo, home):
    assert demo.returncode == 0, demo.stderr
    assert "true VBQ is 3.20" in demo.stdout
    results = home / "vbq-demo" / "results"
    assert f"{Path('vbq-demo', 'results', 'study', 'report.html')}" in demo.stdout
    assert sorted(p.name for p in (results / "study").iterdir()) == [
        "labels.nii.gz",
        "overlay.png",
        "reading.json",
        "report.html",
        "rois.json",
    ]
    reading = json.loads((results / "study" / "reading.json").read_text())
    assert reading["score"] == pytest.approx(3.2, abs=0.2)
    with (results / "readings.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["score"]) == reading["score"]


def test_results_name_no_patient(demo, home):
    assert demo.returncode == 0
    for path in (home / "vbq-demo" / "results").rglob("*"):
        if path.is_file():
            assert b"PHANTOM^VBQ" not in path.read_bytes()


def test_inspect_chooses_the_t1_of_the_study(demo, home):
    assert demo.returncode == 0
    done = run("inspect", "vbq-demo/study", "--json", cwd=home)
    series = [json.loads(line) for line in done.stdout.splitlines()]
    assert [s["series_number"] for s in series if s["verdict"] == "chosen"] == [3]
    assert all(s["reason"] for s in series)
    table = run("inspect", "vbq-demo/study", cwd=home)
    assert table.returncode == 0
    assert "chosen" in table.stdout


def test_a_series_named_by_hand_is_still_judged_by_its_image(demo, home):
    assert demo.returncode == 0
    done = run("score", "vbq-demo/study", "--series", "2", "--json", "--out", "t2", cwd=home)
    assert done.returncode == 1
    reading = json.loads(done.stdout)
    assert reading["status"] == "refused"
    assert "not_t1" in [flag["code"] for flag in reading["flags"]]


def test_a_phantom_with_its_labels_gives_its_truth(home):
    options = ("--vbq", 2.6, "--snr", 0, "--nifti")
    assert run("phantom", "spine", *options, cwd=home).returncode == 0
    truth = json.loads((home / "spine" / "truth.json").read_text())
    assert truth["vbq"] == pytest.approx(2.6)
    done = run(
        "score",
        "spine/scan.nii.gz",
        "--labels",
        "spine/labels.nii.gz",
        "--json",
        "--out",
        "phantom",
        cwd=home,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["score"] == pytest.approx(2.6, abs=0.06)  # marrow has texture


def test_one_bad_study_does_not_stop_the_rest(demo, home):
    assert demo.returncode == 0
    (home / "bad.dcm").write_text("nonsense")
    done = run("score", "bad.dcm", "vbq-demo/study", "--out", "both", cwd=home)
    assert done.returncode == 1
    with (home / "both" / "readings.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] == "refused" for row in rows] == [True, False]
    assert "bad.dcm" in rows[0]["reason"]


def test_help_and_version(home):
    for arguments in (["--help"], ["score", "--help"], ["--version"]):
        assert run(*arguments, cwd=home).returncode == 0
    assert run("score", cwd=home).returncode == 2
    assert run("nonsense", cwd=home).returncode == 2
