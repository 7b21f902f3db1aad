"""``vbq validate`` as a person runs it, on readings that are given: a real run takes minutes."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import vbq.validation
from vbq.cli.validate import validate
from vbq.errors import OutputError


@pytest.fixture
def run(monkeypatch, pretend):
    app = typer.Typer()
    app.command()(validate)

    def invoke(*arguments, read=None, **errors):
        outcomes = pretend(**errors)

        def measured(spines):
            for spine in spines:
                yield [o for o in outcomes if o.spine == spine]

        monkeypatch.setattr(vbq.validation, "read_spines", read or measured)
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return invoke


def test_it_says_what_is_met_and_where_the_report_is(run, tmp_path):
    done = run("--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "claims met" in done.output
    assert "not met" not in done.output
    assert (tmp_path / "out" / "validation.html").is_file()


def test_a_missed_claim_is_exit_code_1_and_still_written(run, tmp_path):
    done = run("--out", tmp_path / "out", offset=0.2)
    assert done.exit_code == 1
    assert "not met" in done.output
    assert (tmp_path / "out" / "validation.html").is_file()


def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(run, tmp_path):
    def never(_spines):
        raise AssertionError

    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        done = run("--out", out, read=never)
        assert isinstance(done.exception, OutputError)
        assert "Cannot write" in str(done.exception)
    assert (tmp_path / "file").read_text() == "x"


def test_an_interrupted_run_leaves_nothing(run, tmp_path):
    def interrupted(_spines):
        raise KeyboardInterrupt
        yield

    done = run("--out", tmp_path / "out", read=interrupted)
    assert done.exit_code == 130
    assert list(tmp_path.iterdir()) == []


def test_a_negative_seed_is_wrong_usage(run, tmp_path):
    assert run("--out", tmp_path / "out", "--seed", "-1").exit_code == 2


def test_the_command_loads_nothing_heavy_before_it_runs():
    code = (
        "import vbq.cli.validate, sys; "
        "print([m for m in ('scipy', 'matplotlib', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
