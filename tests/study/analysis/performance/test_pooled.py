"""Measures over completed tables: of one table the plain ones, of copies of it the same."""

import numpy as np
import pytest
from scipy.special import expit

from vbq.stats.performance.calibration import calibration
from vbq.stats.performance.delong import auc, compare_auc
from vbq.stats.performance.net_benefit import decision_curve, net_benefit_difference
from vbq.stats.performance.roc import roc_curve
from vbq.study.analysis.performance.calibration import (
    observed_calibration_curve,
    observed_calibration_errors,
)
from vbq.study.analysis.performance.pooled import (
    pooled_auc_difference,
    pooled_calibration,
    pooled_calibration_curve,
    pooled_calibration_errors,
    pooled_roc,
    stack_tables,
)

AT = np.array([0.1, 0.2, 0.3])


@pytest.fixture(scope="module")
def patients():
    rng = np.random.default_rng(4)
    x, z = rng.normal(size=(2, 300))
    y = (rng.random(300) < expit(x - 0.5)) * 1.0
    return y, expit(0.8 * x - 0.5), expit(0.8 * x + 0.3 * z - 0.5)


def test_one_table_gives_the_plain_measures(patients):
    y, p, q = patients
    assert pooled_auc_difference(y, p[None], q[None]) == compare_auc(y, q, p)
    assert pooled_calibration(y, p[None]) == calibration(y, p)
    assert pooled_calibration_errors(y, p[None]) == observed_calibration_errors(y, p)
    assert np.array_equal(
        pooled_calibration_curve(y, p[None]).observed, observed_calibration_curve(y, p).observed
    )


def test_three_copies_of_a_table_give_its_measures(patients):
    y, p, q = patients
    first, second = np.tile(p, (3, 1)), np.tile(q, (3, 1))
    plain, result = compare_auc(y, q, p), pooled_auc_difference(y, first, second)
    assert result.difference == pytest.approx(plain.difference)
    assert result.standard_error == pytest.approx(plain.standard_error)
    assert pooled_calibration(y, first).slope.interval == pytest.approx(
        calibration(y, p).slope.interval
    )
    assert pooled_calibration(y, first).observed_expected == pytest.approx(
        calibration(y, p).observed_expected
    )
    curve, copies = observed_calibration_curve(y, p), pooled_calibration_curve(y, first)
    assert copies.observed == pytest.approx(curve.observed)
    assert (copies.lower, copies.upper) == (
        pytest.approx(curve.lower),
        pytest.approx(curve.upper),
    )


def test_a_roc_curve_counts_patients_and_grows_no_longer_with_the_tables(patients):
    y, p, q = patients
    plain, single = roc_curve(y, p), pooled_roc(y, p[None])
    assert np.array_equal(plain.sensitivity, single.sensitivity)
    several = pooled_roc(y, np.array([p, q, (p + q) / 2]))
    assert (several.events, several.non_events) == (plain.events, plain.non_events)
    assert several.thresholds.size <= y.size + 1
    assert (several.sensitivity[0], several.specificity[0]) == (1, 0)
    assert (several.sensitivity[-1], several.specificity[-1]) == (0, 1)


def test_intervals_of_net_benefit_are_of_patients_not_of_rows(patients):
    y, p, q = patients
    first, second = np.tile(p, (3, 1)), np.tile(q, (3, 1))
    plain = decision_curve(y, p, AT, seed=1)
    copies = decision_curve(*stack_tables(y, first), AT, seed=1, copies=3)
    assert copies.net_benefit == pytest.approx(plain.net_benefit)
    assert copies.upper - copies.lower == pytest.approx(plain.upper - plain.lower, rel=0.1)
    plain = net_benefit_difference(y, p, q, AT, seed=1)
    copies = net_benefit_difference(*stack_tables(y, first), second.ravel(), AT, seed=1, copies=3)
    assert copies.difference == pytest.approx(plain.difference)
    assert copies.upper - copies.lower == pytest.approx(plain.upper - plain.lower, rel=0.15)


def test_predictions_averaged_over_imputations_would_flatter():
    """Half of x is imputed from the outcome: its mean over imputations tells the outcome."""
    rng = np.random.default_rng(2)
    y = (rng.random(4000) < 0.3) * 1.0
    x = rng.normal(0.5 * y, 1)
    lost = rng.random(4000) < 0.5
    tables = np.array([np.where(lost, rng.normal(0.5 * y, 1), x) for _ in range(30)])
    complete = auc(y, x).estimate
    in_each = np.mean([auc(y, single).estimate for single in tables])
    assert in_each == pytest.approx(complete, abs=0.03)
    assert auc(y, tables.mean(axis=0)).estimate > complete + 0.1
