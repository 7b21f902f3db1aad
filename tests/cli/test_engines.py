"""Choosing an engine on the command line, and the card of the built-in network."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import vbq
from vbq.anatomy.engines.availability import engine_statuses
from vbq.phantom import MriSettings, make_phantom

VBQ = Path(sys.executable).with_name("vbq")


def run(*arguments, path=None):
    environment = os.environ if path is None else os.environ | {"PATH": str(path)}
    return subprocess.run(
        [VBQ, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment
    )


@pytest.fixture(scope="module")
def spine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spine")
    settings = MriSettings(slices=3, matrix=(128, 128), pixel_mm=2.2, sub_slices=1)
    phantom = make_phantom(acquisition=settings, true_vbq=3)
    phantom.write_nifti(folder / "t1.nii.gz", labels=folder / "labels.nii.gz")
    return folder


def test_engines_that_are_not_installed_say_how_to_install_them(tmp_path):
    done = run("engines", path=tmp_path)
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "built-in yes" in text
    for name in ("totalspineseg", "spineps", "totalsegmentator"):
        assert f"{name} no" in text
    assert text.count("uv tool install") == 4


def test_an_installed_engine_shows_its_version_and_weights(tmp_path, monkeypatch):
    command = tmp_path / "bin" / "spineps"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\nexit 9\n")
    command.chmod(0o755)
    packages = tmp_path / "lib" / "python3.12" / "site-packages"
    (packages / "spineps-2.1.3.dist-info").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(command.parent))
    monkeypatch.delenv("SPINEPS_SEGMENTOR_MODELS", raising=False)

    def spineps():
        (found,) = (engine for engine in engine_statuses() if engine.name == "spineps")
        return found

    assert spineps().version == "2.1.3"
    assert spineps().variables == {"SPINEPS_SEGMENTOR_MODELS": None}
    for name in ("T1w_semantic", "instance_sagittal"):
        assert not spineps().usable
        assert "weights" in spineps().note
        (packages / "spineps" / "models" / name).mkdir(parents=True)
    assert spineps().usable


def test_of_a_command_without_a_version_nothing_is_promised(tmp_path):
    for name in ("totalspineseg", "spineps", "nnUNetv2_predict_from_modelfolder"):
        command = tmp_path / name
        command.write_text("#!/bin/sh\nexit 3\n")
        command.chmod(0o755)
    done = run("engines", path=tmp_path)
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    for name in ("totalspineseg", "spineps", "LABELS.toml"):
        assert f"{name} unknown" in text
    assert text.count(" yes ") == 1  # the built-in network


def test_an_engine_that_cannot_be_used_stops_before_anything_is_done(spine, tmp_path):
    done = run(
        "score",
        spine / "t1.nii.gz",
        "--engine",
        "spineps",
        "--out",
        tmp_path / "out",
        path=tmp_path,
    )
    assert done.returncode == 1
    assert "uv tool install spineps" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_labels_and_engine_exclude_each_other(spine, tmp_path):
    options = ("--engine", "built-in", "--labels", spine / "labels.nii.gz", "--out", tmp_path / "o")
    done = run("score", spine / "t1.nii.gz", *options)
    assert done.returncode == 2
    assert "cannot be used together" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "o").exists()


def test_the_engine_is_named_in_the_reading(spine, tmp_path):
    """A stand-in for TotalSpineSeg that copies the answer it was given."""
    labels = nib.load(spine / "labels.nii.gz")
    ours = np.asarray(labels.dataobj)
    table = {61: 2, 60: 1, 26: 50, **{19 + n: 40 + n for n in range(1, 6)}, 19: 32}
    theirs = np.zeros_like(ours)
    for number, number_there in table.items():
        theirs[ours == number] = number_there
    nib.save(nib.Nifti1Image(theirs, labels.affine), tmp_path / "answer.nii.gz")
    packages = tmp_path / "lib/python3.12/site-packages"
    (packages / "totalspineseg-20260807.dist-info").mkdir(parents=True)
    results = packages / "totalspineseg/models/nnUNet/results"
    for step in (1, 2):
        (results / f"Dataset10{step}_TotalSpineSeg_step{step}").mkdir(parents=True)
    command = tmp_path / "bin" / "totalspineseg"
    command.parent.mkdir()
    command.write_text(
        f'#!/bin/sh\nmkdir -p "$2/step2_output"\ncp {tmp_path}/answer.nii.gz "$2/step2_output/"\n'
    )
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    options = ("--engine", "totalspineseg", "--json", "--out", tmp_path / "out")
    done = run("score", spine / "t1.nii.gz", *options, path=path)
    assert done.returncode == 0, done.stderr
    reading = json.loads(done.stdout)
    assert reading["engine"]["name"] == "totalspineseg"
    assert reading["engine"]["version"] == "20260807"
    (same,) = vbq.score(spine / "t1.nii.gz", labels=spine / "labels.nii.gz")
    assert reading["score"] == pytest.approx(same.reading.score, abs=0.02)


def test_the_model_card_ends_with_the_hash_of_the_weights_there_are():
    done = run("model")
    assert done.returncode == 0, done.stderr
    weights = Path(vbq.__file__).parent / "anatomy" / "builtin" / "weights" / "vertebra_unet.onnx"
    assert done.stdout.rstrip().endswith(sha256(weights.read_bytes()).hexdigest())
    assert "CC BY 4.0" in done.stdout
    assert len(done.stdout.splitlines()) < 40
