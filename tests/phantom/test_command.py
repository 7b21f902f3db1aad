"""``vbq phantom`` and ``vbq demo``: errors take one line, and no incomplete output is left."""

import json
import signal
import subprocess
import sys
import time

import pytest

COMMAND = [sys.executable, "-c", "from vbq.cli import main; main()"]


def run(*arguments, cwd=None, before=()):
    return subprocess.run(
        [*before, *COMMAND, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_one_line(result, exit_code, text):
    assert result.returncode == exit_code, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("vbq: ")
    assert text in line


@pytest.mark.parametrize("options", [[], ["--nifti"]], ids=["dicom", "nifti"])
@pytest.mark.parametrize("out", ["made", "deep/er", "."])
def test_a_full_disk_leaves_nothing(small_disk, options, out):
    tiny_disk = small_disk("300k")  # the first slices fit, all of them do not
    result = run("phantom", tiny_disk / out, *options)
    assert_one_line(result, 1, "the disk is full")
    assert list(tiny_disk.iterdir()) == []


def test_a_demo_on_a_full_disk_leaves_nothing(small_disk):
    tiny_disk = small_disk("300k")
    assert_one_line(run("demo", "--out", tiny_disk / "demo"), 1, "the disk is full")
    assert list(tiny_disk.iterdir()) == []


@pytest.mark.parametrize("wait_s", [0.5, 2.0])
def test_an_interrupt_leaves_nothing_half_written(tmp_path, wait_s):
    started = subprocess.Popen(
        [*COMMAND, "phantom", str(tmp_path / "out")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(wait_s)
    started.send_signal(signal.SIGINT)
    started.communicate()
    assert [path.name for path in tmp_path.iterdir()] in ([], ["out"])
    if (tmp_path / "out").exists():
        names = sorted(path.name for path in (tmp_path / "out").iterdir())
        assert names == ["labels.nii.gz", "scan", "truth.json"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--contrast", "t2", "--vbq", "5"], "--vbq"),
        (["--contrast", "stir", "--vbq", "3"], "--vbq"),
        (["--snr", "1e-300"], "--snr"),
    ],
)
def test_contradictory_options_are_usage_errors(tmp_path, options, text):
    assert_one_line(run("phantom", tmp_path / "out", *options), 2, text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["nan", "inf", "1e9"])
@pytest.mark.parametrize("option", ["--vbq", "--field", "--snr", "--shading", "--scoliosis"])
def test_options_out_of_range_are_usage_errors(tmp_path, option, value):
    result = run("phantom", tmp_path / "out", option, value)
    assert result.returncode == 2
    assert option in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unusable_output_path_is_one_line(tmp_path):
    assert_one_line(run("phantom", tmp_path / ("x" * 300)), 1, "name is too long")
    (tmp_path / "file").write_text("mine")
    assert_one_line(run("phantom", tmp_path / "file"), 2, "file is a file")
    assert_one_line(run("phantom", tmp_path / "file" / "out"), 1, "is a file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_without_permission_is_one_line(tmp_path, unprivileged):
    tmp_path.chmod(0)
    try:
        result = run("phantom", tmp_path / "out", before=unprivileged)
        assert_one_line(result, 1, "not permitted")
    finally:
        tmp_path.chmod(0o700)


def test_by_default_a_t1_has_a_true_score_of_3(tmp_path):
    result = run("phantom", "out", "--snr", 0, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    truth = json.loads((tmp_path / "out" / "truth.json").read_text())
    assert truth["vbq"] == pytest.approx(3)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["labels.nii.gz", "scan", "truth.json"]
    assert len(list((tmp_path / "out" / "scan").iterdir())) == 15
