"""Tests and intervals of a fitted regression: likelihood-ratio, profile likelihood, Wald.

All of them work on maximum-likelihood and on Firth's fits; on the latter, the likelihood is the
penalised one (Heinze & Schemper, Stat Med 2002;21:2409-2419, doi 10.1002/sim.1047). Profile
intervals hold those values of a coefficient which the likelihood-ratio test does not reject:
Venzon DJ, Moolgavkar SH. Appl Stat 1988;37:87-94, doi 10.2307/2347496.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Interval, check_confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.stats.regression.binary_model import BinaryModel

__all__ = [
    "ChiSquaredTest",
    "Coefficient",
    "coefficients",
    "compare_nested",
    "likelihood_ratio_test",
    "profile_interval",
    "wald",
    "wald_interval",
    "wald_test",
]

NESTED = 1e-7  # share of a column that the larger model may leave unexplained
CLOSE = (
    1e-8  # relative step of the secant that is the last; its error is of the order of the square
)
STEPS = 60


@dataclass(frozen=True)
class ChiSquaredTest:
    """A test with a chi-squared statistic.

    Attributes:
        name: Of the test, as printed.
        chi2: Statistic.
        df: Degrees of freedom.
        p: p-value.
    """

    name: str
    chi2: float
    df: int
    p: float


LARGEST_LOG = 700.0  # above it exp overflows


@dataclass(frozen=True)
class Coefficient:
    """One coefficient of a model with its tests and intervals.

    Attributes:
        name: Of the predictor.
        estimate: Log odds ratio per unit.
        standard_error: Of the estimate.
        wald_interval: Of the log odds ratio.
        wald_p: p-value of a log odds ratio of 0.
        profile_interval: Of the log odds ratio.
        likelihood_ratio_p: p-value of a log odds ratio of 0.
    """

    name: str
    estimate: float
    standard_error: float
    wald_interval: Interval
    wald_p: float
    profile_interval: Interval
    likelihood_ratio_p: float

    @property
    def odds_ratio(self) -> float:
        """Per unit of the predictor."""
        return math.exp(self.estimate)

    @property
    def odds_ratio_wald(self) -> Interval:
        """Wald interval of the odds ratio."""
        return math.exp(self.wald_interval[0]), math.exp(self.wald_interval[1])

    @property
    def odds_ratio_profile(self) -> Interval:
        """Profile-likelihood interval of the odds ratio."""
        return math.exp(self.profile_interval[0]), math.exp(self.profile_interval[1])


def coefficients(fit: BinaryModel, *, confidence: float = 0.95) -> tuple[Coefficient, ...]:
    """All coefficients of a model, the intercept first.

    Raises:
        UsageError: unknown level.
        InputError: a profile does not converge, or an odds ratio is beyond any number.
    """
    found = tuple(
        Coefficient(
            name=name,
            estimate=float(fit.coefficients[j]),
            standard_error=float(fit.standard_errors[j]),
            wald_interval=wald_interval(fit, name, confidence=confidence),
            wald_p=wald_test(fit, [name]).p,
            profile_interval=profile_interval(fit, name, confidence=confidence),
            likelihood_ratio_p=likelihood_ratio_test(fit, [name]).p,
        )
        for j, name in enumerate(fit.names)
    )
    for one in found:
        if max(map(abs, (*one.wald_interval, *one.profile_interval))) > LARGEST_LOG:
            raise InputError(
                f"The odds ratio of {one.name} is beyond any number.",
                remedy="Leave it out where another predictor says nearly the same, or give it per "
                "a smaller step.",
                code="odds_ratio_unbounded",
            )
    return found


def likelihood_ratio_test(fit: BinaryModel, predictors: Sequence[str]) -> ChiSquaredTest:
    """Whether all coefficients of a term are 0, by refitting without them.

    Args:
        fit: The model.
        predictors: The columns of the term: several for a category of more than two levels, for
            a spline, or for any set of predictors.

    Raises:
        UsageError: there is no such predictor, or none is given.
        InputError: the model without the term does not converge.
    """
    columns = _columns(fit, predictors)
    held = fit.constrained(columns, [0.0] * len(columns))
    return _likelihood_ratio(fit, held.log_likelihood, len(columns))


def compare_nested(larger: BinaryModel, smaller: BinaryModel) -> ChiSquaredTest:
    """Whether a model says more than one nested in it, both by maximum likelihood.

    Args:
        larger: The model with more predictors.
        smaller: One fitted to the same subjects, whose every column is a combination of the
            larger one's.

    Raises:
        UsageError: the models are not of the same subjects and outcome, or not nested, or not
            both by maximum likelihood.
    """
    if larger.penalised or smaller.penalised:
        raise UsageError(
            "Only models fitted by maximum likelihood can be compared.",
            remedy="Test the predictors in the larger Firth model with likelihood_ratio_test.",
            code="not_nested",
        )
    one, other = larger.data, smaller.data
    same = all(
        np.array_equal(getattr(one, part), getattr(other, part))
        for part in ("outcome", "offset", "weights")
    )
    if not same:
        raise UsageError(
            f"The models are not of the same subjects (n = {larger.n} and {smaller.n}).",
            remedy="Fit both to the subjects that have all predictors.",
            code="not_nested",
        )
    df = one.design.shape[1] - other.design.shape[1]
    explained = one.design @ np.linalg.lstsq(one.design, other.design)[0]
    left = np.linalg.norm(other.design - explained, axis=0) / np.linalg.norm(other.design, axis=0)
    if df < 1 or left.max() > NESTED:
        raise UsageError(
            f"The model of {', '.join(smaller.names[1:])} is not nested in the model of "
            f"{', '.join(larger.names[1:])}.",
            remedy="Compare their AIC instead.",
            code="not_nested",
        )
    return _likelihood_ratio(larger, smaller.log_likelihood, df)


def wald_test(
    fit: BinaryModel,
    predictors: Sequence[str],
    *,
    covariance: NDArray[np.float64] | None = None,
) -> ChiSquaredTest:
    """Whether all coefficients of a term are 0, from their covariance alone.

    Args:
        fit: The model.
        predictors: The columns of the term.
        covariance: Shape (p + 1, p + 1), in place of the model's, such as a cluster-robust one.

    Raises:
        UsageError: there is no such predictor, or none is given.
    """
    columns = _columns(fit, predictors)
    spread = (fit.covariance if covariance is None else covariance)[np.ix_(columns, columns)]
    return wald(fit.coefficients[columns], spread)


def wald(estimates: NDArray[np.float64], covariance: NDArray[np.float64]) -> ChiSquaredTest:
    """Whether coefficients are all 0.

    Args:
        estimates: Shape (k,).
        covariance: Shape (k, k).
    """
    chi2, df = float(estimates @ np.linalg.solve(covariance, estimates)), estimates.size
    return ChiSquaredTest("Wald test", chi2, df, float(stats.chi2.sf(chi2, df)))


def wald_interval(
    fit: BinaryModel,
    predictor: str,
    *,
    confidence: float = 0.95,
    covariance: NDArray[np.float64] | None = None,
) -> Interval:
    """Wald interval of a log odds ratio: estimate ± z standard errors.

    Raises:
        UsageError: there is no such predictor, or no such level.
    """
    check_confidence(confidence)
    j = fit.data.column(predictor)
    error = math.sqrt((fit.covariance if covariance is None else covariance)[j, j])
    half = float(stats.norm.isf((1 - confidence) / 2)) * error
    return float(fit.coefficients[j]) - half, float(fit.coefficients[j]) + half


def profile_interval(fit: BinaryModel, predictor: str, *, confidence: float = 0.95) -> Interval:
    """Profile-likelihood interval of a log odds ratio.

    Raises:
        UsageError: there is no such predictor, or no such level.
        InputError: the likelihood does not fall far enough for a limit.
    """
    check_confidence(confidence)
    j = fit.data.column(predictor)
    z = float(stats.norm.isf((1 - confidence) / 2))
    return _profile_limit(fit, j, z, -1), _profile_limit(fit, j, z, 1)


def _profile_limit(fit: BinaryModel, j: int, z: float, side: int) -> float:
    """Where the signed root of the likelihood ratio reaches z; it is nearly linear."""
    estimate, error = float(fit.coefficients[j]), float(fit.standard_errors[j])
    slope: NDArray[np.float64] | None = None  # of all coefficients on the distance, as last seen

    def excess(distance: float) -> float:
        nonlocal slope
        start = None if slope is None else fit.coefficients + distance * slope
        held = fit.constrained([j], [estimate + side * distance * error], start)
        slope = (held.coefficients - fit.coefficients) / distance
        return math.sqrt(max(2 * (fit.log_likelihood - held.log_likelihood), 0.0)) - z

    # secant: two or three digits a step, the root being nearly linear
    before, last = (0.0, -z), (z, excess(z))
    for _ in range(STEPS):
        rise = (last[1] - before[1]) / (last[0] - before[0])
        step = -last[1] / rise if rise > 0 else math.inf
        distance = min(max(last[0] + step, last[0] / 4), 4 * last[0])
        if abs(distance - last[0]) <= CLOSE * distance:
            return estimate + side * distance * error
        before, last = last, (distance, excess(distance))
    raise InputError(
        f"The likelihood does not bound the coefficient of {fit.names[j]}.",
        remedy="Leave the predictor out, or use Firth's penalised likelihood.",
        code="no_limit",
    )


def _likelihood_ratio(fit: BinaryModel, log_likelihood: float, df: int) -> ChiSquaredTest:
    chi2 = max(2 * (fit.log_likelihood - log_likelihood), 0.0)
    kind = f"{'penalised ' if fit.penalised else ''}likelihood-ratio test"
    return ChiSquaredTest(kind, chi2, df, float(stats.chi2.sf(chi2, df)))


def _columns(fit: BinaryModel, predictors: Sequence[str]) -> list[int]:
    names = list(dict.fromkeys(predictors))
    if not names:
        raise UsageError("No predictor is given to test.", remedy=f"Give some of {fit.names}.")
    return [fit.data.column(name) for name in names]
