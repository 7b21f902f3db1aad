"""Sample size for developing a prediction model: Riley's criteria.

The n at which (1) overfitting shrinks coefficients by at most 10 %, (2) apparent and adjusted R²
differ by at most 0.05, and (3) the average risk (or mean and SD) is estimated precisely; the
largest n is required. *Parameters* are all candidate coefficients, including those of predictors
later dropped: a category with k levels has k - 1, a spline as many as its terms.

Riley RD, Snell KIE, Ensor J, et al. Stat Med 2019;38:1276-1296 (binary, survival),
doi 10.1002/sim.7992; 1262-1275 (continuous), doi 10.1002/sim.7993. BMJ 2020;368:m441,
doi 10.1136/bmj.m441. R² from a C statistic: Riley RD, Van Calster B, Collins GS. Stat Med
2021;40:859-864, doi 10.1002/sim.8806, here by integration instead of simulation.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from vbq.errors import RefusalError, UsageError

SHRINKAGE = 0.9
R2_DIFFERENCE = 0.05
RISK_MARGIN = 0.05
RATIO_MARGIN = 1.1
Z = 1.96  # rounded as in the papers; the exact quantile changes an n by 1 at most


@dataclass(frozen=True)
class Criterion:
    """Sample size required by one criterion.

    Attributes:
        name: The criterion in words.
        n: Smallest number of subjects that meets the criterion.
        shrinkage: Expected shrinkage factor at that n, at most 1.
    """

    name: str
    n: int
    shrinkage: float


@dataclass(frozen=True)
class SampleSize:
    """The smallest sample that meets all criteria.

    Attributes:
        n: Number of subjects.
        events: Expected number of events; None for a continuous outcome.
        parameters: Number of candidate parameters.
        per_parameter: Events (for a continuous outcome, subjects) per candidate parameter.
        r2: Anticipated Cox-Snell R² (for a continuous outcome, adjusted R²).
        max_r2: Largest possible Cox-Snell R² at this outcome frequency; None where it is 1.
        criteria: The individual criteria.
    """

    n: int
    events: float | None
    parameters: int
    per_parameter: float
    r2: float
    max_r2: float | None
    criteria: tuple[Criterion, ...]


def events_per_parameter(events: int, parameters: int) -> float:
    """Events per candidate parameter, for description.

    The rule of ten events per parameter has no theoretical basis; use the criteria of this module.

    Args:
        events: Number of subjects with the rarer outcome, at least 0.
        parameters: Number of candidate parameters, at least 1.

    Raises:
        UsageError: a negative number of events, or no parameters.
    """
    if events < 0 or parameters < 1:
        raise UsageError(
            f"{events} events per {parameters} parameters are undefined.",
            remedy="Give at least 0 events and 1 parameter.",
            code="bad_count",
        )
    return events / parameters


def r2_from_c_statistic(c_statistic: float, prevalence: float) -> float:
    """Cox-Snell R² of a logistic model with a given C statistic.

    The linear predictor is assumed normal with the same SD in subjects with and without the event,
    the means Φ⁻¹(C)·√2 SDs apart; logistic regression is then the true model, and its expected gain
    in log-likelihood over the prevalence alone is integrated.

    Args:
        c_statistic: C statistic, in (0.5, 1).
        prevalence: Probability of the event, in (0, 1).

    Raises:
        UsageError: an argument is outside its range.
    """
    _check_range(0.5 < c_statistic < 1, "C statistic", c_statistic, "between 0.5 and 1")
    _check_range(0 < prevalence < 1, "prevalence", prevalence, "between 0 and 1")
    distance = math.sqrt(2) * float(stats.norm.ppf(c_statistic))
    # the trapezoidal rule over ±10 SDs is exact to rounding for a function this smooth
    x = np.linspace(-10, 10 + distance, 20_001)
    log_odds = math.log(prevalence / (1 - prevalence)) + distance * x - distance**2 / 2
    model = -prevalence * stats.norm.pdf(x - distance) * np.logaddexp(0, -log_odds)
    model -= (1 - prevalence) * stats.norm.pdf(x) * np.logaddexp(0, log_odds)
    gain = float(np.trapezoid(model, x)) - _null_log_likelihood(prevalence)
    return -math.expm1(-2 * gain)


def sample_size_binary(
    prevalence: float,
    parameters: int,
    *,
    r2: float | None = None,
    c_statistic: float | None = None,
) -> SampleSize:
    """Sample size for a model of a binary outcome.

    Args:
        prevalence: Expected share of subjects with the event, in (0, 1); in a case-control design
            that of the sample.
        parameters: Number of candidate parameters, at least 1.
        r2: Anticipated Cox-Snell R², above 0 and below its maximum; alternatively
        c_statistic: Anticipated C statistic, in (0.5, 1).

    Raises:
        UsageError: an argument is outside its range, or not exactly one of R² and C is given.
    """
    _check_range(0 < prevalence < 1, "prevalence", prevalence, "between 0 and 1")
    if (r2 is None) == (c_statistic is None):
        raise UsageError(
            "The model's performance has to be anticipated in exactly one way.",
            remedy="Give either a Cox-Snell R² or a C statistic.",
            code="bad_arguments",
        )
    expected_r2 = r2_from_c_statistic(c_statistic, prevalence) if c_statistic is not None else r2
    assert expected_r2 is not None
    max_r2 = -math.expm1(2 * _null_log_likelihood(prevalence))
    _check(parameters, expected_r2, max_r2)
    first, second = _overfitting(parameters, expected_r2, max_r2)
    third = math.ceil((Z / RISK_MARGIN) ** 2 * prevalence * (1 - prevalence))
    sizes = {
        "shrinkage at least 0.9": first,
        "optimism of R² at most 0.05": second,
        "average risk within ±0.05": third,
    }
    criteria = _criteria(sizes, parameters, expected_r2)
    n = max(criterion.n for criterion in criteria)
    events = n * prevalence
    return SampleSize(n, events, parameters, events / parameters, expected_r2, max_r2, criteria)


def sample_size_survival(
    rate: float, mean_follow_up: float, horizon: float, parameters: int, *, r2: float
) -> SampleSize:
    """Sample size for a model of the time to an event.

    Args:
        rate: Events per subject and unit of time, above 0.
        mean_follow_up: Mean follow-up in the same unit, above 0.
        horizon: Time at which the average risk is to be within ±0.05 (exponential survival).
        parameters: Number of candidate parameters, at least 1.
        r2: Anticipated Cox-Snell R², above 0 and below its maximum.

    Raises:
        UsageError: an argument is outside its range.
    """
    for name, value in (("rate", rate), ("follow-up", mean_follow_up), ("horizon", horizon)):
        _check_range(0 < value < math.inf, name, value, "above 0")
    share = rate * mean_follow_up  # expected events per subject in a Poisson process
    _check_range(share < math.e, "number of events per subject", share, "below 2.7")
    max_r2 = -math.expm1(2 * (share * math.log(share) - share))
    _check(parameters, r2, max_r2)
    first, second = _overfitting(parameters, r2, max_r2)
    # the wider half of the interval of 1 - exp(-rate·horizon) is the lower one
    risk = math.exp(-rate * horizon)
    margin = math.log1p(RISK_MARGIN / risk) / horizon
    third = math.ceil(rate / mean_follow_up * (Z / margin) ** 2)
    sizes = {
        "shrinkage at least 0.9": first,
        "optimism of R² at most 0.05": second,
        "risk at the horizon within ±0.05": third,
    }
    criteria = _criteria(sizes, parameters, r2)
    n = max(criterion.n for criterion in criteria)
    return SampleSize(n, n * share, parameters, n * share / parameters, r2, max_r2, criteria)


def sample_size_continuous(mean: float, sd: float, parameters: int, *, r2: float) -> SampleSize:
    """Sample size for a linear model of a continuous outcome.

    Args:
        mean: Mean of the outcome, not 0.
        sd: Standard deviation of the outcome, above 0.
        parameters: Number of candidate parameters, at least 1.
        r2: Anticipated adjusted R², in (0, 1).

    Raises:
        UsageError: an argument is outside its range.
        RefusalError: no sample below 10 million meets the criteria.
    """
    _check_range(0 < sd < math.inf, "SD", sd, "above 0")
    _check_range(mean != 0 and math.isfinite(mean), "mean", mean, "a number other than 0")
    _check(parameters, r2, 1.0)

    def mean_is_precise(n: int) -> bool:
        half = stats.t.isf(0.025, n - parameters - 1) * sd * math.sqrt((1 - r2) / n)
        return bool(half <= (RATIO_MARGIN - 1) * abs(mean))

    minimum = parameters + 2
    shrinkage = _smallest(lambda n: _linear_shrinkage(n, parameters, r2) >= SHRINKAGE, minimum)
    criteria = tuple(
        Criterion(name, n, _linear_shrinkage(n, parameters, r2))
        for name, n in (
            ("shrinkage at least 0.9", shrinkage),
            ("optimism of R² at most 0.05", 1 + math.ceil(parameters * (1 - r2) / R2_DIFFERENCE)),
            ("residual SD within 10 %", 234 + parameters),
            ("mean within 10 %", _smallest(mean_is_precise, minimum)),
        )
    )
    n = max(criterion.n for criterion in criteria)
    return SampleSize(n, None, parameters, n / parameters, r2, None, criteria)


def _null_log_likelihood(prevalence: float) -> float:
    """Log-likelihood per subject of the prevalence alone."""
    return prevalence * math.log(prevalence) + (1 - prevalence) * math.log1p(-prevalence)


def _overfitting(parameters: int, r2: float, max_r2: float) -> tuple[int, int]:
    """Sample sizes for criterion 1 (shrinkage) and 2 (optimism of R² at most 0.05)."""
    factors = (SHRINKAGE, r2 / (r2 + R2_DIFFERENCE * max_r2))
    first, second = (
        math.ceil(parameters / ((factor - 1) * math.log1p(-r2 / factor))) for factor in factors
    )
    return first, second


def _criteria(sizes: dict[str, int], parameters: int, r2: float) -> tuple[Criterion, ...]:
    """Criteria from their sample sizes by name, with the shrinkage factor at each."""
    return tuple(Criterion(name, n, _shrinkage(n, parameters, r2)) for name, n in sizes.items())


def _shrinkage(n: int, parameters: int, r2: float) -> float:
    """The factor S, between R² and 1, that solves n = P / ((S - 1) log(1 - R²/S))."""

    def excess(s: float) -> float:
        return parameters / n + (1 - s) * math.log1p(-r2 / s)

    return float(brentq(excess, r2 * (1 + 1e-12), 1.0))


def _linear_shrinkage(n: int, parameters: int, r2: float) -> float:
    """Expected shrinkage of linear regression (van Houwelingen & Le Cessie)."""
    apparent = (r2 * (n - parameters - 1) + parameters) / (n - 1)
    return 1 + (parameters - 2) / (n * math.log1p(-apparent))


def _smallest(criterion: Callable[[int], bool], minimum: int) -> int:
    """The smallest n, at least ``minimum``, that meets a criterion that all larger n meet too.

    Raises:
        RefusalError: it exceeds 10 million.
    """
    high = minimum
    while not criterion(high):
        high *= 2
        if high > 10_000_000:
            raise RefusalError(
                "No sample of up to 10 million subjects meets the criteria.",
                remedy="Declare fewer parameters, or anticipate a larger R².",
                code="no_sample",
            )
    low = minimum
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if criterion(middle) else (middle + 1, high)
    return low


def _check(parameters: int, r2: float, max_r2: float) -> None:
    _check_range(parameters >= 1, "number of parameters", parameters, "at least 1")
    maximum = min(max_r2, SHRINKAGE)  # at an R² equal to the shrinkage the formula gives n = 0
    _check_range(0 < r2 < maximum, "R²", r2, f"between 0 and {maximum:.3f}")


def _check_range(in_range: bool, name: str, value: float, bounds: str) -> None:
    if not in_range:
        raise UsageError(
            f"A {name} of {value:g} is not {bounds}.",
            remedy=f"Give a {name} {bounds}.",
            code="bad_argument",
        )
