"""Bad input: one clear line, the right exit code, nothing half-written."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from vbq.phantom import MriSettings, make_phantom

VBQ = Path(sys.executable).with_name("vbq")


def run(*arguments, cwd=None, **options):
    return subprocess.run(
        [VBQ, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False, **options
    )


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    settings = MriSettings(slices=5, matrix=(160, 160), pixel_mm=1.8)
    make_phantom(acquisition=settings, true_vbq=3).write_dicom(folder)
    return folder


@pytest.fixture
def copy(series, tmp_path):
    """A copy of the series with each dataset changed by a function."""

    def change(edit):
        folder = tmp_path / "copy"
        folder.mkdir()
        for index, file in enumerate(sorted(series.iterdir())):
            dataset = pydicom.dcmread(file)
            if edit(dataset, index) != "drop":
                dataset.save_as(folder / file.name)
        return folder

    return change


def refusal(path, tmp_path, *options):
    """Score, expect a refusal, and return its one flag."""
    done = run("score", path, "--out", tmp_path / "out", "--json", *options)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = done.stdout.splitlines()
    reading = json.loads(line)
    assert reading["status"] == "refused"
    assert reading["score"] is None
    left = [p.name for p in (tmp_path / "out").rglob("*") if p.name.startswith(".")]
    assert left == []
    flag = reading["flags"][-1]
    assert "\n" not in flag["message"]
    return flag


def test_an_empty_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "empty" in refusal(tmp_path / "empty", tmp_path)["message"]


def test_a_text_file_named_dcm(tmp_path):
    path = tmp_path / "notes.dcm"
    path.write_text("not an image")
    assert "notes.dcm" in refusal(path, tmp_path)["message"]


def test_pictures_carry_no_signal_ratio(tmp_path):
    path = tmp_path / "slice.png"
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(path)
    assert "signal ratio" in refusal(path, tmp_path)["message"]


def test_a_table_in_the_way_is_told_before_the_work(series, tmp_path):
    table = tmp_path / "readings.csv"
    table.write_text("patient;note\n1;mine\n")
    done = run("score", series, "--out", tmp_path)
    assert done.returncode in (1, 2)
    assert "readings.csv exists and is not a table of readings" in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["readings.csv"]
    assert table.read_text() == "patient;note\n1;mine\n"


def test_a_truncated_file(series, tmp_path):
    whole = min(series.iterdir())
    path = tmp_path / "cut.dcm"
    path.write_bytes(whole.read_bytes()[:-20000])
    assert "cut.dcm" in refusal(path, tmp_path)["message"]


def test_missing_pixels(copy, tmp_path):
    def edit(dataset, _index):
        del dataset.PixelData

    refusal(copy(edit), tmp_path)


def test_missing_geometry(copy, tmp_path):
    def edit(dataset, _index):
        del dataset.ImagePositionPatient

    assert "osition" in refusal(copy(edit), tmp_path)["message"]


def test_a_missing_slice(copy, tmp_path):
    refusal(copy(lambda _dataset, index: "drop" if index == 2 else None), tmp_path)


def test_two_series_mixed_under_one_uid(copy, tmp_path):
    def edit(dataset, index):
        if index % 2:
            dataset.Rows, dataset.Columns = 80, 160
            dataset.PixelData = dataset.PixelData[: 80 * 160 * 2]

    refusal(copy(edit), tmp_path)


def test_a_zip_that_points_outside_itself(series, tmp_path):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(min(series.iterdir()), "../../evil.dcm")
    assert "evil.zip" in refusal(path, tmp_path)["message"]
    assert not (tmp_path.parent.parent / "evil.dcm").exists()


def test_a_zip_bomb(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(300_000_000))
    assert "bomb.zip" in refusal(path, tmp_path)["message"]


def test_a_path_that_does_not_exist(tmp_path):
    done = run("score", tmp_path / "nowhere")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "nowhere" in done.stderr


def test_an_unknown_series(series, tmp_path):
    done = run("score", series, "--out", tmp_path / "out", "--series", "77")
    assert done.returncode == 2
    assert "77" in done.stderr
    assert not (tmp_path / "out").exists()


def test_results_where_none_can_be_written(series, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    done = run("score", series, "--out", blocker)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(blocker) in done.stderr
    assert blocker.read_text() == "in the way"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk(series, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let tests mount a small disk")
    try:
        done = run("score", series, "--out", disk / "out")
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "space" in done.stderr.lower()
        left = [p for p in disk.rglob("*") if p.is_file()]
        assert [p.name for p in left] in ([], ["readings.csv"])  # the table is small enough
        assert all("failed" in p.read_text() for p in left)
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_nothing_half_written(series, tmp_path, number, code):
    out = tmp_path / "out"
    process = subprocess.Popen(
        [VBQ, "score", *[series] * 50, "--out", out],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # a folder still being written has a name that begins with a dot
    while process.poll() is None and not list(out.glob("[!.]*/reading.json")):
        time.sleep(0.05)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in stderr
    assert "interrupted" in stderr
    for folder in (p for p in out.iterdir() if p.is_dir()):
        json.loads((folder / "reading.json").read_text())
        assert not folder.name.startswith(".")
