"""Leaving out one site at a time, with reasons for sites that cannot be evaluated. Shrinkage."""

import numpy as np
import pytest

from vbq.errors import RefusalError, UsageError
from vbq.stats.performance.delong import auc
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.shrinkage import uniform_shrinkage
from vbq.stats.validation.internal_external import leave_one_site_out


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(240, 2))
    y = (rng.random(240) < 1 / (1 + np.exp(0.5 - x @ [1, 0.5]))).astype(float)
    return x, y, np.repeat(["1.5 T", "3 T", "3 T new"], 80)


def test_each_site_is_predicted_from_the_other_sites(cohort):
    x, y, sites = cohort
    result = leave_one_site_out(x, y, sites)
    assert [site.site for site in result] == ["1.5 T", "3 T", "3 T new"]
    at_3t = sites == "3 T"
    risk = fit_logistic(x[~at_3t], y[~at_3t]).probabilities(x[at_3t])
    assert result[1].auc == auc(y[at_3t], risk)
    assert (result[1].n, result[1].events, result[1].reason) == (80, y[at_3t].sum(), None)


def test_a_procedure_receives_only_the_other_sites(cohort):
    x, y, sites = cohort
    sizes = []

    def procedure(design, outcome):
        sizes.append(len(outcome))
        return fit_logistic(design, outcome).probabilities

    result = leave_one_site_out(x, y, sites, procedure)
    assert sizes == [160, 160, 160]
    assert result == leave_one_site_out(x, y, sites)


def test_a_site_with_another_risk_is_noticed(cohort):
    x, y, sites = cohort
    rng = np.random.default_rng(1)
    rarer = np.where((sites == "3 T") & (rng.random(240) < 0.6), 0, y)
    result = leave_one_site_out(x, rarer, sites)[1]
    assert result.calibration.in_the_large.interval[1] < 0
    assert result.calibration.observed_expected_interval[1] < 1


def test_a_site_without_events_gives_a_reason(cohort):
    x, y, sites = cohort
    quiet = np.where(sites == "1.5 T", 0, y)
    result = leave_one_site_out(x, quiet, sites)
    assert (result[0].auc, result[0].calibration, result[0].brier) == (None, None, None)
    assert result[0].reason == "0 of 80 subjects have the event."
    assert result[1].reason is None


def test_bad_sites_are_refused(cohort):
    x, y, sites = cohort
    for labels in (np.full(240, "one"), sites[:-1]):
        with pytest.raises(UsageError):
            leave_one_site_out(x, y, labels)
    with pytest.raises(RefusalError):
        leave_one_site_out(x, np.zeros(240), sites)


def test_shrinkage():
    assert uniform_shrinkage(40, 8) == pytest.approx((40 - 8) / 40)
    with pytest.raises(RefusalError, match="remove all predictive value"):
        uniform_shrinkage(6, 8)
    with pytest.raises(UsageError):
        uniform_shrinkage(40, 0)
