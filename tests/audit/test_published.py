"""The audit of the published abstract finds what a careful reader found by hand."""

import pytest

from vbq.audit.audit import EXAMPLE, audit_table
from vbq.audit.published_table import read_table


@pytest.fixture(scope="module")
def audited():
    return audit_table(read_table(EXAMPLE))


@pytest.fixture(scope="module")
def findings(audited):
    return {(finding.code, finding.evidence["variable"]): finding for finding in audited.findings}


def test_patients_are_unique(audited, findings):
    assert audited.patients == (184,)
    assert findings["unique_patients", "events"].evidence["kind"] == "proof"


@pytest.mark.parametrize(
    ("name", "counts", "crude"),
    [("Chronic glucocorticoids", (22, 17), 2.46), ("Prior fragility fracture", (26, 24), 2.07)],
)
def test_counts_are_unique(audited, findings, name, counts, crude):
    row = {row.name: row for row in audited.rows}[name]
    assert row.counts == (counts,)
    assert row.crude.estimate == pytest.approx(crude, abs=0.005)
    assert findings["unique_counts", name].evidence["kind"] == "proof"


@pytest.mark.parametrize("name", ["Chronic glucocorticoids", "Prior fragility fracture"])
def test_univariable_p_is_logistic_and_not_chi_squared_or_fisher(audited, findings, name):
    row = {row.name: row for row in audited.rows}[name]
    assert row.fitting == ("logistic Wald", "logistic likelihood ratio")
    assert {"chi-squared", "Fisher's exact"} <= set(row.tests)
    assert findings["test_identified", name].evidence["kind"] == "proof"
    assert findings["test_of_table", ""].evidence["kind"] == "inference"


def test_intervals_are_symmetric_as_wald_intervals_are(audited, findings):
    assert [row.symmetric for row in audited.model] == [True, True, True, True, None]
    assert findings["wald_intervals", ""].evidence["kind"] == "inference"


@pytest.mark.parametrize(
    ("name", "p", "p_range"),
    [("VBQ", 0.0052, (0.0049, 0.0055)), ("Chronic glucocorticoids", 0.0446, (0.0437, 0.0455))],
)
def test_printed_p_that_cannot_be_walds(audited, findings, name, p, p_range):
    row = {row.name: row for row in audited.model}[name]
    assert row.implied.p == pytest.approx(p, abs=5e-5)
    assert row.implied.p_range == pytest.approx(p_range, abs=5e-5)
    assert row.wald is False
    assert findings["not_wald_p", name].evidence["kind"] == "proof"


def test_the_other_p_values_can_be_walds(audited, findings):
    assert {row.name for row in audited.model if row.wald} == {"Prior fragility fracture", "BMI"}
    assert [about for code, about in findings if code == "not_wald_p"] == [
        "VBQ",
        "Chronic glucocorticoids",
    ]


def test_likelihood_ratio_p_beside_wald_intervals_is_an_inference(findings):
    assert findings["likelihood_ratio_p", ""].evidence["kind"] == "inference"


def test_crude_and_adjusted_odds_ratio_of_prior_fracture(findings):
    message = findings["crude_and_adjusted", "Prior fragility fracture"].message
    assert "2.07 [1.07–4.01], adjusted 6.94" in message
    assert findings["adjustment_large", "Prior fragility fracture"].evidence["kind"] == "inference"
    assert ("adjustment_large", "Chronic glucocorticoids") not in findings


def test_standard_errors_are_worth_fewer_than_184_patients(audited, findings):
    worth = [row.patients for row in audited.model if row.patients]
    assert len(worth) == 4
    assert min(worth) == pytest.approx(108, abs=1)
    assert max(worth) < 141
    finding = findings["effective_patients", ""]
    assert finding.evidence["kind"] == "inference"
    assert "not 184" in finding.message
    assert "Inference, not proof" in finding.message
    assert "assumed SD: VBQ 0.75, BMI 6" in finding.message


def test_superiority_is_not_shown(findings):
    finding = findings["superiority_not_tested", "VBQ"]
    assert finding.evidence["kind"] == "not shown"
    assert "p = 0.003 against p = 0.081" in finding.message


def test_nothing_printed_is_a_contradiction(audited):
    assert not [
        finding for finding in audited.findings if finding.evidence["kind"] == "contradiction"
    ]
