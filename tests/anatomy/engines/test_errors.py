"""Whatever goes wrong with an engine is one line that says what to do, and nothing stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from vbq.anatomy import get_segmenter
from vbq.anatomy.engines.nnunet import NnUnet
from vbq.anatomy.engines.process import run
from vbq.anatomy.engines.spineps import Spineps
from vbq.anatomy.engines.totalsegmentator import TotalSegmentator
from vbq.anatomy.engines.totalspineseg import TotalSpineSeg
from vbq.errors import EngineError, RefusalError, UsageError

SPINESEG_WEIGHTS = (
    "nnUNet/results/r20250224/Dataset101_TotalSpineSeg_step1",
    "nnUNet/results/r20250224/Dataset102_TotalSpineSeg_step2",
)
ENGINES = [TotalSpineSeg, Spineps, TotalSegmentator]


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where private folders are made: empty after each test, whatever happened."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def stand(stand_in):
    return stand_in(TotalSpineSeg, weights=SPINESEG_WEIGHTS)


def failure(segmenter, scan, code, kind=EngineError):
    with pytest.raises(kind) as caught:
        segmenter.find_anatomy(scan)
    error = caught.value
    assert error.code == code, error
    assert "\n" not in str(error)
    assert error.remedy
    return str(error)


@pytest.mark.parametrize("kind", ENGINES)
def test_not_installed(kind, scan, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    message = failure(kind(), scan, "engine_not_found")
    assert kind.executable in message
    assert "uv tool install" in message
    with pytest.raises(EngineError):
        get_segmenter(kind.name)


@pytest.mark.parametrize("kind", ENGINES)
def test_weights_that_are_absent_are_not_downloaded_behind_ones_back(kind, scan, stand_in):
    stand = stand_in(kind)
    assert "once" in failure(kind(), scan, "engine_weights_missing")
    assert not stand.home.joinpath("seen.json").exists()


def test_weights_inside_the_package_are_found(stand_in, scan, monkeypatch):
    stand = stand_in(Spineps, "2.1.3")
    monkeypatch.delenv("SPINEPS_SEGMENTOR_MODELS")
    failure(Spineps(), scan, "engine_weights_missing")
    for name in ("T1w_semantic_v1.0.9", "instance_sagittal_v1.2.0"):
        (stand.packages / "spineps" / "models" / name).mkdir(parents=True)
    failure(Spineps(), scan, "engine_no_output")


@pytest.mark.parametrize(
    ("kind", "version"),
    [(TotalSpineSeg, "20241115"), (Spineps, "1.3.0"), (TotalSegmentator, "2.4.0"), (NnUnet, "1.7")],
)
def test_too_old(kind, version, scan, stand_in, model):
    stand_in(kind, version)
    segmenter = NnUnet(model()) if kind is NnUnet else kind()
    assert version in failure(segmenter, scan, "engine_too_old")


def test_a_crash_shows_its_last_words_without_our_paths(stand, scan):
    stand.plan(
        code=3,
        says='Traceback:\n  File "TMP/x.py"\n 50%|## | 1/2 [00:01, 1.0it/s]\r'
        "\x1b[31mRuntimeError: TMP/in/scan.nii.gz is odd\x1b[0m\n",
    )
    message = failure(TotalSpineSeg(), scan, "engine_crashed")
    assert "exit code 3" in message
    assert "Traceback: | RuntimeError: in/scan.nii.gz is odd" in message
    assert stand.seen["tmp"] not in message
    assert "50%" not in message


def test_no_output_although_the_exit_code_is_0(stand, scan):
    stand.plan(says="the image was empty")
    assert "the image was empty" in failure(TotalSpineSeg(), scan, "engine_no_output")


def test_too_slow_is_stopped_with_all_its_children(stand, scan):
    stand.plan(sleeps=60)
    failure(TotalSpineSeg(time_limit_s=1.0), scan, "engine_timeout")
    assert not running(stand)


def running(stand):
    command = ["ps", "-ww", "-eo", "stat,args"]
    processes = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line for line in processes.stdout.splitlines() if str(stand.home) in line]
    return [line for line in lines if not line.startswith("Z")]


def test_ctrl_c_stops_the_engine_too(stand, tmp_path, temporary):
    stand.plan(sleeps=60)
    script = tmp_path / "run.py"
    script.write_text(
        "import numpy as np\n"
        "from vbq.anatomy.engines.totalspineseg import TotalSpineSeg\n"
        "from vbq.scan.scan import Acquisition, Scan, Source\n"
        "affine = np.array([[4, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])\n"
        "voxels = np.ones((3, 64, 64), np.float32)\n"
        "scan = Scan(voxels, affine, Acquisition(), Source('x', 'nifti'))\n"
        "TotalSpineSeg().find_anatomy(scan)\n"
    )
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(
        [sys.executable, script], stderr=subprocess.PIPE, env=environment
    ) as process:
        try:
            while len(running(stand)) < 2:  # the engine and its own child
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGINT)
        _, message = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in message
    assert not running(stand)


def test_a_script_whose_interpreter_is_gone(stand, scan):
    path = stand.home / "bin" / "totalspineseg"
    path.write_text("#!/no/such/python\n")
    failure(TotalSpineSeg(), scan, "engine_not_found")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda a: np.where(a == 41, 40, a), "engine_unknown_labels"),
        (lambda a: a + 0.5, "engine_output_unreadable"),
        (lambda a: -a.astype(int), "engine_output_unreadable"),
    ],
    ids=["unknown label", "no whole numbers", "negative"],
)
def test_output_that_is_no_label_map_of_this_engine(
    stand, answers, with_arches, scan, tmp_path, change, code
):
    values = change(answers.renamed(with_arches, answers.totalspineseg))
    stand.plan(answers.save(values, scan.affine, tmp_path / "a.nii.gz", dtype=np.float32))
    failure(TotalSpineSeg(), scan, code)


def test_output_that_is_damaged(stand, scan, tmp_path):
    (tmp_path / "a.nii.gz").write_bytes(b"\x1f\x8b no")
    stand.plan(tmp_path / "a.nii.gz")
    failure(TotalSpineSeg(), scan, "engine_output_unreadable")


def test_output_that_lies_elsewhere(stand, answers, with_arches, scan, tmp_path):
    moved = scan.affine.copy()
    moved[0, 3] += 500
    answer = answers.renamed(with_arches, answers.totalspineseg)
    stand.plan(answers.save(answer, moved, tmp_path / "a.nii.gz"))
    failure(TotalSpineSeg(), scan, "engine_grid")


def test_nothing_found_is_a_refusal(stand, answers, with_arches, scan, tmp_path):
    stand.plan(answers.save(np.zeros_like(with_arches), scan.affine, tmp_path / "a.nii.gz"))
    failure(TotalSpineSeg(), scan, "no_lumbar_spine", RefusalError)


def test_a_label_map_must_fit_its_model(model, tmp_path):
    meant = {1: "canal", 8: "S1", 7: "T12", **{n: f"L{7 - n}" for n in range(2, 7)}}
    for table_names, reason in (
        ({n: w for n, w in meant.items() if n != 5}, "omits label 5"),
        (meant | {9: "cord"}, "no label 9"),
        (meant | {2: "L1", 6: "L5"}, "which it calls L1"),
        (meant | {7: "L5"}, "two labels are both L5"),
        (meant | {7: "tibia"}, "not a known name"),
        ({}, "no [labels]"),
    ):
        with pytest.raises(UsageError) as caught:
            NnUnet(remake(model, tmp_path, table_names=table_names))
        assert reason in str(caught.value)
    for dataset, reason in (
        ({"channel_names": {"0": "T1", "1": "T2"}}, "more than one channel"),
        ({"file_ending": ".tif"}, "not NIfTI"),
        ({"labels": {"all": [1, 2], "L1": 1}}, "regions"),
    ):
        with pytest.raises(UsageError, match=reason):
            NnUnet(remake(model, tmp_path, **dataset))


def remake(model, tmp_path, **options):
    shutil.rmtree(tmp_path / "model", ignore_errors=True)
    table_names = options.pop("table_names", None)
    path = model(table_names=table_names, **options)
    if table_names == {}:
        path.write_text('model = "model"\nvertebrae = "bodies"\nnumbering = "names"\n')
    return path


def test_a_model_without_weights(stand_in, model, scan):
    stand_in(NnUnet)
    failure(NnUnet(model(weights=False)), scan, "engine_weights_missing")


@pytest.mark.parametrize("name", ["spinenet", "no-such.toml", ""])
def test_no_such_engine(name):
    with pytest.raises(UsageError) as caught:
        get_segmenter(name)
    assert "\n" not in str(caught.value)


def test_environment_variables_reach_the_program(tmp_path):
    command = [sys.executable, "-c", "import os, sys; sys.exit(int(os.environ['CODE']))"]
    run(command, name="it", folder=tmp_path, environment={"CODE": "0"}, time_limit_s=60)
    with pytest.raises(EngineError, match="exit code 7"):
        run(command, name="it", folder=tmp_path, environment={"CODE": "7"}, time_limit_s=60)
