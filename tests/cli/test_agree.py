"""``vbq agree`` as a person runs it."""

import csv
import sys

import pytest
import typer
from typer.testing import CliRunner

from vbq.cli.agree import agree
from vbq.errors import UsageError, VBQError

ROWS = [(3.1, 3.0), (2.4, 2.6), (3.8, 3.7), (2.9, 2.9), (3.3, 3.5), (2.2, 2.1)]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "readings.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "subject", "tool", "score"])
        for i, values in enumerate(ROWS):
            for tool, value in zip(("hand", "vbq"), values, strict=True):
                writer.writerow([f"{i}-{tool}", i, tool, value])
        writer.writerow(["9-hand", 9, "hand", 3.0])
    return path


@pytest.fixture
def vbq():
    app = typer.Typer()
    app.command()(agree)

    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


def test_it_compares_and_says_where_the_page_is(vbq, table, tmp_path):
    result = vbq(table, "--by", "tool", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "6 of 7 subjects have all readings: hand, vbq." in result.output
    assert "ICC(A,1) 0.9" in result.output
    assert "hand − vbq: bias −0.017" in result.output
    page = tmp_path / "out" / "agreement.html"
    assert str(page) in result.output.replace("\n", "")
    text = page.read_text(encoding="utf-8")
    assert "1 of 7 subjects lacked at least one reading" in text
    assert "reproducibility coefficient 0.2" in result.output
    assert "reproducibility coefficient" in text


def test_a_missing_column_is_wrong_usage_and_leaves_nothing(vbq, table, tmp_path):
    result = vbq(table, "--out", tmp_path / "out")
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code == 2
    assert "--by" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_no_bias_is_0_and_repeats_are_repeatability(vbq, tmp_path):
    path = tmp_path / "readings.csv"
    rows = [(2.3, 2.2), (3.1, 3.2), (2.9, 2.6), (3.4, 3.7)]
    lines = [f"{i},{k},{v}" for i, row in enumerate(rows) for k, v in enumerate(row)]
    path.write_text("\n".join(["subject,repeat,vbq", *lines]), encoding="utf-8")
    result = vbq(path, "--out", tmp_path / "out")
    assert "0 − 1: bias 0.000, limits" in result.output
    assert "\nrepeatability coefficient 0." in result.output


def test_a_missing_file(vbq, tmp_path):
    result = vbq(tmp_path / "nowhere.csv")
    assert isinstance(result.exception, VBQError)
    assert "nowhere.csv" in str(result.exception)


def test_the_command_loads_nothing_heavy_before_it_runs():
    import subprocess

    code = (
        "import vbq.cli.agree, sys; print([m for m in ('scipy', 'matplotlib') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert result.stdout.strip() == "[]"


def test_the_table_that_is_read_is_never_replaced(vbq, table):
    source = table.rename(table.with_name("agreement.csv"))
    before = source.read_bytes()
    result = vbq(source, "--by", "tool", "--out", source.parent)
    assert isinstance(result.exception, UsageError)
    assert "would be overwritten" in str(result.exception)
    assert [p.name for p in source.parent.iterdir()] == ["agreement.csv"]
    assert source.read_bytes() == before
