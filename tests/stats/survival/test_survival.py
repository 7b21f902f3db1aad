"""Survival curves and proportional hazards equal those of R's survival 3.5.3."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from vbq.errors import InputError, UsageError
from vbq.stats.survival import partial_likelihood
from vbq.stats.survival.cox import fit_cox
from vbq.stats.survival.fine_gray import fit_fine_gray
from vbq.stats.survival.follow_up import censoring_survival, follow_up
from vbq.stats.survival.ipcw import horizon_outcome
from vbq.stats.survival.nonparametric import cumulative_hazard, cumulative_incidence, kaplan_meier

# Freireich et al. 1963, weeks in remission under 6-mercaptopurine
REMISSION = np.array(
    [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35.0]
)
RELAPSE = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])

TIME = np.array(
    [1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20.0]
)
CAUSE = np.array([1, 2, 1, 0, 1, 1, 2, 0, 1, 2, 1, 0, 1, 2, 0, 1, 0, 2, 1, 0, 1, 0, 2, 0])
MARKER = [1.2, 0.3, 0.9, -0.5, 1.1, 0.2, -0.8, 0.4, 1.5, -0.2, 0.6, -1.1]
MARKER += [0.1, 0.8, -0.3, 0.7, -0.9, 0.5, -0.6, -1.4, 0.35, -0.75, -0.15, -1.25]
GROUP = [1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1]
X = np.column_stack([MARKER, GROUP])
UNTIED = TIME + np.arange(1, 25) / 100


def equal(expected, rel=1e-6):
    return pytest.approx(expected, rel=rel)


def values(terms):
    return [t.coefficient for t in terms], [t.standard_error for t in terms]


def test_kaplan_meier_equals_r():
    curve = kaplan_meier(REMISSION, RELAPSE)
    # summary(survfit(Surv(time, died) ~ 1, conf.type = "log-log"), times = c(6, 10, 23, 30))
    for time, survival, low, high in (
        (6, 0.8571428571429, 0.6197179552660, 0.9515517476470),
        (10, 0.7529411764706, 0.5031995108000, 0.8893618351693),
        (23, 0.4481792717087, 0.1880520059592, 0.6801426284952),
        (30, 0.4481792717087, 0.1880520059592, 0.6801426284952),
    ):
        estimate, interval = curve.estimate_at(time)
        assert (estimate, *interval) == equal((survival, low, high), 1e-12)
    assert curve.standard_errors[[0, 2, 3, 6]] == equal(
        [0.07636035483212, 0.09634965299432, 0.10681470777501, 0.13459145675576], 1e-12
    )
    assert curve.at_risk[:3].tolist() == [21, 17, 15]
    assert curve.median == 23  # quantile(..., 0.5): 23 (13, NA)
    assert curve.median_interval == (13, None)
    assert curve.estimate_at(0) == (1, (1, 1))


def test_cumulative_hazard_is_the_sum_of_events_by_those_at_risk():
    # 3 of 21 at week 6, 1 of 17 at 7, 1 of 15 at 10, 1 of 12 at 13
    hazard = cumulative_hazard(REMISSION, RELAPSE)
    steps = {6: 3 / 21, 7: 1 / 17, 10: 1 / 15, 13: 1 / 12}
    for week in (6, 9, 10, 11, 13):
        expected = sum(step for estimate, step in steps.items() if estimate <= week)
        assert hazard[week == REMISSION] == equal(expected, 1e-12)
    competing = cumulative_hazard(TIME, CAUSE)
    assert competing[TIME == 2] == equal(1 / 24 + 1 / 23, 1e-12)
    shuffled = np.random.default_rng(1).permutation(24)
    assert (cumulative_hazard(TIME[shuffled], CAUSE[shuffled]) == competing[shuffled]).all()


def test_cumulative_incidence_equals_r():
    # summary(survfit(Surv(time, factor(cause, 0:2)) ~ 1), times = c(4, 10, 15, 20))
    expected = {
        1: (
            (0.1708333333333, 0.3118055555556, 0.4321759259259, 0.5124228395062),
            (0.07788528036894, 0.09857511487638, 0.11195331920957, 0.11987270780643),
        ),
        2: (
            (0.04166666666667, 0.18263888888889, 0.24683641975309, 0.36720679012346),
            (0.04078937543219, 0.08301118771128, 0.09774389957586, 0.12771896950800),
        ),
    }
    for cause, (incidence, errors) in expected.items():
        curve = cumulative_incidence(TIME, CAUSE, cause_of_interest=cause)
        rows = np.searchsorted(curve.times, [4, 10, 15, 20], side="right") - 1
        assert curve.incidence[rows] == equal(incidence, 1e-11)
        assert curve.standard_errors[rows] == equal(errors, 1e-11)
        low, high = curve.estimate_at(15)[1]
        assert low < curve.estimate_at(15)[0] < high
        reach = norm.isf(0.025) * errors[2] / (incidence[2] * np.log(incidence[2]))
        assert low == equal(incidence[2] ** np.exp(-reach))
        assert curve.estimate_at(0.5) == (0, (0, 0))
    assert (curve.events, curve.competing) == (6, 10)


def test_cox_equals_r():
    # coxph(Surv(time, cause == 1) ~ x + g, ties = "efron")
    fit = fit_cox(X, TIME, CAUSE, names=["x", "g"])
    coefficients, errors = values(fit.terms)
    assert coefficients == equal([1.958659620005, 0.764916679386], 1e-9)
    assert errors == equal([0.6086648234729, 0.7310181616413], 1e-9)
    assert (fit.null_log_likelihood, fit.log_likelihood) == equal(
        (-25.58617503014, -17.96760044831), 1e-11
    )
    # coxph(Surv(time, cause > 0) ~ x + g)
    fit = fit_cox(X, TIME, CAUSE > 0)
    assert values(fit.terms)[0] == equal([1.473637503176193, 0.007281866118977])
    assert fit.covariance.ravel() == equal(
        [0.193265931944957, 0.004301589876225, 0.004301589876225, 0.286057770914269]
    )
    assert (fit.n, fit.events) == (24, 16)


def test_fine_gray_equals_r():
    # fg <- finegray(Surv(time, cause) ~ ., data, etype = "1")
    # coxph(Surv(fgstart, fgstop, fgstatus) ~ x + g, weights = fgwt, data = fg,
    #       ties = "breslow", cluster = id)
    fit = fit_fine_gray(X, TIME, CAUSE, names=["x", "g"])
    coefficients, errors = values(fit.terms)
    assert coefficients == equal([1.6644013356936, 0.7519017651779])
    assert errors == equal([0.4190437631858, 0.7125094056301])
    assert fit.log_likelihood == equal(-21.19242770121, 1e-11)
    assert (fit.events, fit.competing) == (10, 6)
    # the same with time + (1:24) / 100, which leaves no ties
    coefficients, errors = values(fit_fine_gray(X, UNTIED, CAUSE).terms)
    assert coefficients == equal([1.6650570238089, 0.7875126370989])
    assert errors == equal([0.4144032042235, 0.7004258206762])


def test_followed_until_equals_r():
    # survfit(Surv(time + (1:24) / 100, cause == 0) ~ 1)
    ends = np.array([3.04, 6.08, 9.12, 11.15, 13.17, 16.20, 18.22, 20.24])
    expected = [1, 0.9523809523810, 0.8963585434174, 0.8274078862314, 0.7446670976083]
    expected += [0.6515837104072, 0.5212669683258, 0.3475113122172]
    assert censoring_survival(UNTIED, CAUSE, ends) == equal(expected, 1e-11)
    after = censoring_survival(UNTIED, CAUSE, np.nextafter(ends, 99))
    assert after == pytest.approx([*expected[1:], 0])


@given(st.integers(0, 2**31), st.integers(5, 60), st.booleans())
def test_without_competing_events_incidence_is_one_minus_survival(seed, n, tied):
    rng = np.random.default_rng(seed)
    time = rng.exponential(size=n)
    time = np.ceil(4 * time) if tied else time
    event = rng.integers(2, size=n)
    event[0] = 1
    alive, ill = kaplan_meier(time, event), cumulative_incidence(time, event)
    assert ill.incidence == pytest.approx(1 - alive.survival)
    assert ill.standard_errors[:-1] == pytest.approx(alive.standard_errors[:-1])
    assert (alive.lower <= alive.survival).all()
    assert (alive.survival <= alive.upper).all()
    assert (np.diff(alive.survival) < 0).all()


@given(st.integers(0, 2**31), st.integers(5, 60), st.booleans())
def test_incidences_and_survival_add_up_to_one(seed, n, tied):
    rng = np.random.default_rng(seed)
    time = rng.exponential(size=n)
    time = np.ceil(4 * time) if tied else time
    cause = rng.integers(3, size=n)
    cause[:2] = 1, 2
    horizon = float(rng.choice(time))
    any_event = kaplan_meier(time, cause > 0).estimate_at(horizon)[0]
    causes = [
        cumulative_incidence(time, cause, cause_of_interest=k).estimate_at(horizon)[0]
        for k in (1, 2)
    ]
    assert any_event + sum(causes) == pytest.approx(1)


@given(st.integers(0, 2**31), st.integers(5, 60), st.booleans())
def test_weighted_share_with_the_event_is_the_cumulative_incidence(seed, n, tied):
    """Inverse-probability weighting is Aalen & Johansen's estimate; the weights add up to n."""
    rng = np.random.default_rng(seed)
    time = rng.exponential(size=n)
    time = np.ceil(4 * time) if tied else time
    cause = rng.integers(3, size=n)
    cause[0] = 1
    horizon = max(float(np.median(time)), float(time[0]))
    known = horizon_outcome(time, cause, horizon)
    assert known.weights.sum() == pytest.approx(n)
    incidence = cumulative_incidence(time, cause).estimate_at(horizon)[0]
    assert known.weights @ known.outcome / n == pytest.approx(incidence)
    assert ((known.weights == 0).sum(), known.events) == (known.unknown, known.outcome.sum())


def test_outcome_at_a_horizon():
    known = horizon_outcome(UNTIED, CAUSE, 14.5)
    assert (known.events, known.unknown) == (8, 5)
    assert known.weights[0] == 1
    assert known.weights[4] == pytest.approx(1 / 0.952380952381)
    assert known.weights[-1] == pytest.approx(1 / 0.6515837104072)


def test_statsmodels_agrees_on_a_larger_cohort_with_ties():
    from statsmodels.duration.hazard_regression import PHReg

    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 3)) * [1, 10, 0.1]
    time = np.ceil(10 * rng.exponential(size=300) * np.exp(-x @ [0.5, 0.02, 3]))
    died = rng.random(300) < 0.6
    theirs = PHReg(time, x, status=died, ties="efron").fit()
    fit = fit_cox(x, time, died)
    assert values(fit.terms) == (equal(theirs.params), equal(theirs.bse))


def test_fine_gray_without_competing_events_is_cox():
    censored = np.where(CAUSE == 1, 1, 0)
    gray, cox = fit_fine_gray(X, UNTIED, censored), fit_cox(X, UNTIED, censored)
    assert values(gray.terms)[0] == equal(values(cox.terms)[0])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.01, 100), st.floats(-50, 50))
def test_units_of_time_and_predictors_have_no_meaning(seed, scale, shift):
    rng = np.random.default_rng(seed)
    x, time, cause = rng.normal(size=(80, 2)), rng.exponential(size=80), rng.integers(3, size=80)
    for fit in (fit_cox, fit_fine_gray):
        original, two = fit(x, time, cause), fit(x * scale + shift, time * scale, cause)
        assert [t.coefficient * scale for t in two.terms] == pytest.approx(
            [t.coefficient for t in original.terms], rel=1e-5, abs=1e-7
        )
        assert two.terms[0].p == pytest.approx(original.terms[0].p, rel=1e-4)


def test_infinite_hazard_ratios_are_refused():
    time, event = np.arange(1.0, 21), np.tile([1, 0], 10)
    for fit in (fit_cox, fit_fine_gray):
        with pytest.raises(InputError, match="infinite") as refused:
            fit(np.column_stack([(event == 1) * 1.0, np.cos(time)]), time, event)
        assert refused.value.code == "separation"


@pytest.mark.parametrize("seed", range(3))
def test_a_predictor_equal_to_time_is_refused(seed):
    """Its hazards underflow on the way to infinity, so that no estimate can be trusted."""
    rng = np.random.default_rng(seed)
    time, cause, x = rng.exponential(3, 60), rng.integers(0, 3, 60), rng.normal(size=60)
    for ordered in (time, -time, np.log(time), time**3):
        with pytest.raises(InputError, match="infinite") as refused:
            fit_cox(np.column_stack([x, ordered]), time, cause)
        assert refused.value.code == "separation"


def test_bad_input_is_refused_with_its_reason():
    with pytest.raises(InputError, match="negative"):
        kaplan_meier([-1, 2], [0, 1])
    with pytest.raises(InputError, match="whole number"):
        follow_up([1, 2], [0.5, 1])
    with pytest.raises(InputError, match="occurs in none of 2"):
        cumulative_incidence([1, 2], [0, 1], cause_of_interest=2)
    with pytest.raises(UsageError, match="2 follow-up times and 1"):
        kaplan_meier([1, 2], [1])
    with pytest.raises(InputError, match="missing"):
        kaplan_meier([1, np.nan], [1, 0])
    with pytest.raises(UsageError, match="ends at 35"):
        kaplan_meier(REMISSION, RELAPSE).estimate_at(36)
    with pytest.raises(UsageError, match="ends at 20"):
        cumulative_incidence(TIME, CAUSE).estimate_at(21)
    with pytest.raises(UsageError, match="outside follow-up"):
        horizon_outcome(TIME, CAUSE, 25)
    with pytest.raises(InputError, match="by the horizon"):
        horizon_outcome(TIME, CAUSE, 1, cause_of_interest=2)
    with pytest.raises(InputError, match="do not match"):
        fit_cox(X[:5], TIME, CAUSE)
    with pytest.raises(InputError, match="too few"):
        fit_cox(X[:3], [1, 2, 3], [1, 1, 0])
    with pytest.raises(InputError, match="linear combination"):
        fit_cox(np.column_stack([X, X[:, 0] + X[:, 1]]), TIME, CAUSE)
    with pytest.raises(UsageError, match="confidence"):
        fit_cox(X, TIME, CAUSE, confidence=95)


def test_many_events_are_worked_through_in_blocks(monkeypatch):
    in_one_block = [fit(X, TIME, CAUSE).covariance for fit in (fit_cox, fit_fine_gray)]
    monkeypatch.setattr(partial_likelihood, "BLOCK", 3 * TIME.size)  # 3 of 10 events at once
    parts = [fit(X, TIME, CAUSE).covariance for fit in (fit_cox, fit_fine_gray)]
    for original, scaled in zip(in_one_block, parts, strict=True):
        assert scaled == equal(original, 1e-10)
