"""How many subjects a prediction model needs, before any are recruited: Riley's criteria.

The n at which (1) overfitting shrinks coefficients by at most 10 %, (2) apparent and adjusted R²
differ by at most 0.05, and (3) the average risk (or mean and SD) is estimated precisely; the
largest counts. *Parameters* are candidate coefficients, all that were considered, not predictors
that were kept: a category of k levels has k - 1, a spline as many as its terms.

Riley RD, Snell KIE, Ensor J, et al. Stat Med 2019;38:1276-1296 (binary, survival),
doi 10.1002/sim.7992; 1262-1275 (continuous), doi 10.1002/sim.7993. BMJ 2020;368:m441,
doi 10.1136/bmj.m441. R² from a C statistic: Riley RD, Van Calster B, Collins GS. Stat Med
2021;40:859-864, doi 10.1002/sim.8806, here by integration in place of simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from vbq.errors import RefusalError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Criterion",
    "SampleSize",
    "events_per_parameter",
    "r2_from_c_statistic",
    "sample_size_binary",
    "sample_size_continuous",
    "sample_size_survival",
]

SHRINKAGE = 0.9
R2_DIFFERENCE = 0.05
RISK_MARGIN = 0.05
RATIO_MARGIN = 1.1
Z = 1.96  # as the papers round it; the exact quantile moves an n by 1 at most


@dataclass(frozen=True)
class Criterion:
    """What one criterion asks for.

    Attributes:
        name: In words.
        n: Smallest number of subjects that meets it.
        shrinkage: Expected shrinkage factor at that n, at most 1.
    """

    name: str
    n: int
    shrinkage: float


@dataclass(frozen=True)
class SampleSize:
    """The smallest sample that meets all criteria.

    Attributes:
        n: Subjects.
        events: Expected among them; None for a continuous outcome.
        parameters: Candidate parameters.
        per_parameter: Events (for a continuous outcome, subjects) per candidate parameter.
        r2: Anticipated, Cox & Snell's (for a continuous outcome, adjusted).
        max_r2: Largest possible Cox-Snell R² at this outcome's frequency; None where it is 1.
        criteria: Each of them.
    """

    n: int
    events: float | None
    parameters: int
    per_parameter: float
    r2: float
    max_r2: float | None
    criteria: tuple[Criterion, ...]


def events_per_parameter(events: int, parameters: int) -> float:
    """Events per candidate parameter; the rule of ten has no theory behind it, n above has.

    Args:
        events: The rarer of outcome and its absence.
        parameters: Candidate parameters, at least 1.

    Raises:
        UsageError: a negative number of events, or no parameters.
    """
    if events < 0 or parameters < 1:
        raise UsageError(
            f"{events} events per {parameters} parameters cannot be computed.",
            remedy="Give at least 0 events and 1 parameter.",
            code="bad_count",
        )
    return events / parameters


def r2_from_c_statistic(c_statistic: float, prevalence: float) -> float:
    """Cox-Snell R² of a model with this C statistic.

    The linear predictor is taken as normal with equal SD in subjects with and without the event,
    Φ⁻¹(C)·√2 SDs apart; logistic regression is then exact, and its expected gain in log-likelihood
    over the prevalence alone is integrated.

    Args:
        c_statistic: In (0.5, 1).
        prevalence: In (0, 1).

    Raises:
        UsageError: an argument is outside its range.
    """
    _within(0.5 < c_statistic < 1, "C statistic", c_statistic, "between 0.5 and 1")
    _within(0 < prevalence < 1, "prevalence", prevalence, "between 0 and 1")
    apart = math.sqrt(2) * float(stats.norm.ppf(c_statistic))
    # trapezoids over ±10 SDs are exact to rounding for a function this smooth
    x = np.linspace(-10, 10 + apart, 20_001)
    log_odds = math.log(prevalence / (1 - prevalence)) + apart * x - apart**2 / 2
    model = -prevalence * stats.norm.pdf(x - apart) * np.logaddexp(0, -log_odds)
    model -= (1 - prevalence) * stats.norm.pdf(x) * np.logaddexp(0, log_odds)
    gain = float(np.trapezoid(model, x)) - _null(prevalence)
    return -math.expm1(-2 * gain)


def sample_size_binary(
    prevalence: float,
    parameters: int,
    *,
    r2: float | None = None,
    c_statistic: float | None = None,
) -> SampleSize:
    """For a model of a yes/no outcome.

    Args:
        prevalence: Expected share of subjects with the event, in (0, 1); in a case-control design
            that of the sample.
        parameters: Candidate parameters, at least 1.
        r2: Anticipated Cox-Snell R², in (0, its maximum); or
        c_statistic: anticipated C statistic, in (0.5, 1).

    Raises:
        UsageError: an argument is outside its range, or not exactly one of R² and C is given.
    """
    _within(0 < prevalence < 1, "prevalence", prevalence, "between 0 and 1")
    if (r2 is None) == (c_statistic is None):
        raise UsageError(
            "The model's strength has to be anticipated in one way.",
            remedy="Give either a Cox-Snell R² or a C statistic.",
            code="bad_arguments",
        )
    strength = r2_from_c_statistic(c_statistic, prevalence) if c_statistic is not None else r2
    assert strength is not None
    max_r2 = -math.expm1(2 * _null(prevalence))
    _check(parameters, strength, max_r2)
    first, second = _overfitting(parameters, strength, max_r2)
    third = math.ceil((Z / RISK_MARGIN) ** 2 * prevalence * (1 - prevalence))
    criteria = (
        Criterion("shrinkage at least 0.9", first, _shrinkage(first, parameters, strength)),
        Criterion("optimism of R² at most 0.05", second, _shrinkage(second, parameters, strength)),
        Criterion("average risk within ±0.05", third, _shrinkage(third, parameters, strength)),
    )
    n = max(one.n for one in criteria)
    events = n * prevalence
    return SampleSize(n, events, parameters, events / parameters, strength, max_r2, criteria)


def sample_size_survival(
    rate: float, mean_follow_up: float, horizon: float, parameters: int, *, r2: float
) -> SampleSize:
    """For a model of the time to an event.

    Args:
        rate: Events per unit of time, above 0.
        mean_follow_up: In the same unit, above 0.
        horizon: Time at which the average risk is to be within ±0.05 (exponential survival).
        parameters: Candidate parameters, at least 1.
        r2: Anticipated Cox-Snell R², in (0, its maximum).

    Raises:
        UsageError: an argument is outside its range.
    """
    for name, value in (("rate", rate), ("follow-up", mean_follow_up), ("horizon", horizon)):
        _within(0 < value < math.inf, name, value, "above 0")
    share = rate * mean_follow_up  # events per subject, of a Poisson process
    _within(share < math.e, "number of events per subject", share, "below 2.7")
    max_r2 = -math.expm1(2 * (share * math.log(share) - share))
    _check(parameters, r2, max_r2)
    first, second = _overfitting(parameters, r2, max_r2)
    # the wider half of the interval of 1 - exp(-rate·horizon) is the lower one
    risk = math.exp(-rate * horizon)
    reach = math.log1p(RISK_MARGIN / risk) / horizon
    third = math.ceil(rate / mean_follow_up * (Z / reach) ** 2)
    criteria = (
        Criterion("shrinkage at least 0.9", first, _shrinkage(first, parameters, r2)),
        Criterion("optimism of R² at most 0.05", second, _shrinkage(second, parameters, r2)),
        Criterion("risk at the horizon within ±0.05", third, _shrinkage(third, parameters, r2)),
    )
    n = max(one.n for one in criteria)
    return SampleSize(n, n * share, parameters, n * share / parameters, r2, max_r2, criteria)


def sample_size_continuous(mean: float, sd: float, parameters: int, *, r2: float) -> SampleSize:
    """For a linear model of a continuous outcome.

    Args:
        mean: Of the outcome, not 0.
        sd: Of the outcome, above 0.
        parameters: Candidate parameters, at least 1.
        r2: Anticipated adjusted R², in (0, 1).

    Raises:
        UsageError: an argument is outside its range.
        RefusalError: no sample below 10 million meets the criteria.
    """
    _within(0 < sd < math.inf, "SD", sd, "above 0")
    _within(mean != 0 and math.isfinite(mean), "mean", mean, "a number other than 0")
    _check(parameters, r2, 1.0)

    def precise(n: int) -> bool:
        half = stats.t.isf(0.025, n - parameters - 1) * sd * math.sqrt((1 - r2) / n)
        return bool(half <= (RATIO_MARGIN - 1) * abs(mean))

    least = parameters + 2
    shrunk = _smallest(lambda n: _copas(n, parameters, r2) >= SHRINKAGE, least)
    criteria = tuple(
        Criterion(name, n, _copas(n, parameters, r2))
        for name, n in (
            ("shrinkage at least 0.9", shrunk),
            ("optimism of R² at most 0.05", 1 + math.ceil(parameters * (1 - r2) / R2_DIFFERENCE)),
            ("residual SD within 10 %", 234 + parameters),
            ("mean within 10 %", _smallest(precise, least)),
        )
    )
    n = max(one.n for one in criteria)
    return SampleSize(n, None, parameters, n / parameters, r2, None, criteria)


def _null(prevalence: float) -> float:
    """Log-likelihood per subject of the prevalence alone."""
    return prevalence * math.log(prevalence) + (1 - prevalence) * math.log1p(-prevalence)


def _overfitting(parameters: int, r2: float, max_r2: float) -> tuple[int, int]:
    """N for criteria 1 and 2: the shrinkage wanted, then that which keeps R² within 0.05."""
    factors = (SHRINKAGE, r2 / (r2 + R2_DIFFERENCE * max_r2))
    first, second = (
        math.ceil(parameters / ((factor - 1) * math.log1p(-r2 / factor))) for factor in factors
    )
    return first, second


def _shrinkage(n: int, parameters: int, r2: float) -> float:
    """The factor S at which n = P / ((S - 1) log(1 - R²/S)); there is one between R² and 1."""

    def excess(s: float) -> float:
        return parameters / n + (1 - s) * math.log1p(-r2 / s)

    return float(brentq(excess, r2 * (1 + 1e-12), 1.0))


def _copas(n: int, parameters: int, r2: float) -> float:
    """Expected shrinkage of linear regression; van Houwelingen & Le Cessie's factor."""
    apparent = (r2 * (n - parameters - 1) + parameters) / (n - 1)
    return 1 + (parameters - 2) / (n * math.log1p(-apparent))


def _smallest(met: Callable[[int], bool], least: int) -> int:
    """The first n from which a criterion that stays met is met."""
    high = least
    while not met(high):
        high *= 2
        if high > 10_000_000:
            raise RefusalError(
                "No sample of a reachable size meets the criteria.",
                remedy="Declare fewer parameters, or anticipate a larger R².",
                code="no_sample",
            )
    low = least
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle + 1, high)
    return low


def _check(parameters: int, r2: float, max_r2: float) -> None:
    _within(parameters >= 1, "number of parameters", parameters, "at least 1")
    top = min(max_r2, SHRINKAGE)  # an R² of the shrinkage itself asks for no sample at all
    _within(0 < r2 < top, "R²", r2, f"between 0 and {top:.3f}")


def _within(met: bool, name: str, value: float, bounds: str) -> None:
    if not met:
        raise UsageError(
            f"A {name} of {value:g} is not {bounds}.",
            remedy=f"Give a {name} {bounds}.",
            code="bad_argument",
        )
