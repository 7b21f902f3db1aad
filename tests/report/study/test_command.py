"""``vbq study run`` as a person runs it."""

import os
import signal
import subprocess
import sys
import time

import pytest
import typer
import yaml
from typer.testing import CliRunner

from vbq.cli.study_run import run
from vbq.errors import InputError, OutputError, UsageError
from vbq.report.study import figures as study_figures
from vbq.report.study.folder import study_files
from vbq.study.analysis.run import run_study
from vbq.study.plan.plan_file import read_plan

SMALL = {
    "data": {"file": "patients.csv", "id": "id"},
    "outcome": {"column": "fracture"},
    "predictors": ["vbq", "age"],
    "bootstrap": 50,
}


@pytest.fixture
def vbq():
    app = typer.Typer()
    app.command()(run)
    return lambda *words: CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture
def plan(tmp_path, made_up):
    def plan(n=60, **parts):
        made_up(n).to_csv(tmp_path / "patients.csv", index=False)
        path = tmp_path / "plan.yaml"
        path.write_text(yaml.safe_dump(SMALL | parts), encoding="utf-8")
        return path

    return plan


def test_a_study_is_run_and_two_runs_give_the_same_bytes(vbq, plan, tmp_path, monkeypatch):
    # the others are as slow and tested elsewhere
    monkeypatch.setattr(study_figures, "IN_ORDER", study_figures.IN_ORDER[:2])
    path, out = plan(), tmp_path / "results"
    done = vbq(path, "--out", out)
    assert done.exit_code == 0, done.output
    assert "patients (with the event): 60 (" in done.output
    assert "vbq, per 1: " in done.output
    assert f"Report: {out / 'report.html'}" in done.output
    assert "SECRET" not in done.output
    again = study_files(run_study(read_plan(path)))
    files = {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert files.keys() == again.keys()
    assert [name for name in files if files[name] != again[name]] == []


def test_results_are_never_overwritten(vbq, plan, tmp_path):
    out = tmp_path / "results"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    done = vbq(plan(), "-o", out)
    assert isinstance(done.exception, UsageError)
    assert [p.name for p in out.iterdir()] == ["mine.txt"]
    file = vbq(plan(), "-o", out / "mine.txt")
    assert isinstance(file.exception, UsageError)


def test_a_place_that_cannot_be_written_to_is_found_before_the_work(vbq, plan, tmp_path):
    done = vbq(plan(), "-o", tmp_path / "patients.csv" / "results")
    assert isinstance(done.exception, OutputError)
    assert "part of the path is a file" in str(done.exception) or "permitted" in str(done.exception)


def test_a_plan_that_is_not_there_is_wrong_usage(vbq, tmp_path):
    done = vbq(tmp_path / "plan.yaml")
    assert isinstance(done.exception, UsageError)
    assert done.exception.exit_code == 2


def test_a_study_that_cannot_be_run_leaves_no_folder(vbq, plan, tmp_path):
    done = vbq(plan(n=15), "-o", tmp_path / "results")
    assert isinstance(done.exception, InputError)
    assert done.exception.exit_code == 1
    assert "15 patients" in str(done.exception)
    assert not (tmp_path / "results").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_leaves_nothing(plan, tmp_path):
    out = tmp_path / "results"
    script = (
        "import sys, typer; from pathlib import Path; from vbq.cli.study_run import run\n"
        "print('started', flush=True)\n"
        "run(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    path = plan(n=400, bootstrap=100_000)
    words = [sys.executable, "-c", script, str(path), str(out)]
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout.readline() == b"started\n"
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) != 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["patients.csv", "plan.yaml"]
