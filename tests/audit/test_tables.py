"""Published tables of other kinds, and ones that cannot be."""

import json
import math

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from vbq.audit.audit import EXAMPLE, audit_table
from vbq.audit.effective_sample_size import Distribution, unit_variances
from vbq.audit.printed_number import counts_that_fit, read_printed, totals_that_fit
from vbq.audit.published_table import read_table
from vbq.audit.two_by_two import p_values_by_test
from vbq.cli.audit import audit
from vbq.errors import UsageError
from vbq.stats.regression.likelihood import coefficients
from vbq.stats.regression.logistic import fit_logistic


@pytest.fixture
def table(tmp_path):
    def table(text):
        path = tmp_path / "table.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return table


@pytest.fixture
def findings(table):
    def findings(text):
        return {
            (finding.code, finding.evidence["variable"]): finding
            for finding in audit_table(read_table(table(f"title: T\n{text}"))).findings
        }

    return findings


@pytest.fixture
def vbq():
    app = typer.Typer()
    app.command()(audit)
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 2))
def test_the_true_count_always_fits_its_own_percentage(total, count, decimals):
    count = min(count, total)
    percent = read_printed(f"{100 * count / total:.{decimals}f}")
    assert count in counts_that_fit(total, percent)
    if count and percent.low > 0:
        assert total in totals_that_fit(count, percent)


def test_a_number_keeps_its_printed_decimals():
    number = read_printed("19.40")
    assert (number.low, number.high) == pytest.approx((19.395, 19.405))
    below = read_printed("<0.001")
    assert below.could_be(0.0002)
    assert not below.could_be(0.002)


def test_logistic_p_values_of_a_table_are_those_of_the_fit():
    x = np.repeat([1.0, 0, 1, 0], [22, 50, 17, 95])
    y = np.repeat([1.0, 1, 0, 0], [22, 50, 17, 95])
    slope = coefficients(fit_logistic(x[:, None], y))[1]
    p = p_values_by_test((22, 17), (72, 112))
    assert p["logistic Wald"] == pytest.approx(slope.wald_p, rel=1e-6)
    assert p["logistic likelihood ratio"] == pytest.approx(slope.likelihood_ratio_p, rel=1e-6)


def test_variance_of_one_patient_is_that_of_a_large_fit():
    rng = np.random.default_rng(1)
    n = 40_000
    x = np.column_stack([rng.random(n) < 0.3, rng.normal(0, 0.8, n)]).astype(float)
    y = (rng.random(n) < 1 / (1 + np.exp(0.9 - x @ [1.0, 0.7]))).astype(float)
    fit = fit_logistic(x, y)
    expected = unit_variances([1.0, 0.7], [Distribution(share=0.3), Distribution(sd=0.8)], y.mean())
    assert fit.standard_errors[1:] ** 2 * n == pytest.approx(expected, rel=0.03)


def test_a_percentage_that_no_count_gives_is_a_contradiction(findings):
    reported = findings(
        "events: {count: 10, patients: 30}\ncharacteristics:\n"
        "  - {name: Smoker, percent: [33.0, 50.0]}\n"
    )
    assert reported["no_count", "Smoker"].evidence["kind"] == "contradiction"
    reported = findings("events: {count: 72, patients: 200, percent: 39.1}\n")
    assert reported["no_count", "events"].evidence["kind"] == "contradiction"


def test_a_coarse_percentage_leaves_a_range_of_patients(findings):
    reported = findings("events: {count: 72, percent: 39}\n")
    assert "183 to 187" in reported["patients_range", "events"].message


def test_a_p_value_of_no_test_is_a_contradiction(findings):
    reported = findings(
        "events: {count: 72, patients: 184}\ncharacteristics:\n"
        "  - {name: A, count: [22, 17], p: 0.3}\n"
    )
    assert reported["no_test_fits", "A"].evidence["kind"] == "contradiction"


def test_fisher_is_recognised(findings):
    reported = findings(
        "events: {count: 72, patients: 184}\ncharacteristics:\n"
        "  - {name: A, count: [22, 17], p: 0.016}\n"
    )
    assert "is given by Fisher's exact" in reported["test_identified", "A"].message


def test_a_profile_interval_is_no_wald_interval(findings):
    reported = findings(
        "events: {count: 40}\nmodel:\n"
        "  - {name: A, odds_ratio: 4.00, interval: [1.30, 15.00], p: 0.02}\n"
    )
    assert reported["not_wald_interval", "A"].evidence["kind"] == "proof"


def test_p_and_interval_on_different_sides_contradict(findings):
    reported = findings(
        "events: {count: 40}\nmodel:\n"
        "  - {name: A, odds_ratio: 1.50, interval: [0.75, 3.00], p: 0.01}\n"
    )
    assert reported["p_against_interval", "A"].evidence["kind"] == "contradiction"


@pytest.mark.parametrize("odds_ratio", ["0.50", "0.97"])
def test_an_odds_ratio_outside_its_own_interval_contradicts(findings, vbq, table, odds_ratio):
    text = (
        f"events: {{count: 40}}\nmodel:\n  - {{name: odd, odds_ratio: {odds_ratio}, "
        "interval: [0.60, 0.90], p: 0.01}\n"
        "  - {name: A, odds_ratio: 1.50, interval: [0.75, 3.00], p: 0.25}\n"
    )
    reported = findings(text)
    assert reported["outside_interval", "odd"].evidence["kind"] == "contradiction"
    assert f"{odds_ratio} [0.60–0.90]" in reported["outside_interval", "odd"].message
    assert ("wald_intervals", "") not in reported  # not of all the intervals
    result = vbq(table(f"title: T\n{text}"))
    assert result.exit_code == 0
    assert "misprinted" in result.output


def test_an_odds_ratio_that_only_rounding_puts_on_its_limit_is_none(findings):
    reported = findings(
        "events: {count: 40}\nmodel:\n"
        "  - {name: A, odds_ratio: 1.00, interval: [1.00, 1.01], p: 0.04}\n"
    )
    assert "outside_interval" not in {code for code, _ in reported}
    assert reported["too_few_decimals", "A"].evidence["kind"] == "not shown"


@pytest.mark.parametrize("printed", ["0.90, interval: [0.60, 0.90]", "2, interval: [0.4, 30]"])
def test_an_odds_ratio_that_no_rounding_puts_in_the_middle_is_told(findings, printed):
    reported = findings(
        f"events: {{count: 40}}\nmodel:\n  - {{name: A, odds_ratio: {printed}, p: 0.01}}\n"
        "  - {name: B, odds_ratio: 1.50, interval: [0.75, 3.00], p: 0.25}\n"
    )
    assert reported["not_wald_interval", "A"].evidence["kind"] == "proof"
    assert not {"too_few_decimals", "outside_interval"} & {code for code, _ in reported}
    assert ("wald_intervals", "") not in reported


def test_too_few_decimals_say_nothing(findings):
    reported = findings(
        "events: {count: 40}\nmodel:\n  - {name: A, odds_ratio: 2, interval: [0.4, 9], p: 0.3}\n"
    )
    assert reported["too_few_decimals", "A"].evidence["kind"] == "not shown"


BAD = {
    "events: {count: 72, percent: 139.1}": r"line 2: events\.percent is 139\.1",
    "events: {count: 72.5}": r"events\.count is 72\.5, not a number of patients",
    "events: {count: 72, patients: 60}": r"events has 72 events in 60 patients",
    "events: {count: 5}\ncharacteristics: [{name: A, percent: [1], p: 1}]": (
        r"characteristics\[A\]\.percent\[2\] is missing"
    ),
    "events: {count: 5}\ncharacteristics: [{name: A, percent: ['30,6', 15]}]": "decimal point",
    "events: {count: 5}\ncharacteristics: [{name: A, mean: [3, 2], p: 1.2}]": (
        r"characteristics\[A\]\.p is 1\.2, not a p-value"
    ),
    "events: {count: 5}\nmodel: [{name: A, odds_ratio: 6.94, interval: [19.40, 2.48]}]": (
        r"model\[A\] has an interval of 19\.40 to 2\.48: the lower limit first"
    ),
    "events: {count: 5}\nmodel: [{name: A, odds_ratio: -2, interval: [1, 3]}]": (
        r"model\[A\]\.odds_ratio is -2, not a number above 0"
    ),
    "events: {count: 5}\nmodel: [{name: A, p: 0.1}, {name: A, p: 0.2}]": "A appears more than once",
    "events: {count: 5}\nsuperior: {what: A, to: B}": "superior: A, B is not in the model",
    "events: {counts: 5}": r"events\.counts is not a key of the table",
    "events: [5]": "events has a value that is not allowed",
    "{": "is not valid YAML",
}


@pytest.mark.parametrize("text", BAD)
def test_bad_tables_are_one_line_with_the_key(table, text):
    with pytest.raises(UsageError, match=BAD[text]) as error:
        read_table(table(f"title: T\n{text}\n"))
    assert "\n" not in str(error.value)


def test_files_that_are_no_tables_are_refused(tmp_path, table):
    for path in (tmp_path / "none.yaml", tmp_path, table("just words"), table("")):
        with pytest.raises(UsageError):
            read_table(path)
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        read_table(binary)


def test_command_shows_the_example_and_where_it_is(vbq):
    result = vbq("--example")
    assert result.exit_code == 0, result.output
    text = " ".join(result.output.split())
    for shown in ("Proof", "Inference", "Not shown", "6.94 [2.48–19.40]", "0.0049–0.0055"):
        assert shown in text
    assert EXAMPLE.name in text


def test_command_prints_json(vbq):
    document = json.loads(vbq(EXAMPLE, "--json").output)
    assert document["schema"] == "vbq.audit/2"
    assert document["patients"] == [184]
    assert math.isclose(document["model"][1]["implied"]["p"], 0.0052069, rel_tol=1e-4)


def test_command_needs_a_table_or_the_example(vbq):
    for arguments in ([], [EXAMPLE, "--example"]):
        assert isinstance(vbq(*arguments).exception, UsageError)
