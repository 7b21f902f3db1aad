"""``vbq validate`` as a person runs it, with simulated readings: a real run takes minutes."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import vbq.validation
from vbq.cli.validate import validate
from vbq.errors import OutputError


@pytest.fixture
def run(monkeypatch, simulate):
    app = typer.Typer()
    app.command()(validate)

    def invoke(*arguments, read=None, **errors):
        outcomes = simulate(**errors)

        def simulated_outcomes(spines):
            for spine in spines:
                yield [o for o in outcomes if o.spine == spine]

        monkeypatch.setattr(vbq.validation, "read_spines", read or simulated_outcomes)
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return invoke


def test_the_verdict_and_the_report_folder_are_shown(run, tmp_path):
    result = run("--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "claims met" in result.output
    assert "not met" not in result.output
    assert (tmp_path / "out" / "validation.html").is_file()


def test_a_claim_not_met_gives_exit_code_1_and_a_report(run, tmp_path):
    result = run("--out", tmp_path / "out", offset=0.2)
    assert result.exit_code == 1
    assert "not met" in result.output
    assert (tmp_path / "out" / "validation.html").is_file()


def test_an_unwritable_folder_is_reported_before_any_reading(run, tmp_path):
    def unreachable(_spines):
        raise AssertionError

    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        result = run("--out", out, read=unreachable)
        assert isinstance(result.exception, OutputError)
        assert "Cannot write" in str(result.exception)
    assert (tmp_path / "file").read_text() == "x"


def test_an_interrupted_run_leaves_nothing(run, tmp_path):
    def interrupted(_spines):
        raise KeyboardInterrupt
        yield

    result = run("--out", tmp_path / "out", read=interrupted)
    assert result.exit_code == 130
    assert list(tmp_path.iterdir()) == []


def test_a_negative_seed_is_wrong_usage(run, tmp_path):
    assert run("--out", tmp_path / "out", "--seed", "-1").exit_code == 2


def test_the_command_loads_no_heavy_library_before_it_runs():
    code = (
        "import vbq.cli.validate, sys; "
        "print([m for m in ('scipy', 'matplotlib', 'onnxruntime') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert result.stdout.strip() == "[]"
