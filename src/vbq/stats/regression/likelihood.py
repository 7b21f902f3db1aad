"""Tests and intervals of a fitted regression: likelihood ratio, profile likelihood, Wald.

They apply to maximum-likelihood and to Firth's fits; for the latter, the likelihood is the
penalised one (Heinze & Schemper, Stat Med 2002;21:2409-2419, doi 10.1002/sim.1047). Profile
intervals contain the values of a coefficient that the likelihood-ratio test does not reject:
Venzon DJ, Moolgavkar SH. Appl Stat 1988;37:87-94, doi 10.2307/2347496.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats, Interval, check_confidence
from vbq.stats.regression.binary_model import BinaryModel

NESTED = 1e-7  # largest share of a column that the larger model may leave unexplained
SECANT_TOLERANCE = 1e-8  # relative; the error of the limit is of the order of its square
STEPS = 60
LARGEST_LOG = 700.0  # exp overflows above it


@dataclass(frozen=True)
class ChiSquaredTest:
    """A test with a chi-squared statistic.

    Attributes:
        name: Name of the test, as printed in a table.
        chi2: Chi-squared statistic.
        df: Degrees of freedom.
        p: p-value.
    """

    name: str
    chi2: float
    df: int
    p: float


@dataclass(frozen=True)
class Coefficient:
    """One coefficient of a model with its tests and intervals.

    Attributes:
        name: Name of the predictor.
        estimate: Log odds ratio per unit of the predictor.
        standard_error: Standard error of the log odds ratio.
        wald_interval: Wald interval of the log odds ratio.
        wald_p: Two-sided Wald p-value that the log odds ratio is 0.
        profile_interval: Profile-likelihood interval of the log odds ratio.
        likelihood_ratio_p: Likelihood-ratio p-value that the log odds ratio is 0.
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
        """Odds ratio per unit of the predictor."""
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
    """All coefficients of a model with their tests and intervals, the intercept first.

    Args:
        fit: The model.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: the confidence level is out of range.
        InputError: a profile does not converge, or an odds ratio is too large to represent.
    """
    rows = tuple(
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
    for row in rows:
        if max(map(abs, (*row.wald_interval, *row.profile_interval))) > LARGEST_LOG:
            raise InputError(
                f"The odds ratio of {row.name} is too large to represent.",
                remedy="Omit the predictor if another is almost identical, or express it per a "
                "smaller difference.",
                code="odds_ratio_unbounded",
            )
    return rows


def likelihood_ratio_test(fit: BinaryModel, predictors: Sequence[str]) -> ChiSquaredTest:
    """Likelihood-ratio test that all coefficients of a term are 0.

    Args:
        fit: The model.
        predictors: Names of the columns of the term: several for a category of more than two
            levels, for a spline, or for any set of predictors.

    Raises:
        UsageError: a predictor is not in the model, or none is given.
        InputError: the model without the term does not converge.
    """
    columns = _columns(fit, predictors)
    reduced = fit.constrained(columns, [0.0] * len(columns))
    return _likelihood_ratio(fit, reduced.log_likelihood, len(columns))


def compare_nested(larger: BinaryModel, smaller: BinaryModel) -> ChiSquaredTest:
    """Likelihood-ratio test of two nested models, both fitted by maximum likelihood.

    Args:
        larger: The model with more predictors.
        smaller: A model fitted to the same subjects, all columns of which are linear combinations
            of those of the larger model.

    Raises:
        UsageError: the models differ in subjects or outcome, are not nested, or were not both
            fitted by maximum likelihood.
    """
    if larger.penalised or smaller.penalised:
        raise UsageError(
            "Only models fitted by maximum likelihood can be compared.",
            remedy="Test the predictors in the larger Firth model with likelihood_ratio_test.",
            code="not_nested",
        )
    full, reduced = larger.data, smaller.data
    if not all(
        np.array_equal(getattr(full, part), getattr(reduced, part))
        for part in ("outcome", "offset", "weights")
    ):
        raise UsageError(
            f"The models were not fitted to the same subjects (n = {larger.n} and {smaller.n}).",
            remedy="Fit both to the subjects with complete predictors.",
            code="not_nested",
        )
    df = full.design.shape[1] - reduced.design.shape[1]
    residual = reduced.design - full.design @ np.linalg.lstsq(full.design, reduced.design)[0]
    unexplained = np.linalg.norm(residual, axis=0) / np.linalg.norm(reduced.design, axis=0)
    if df < 1 or unexplained.max() > NESTED:
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
    covariance: Floats | None = None,
) -> ChiSquaredTest:
    """Wald test that all coefficients of a term are 0.

    Args:
        fit: The model.
        predictors: Names of the columns of the term.
        covariance: Shape (p + 1, p + 1), instead of the model's, such as a cluster-robust one.

    Raises:
        UsageError: a predictor is not in the model, or none is given.
    """
    columns = _columns(fit, predictors)
    block = (fit.covariance if covariance is None else covariance)[np.ix_(columns, columns)]
    return wald(fit.coefficients[columns], block)


def wald(estimates: Floats, covariance: Floats) -> ChiSquaredTest:
    """Wald test that k coefficients are all 0.

    Args:
        estimates: Shape (k,), the coefficients.
        covariance: Shape (k, k), their covariance.
    """
    chi2, df = float(estimates @ np.linalg.solve(covariance, estimates)), estimates.size
    return ChiSquaredTest("Wald test", chi2, df, float(stats.chi2.sf(chi2, df)))


def wald_interval(
    fit: BinaryModel,
    predictor: str,
    *,
    confidence: float = 0.95,
    covariance: Floats | None = None,
) -> Interval:
    """Wald interval of a log odds ratio: estimate ± z standard errors.

    Args:
        fit: The model.
        predictor: Name of the predictor.
        confidence: Confidence level, in (0, 1).
        covariance: Shape (p + 1, p + 1), instead of the model's, such as a cluster-robust one.

    Raises:
        UsageError: the predictor is not in the model, or the confidence level is out of range.
    """
    check_confidence(confidence)
    j = fit.data.column(predictor)
    error = math.sqrt((fit.covariance if covariance is None else covariance)[j, j])
    half = float(stats.norm.isf((1 - confidence) / 2)) * error
    return float(fit.coefficients[j]) - half, float(fit.coefficients[j]) + half


def profile_interval(fit: BinaryModel, predictor: str, *, confidence: float = 0.95) -> Interval:
    """Profile-likelihood interval of a log odds ratio.

    Args:
        fit: The model.
        predictor: Name of the predictor.
        confidence: Confidence level, in (0, 1).

    Raises:
        UsageError: the predictor is not in the model, or the confidence level is out of range.
        InputError: the likelihood does not fall far enough for a limit.
    """
    check_confidence(confidence)
    j = fit.data.column(predictor)
    z = float(stats.norm.isf((1 - confidence) / 2))
    return _profile_limit(fit, j, z, -1), _profile_limit(fit, j, z, 1)


def _profile_limit(fit: BinaryModel, j: int, z: float, side: int) -> float:
    """The value at which the root of the likelihood-ratio statistic reaches z.

    ``side`` is 1 for the upper limit and -1 for the lower limit of coefficient ``j``.
    """
    estimate, error = float(fit.coefficients[j]), float(fit.standard_errors[j])
    slope: Floats | None = None  # last slope of all coefficients on the distance

    def excess(distance: float) -> float:
        nonlocal slope
        start = None if slope is None else fit.coefficients + distance * slope
        profile = fit.constrained([j], [estimate + side * distance * error], start)
        slope = (profile.coefficients - fit.coefficients) / distance
        return math.sqrt(max(2 * (fit.log_likelihood - profile.log_likelihood), 0.0)) - z

    # secant method, fast because the root is nearly linear in the distance
    previous, last = (0.0, -z), (z, excess(z))
    for _ in range(STEPS):
        rise = (last[1] - previous[1]) / (last[0] - previous[0])
        step = -last[1] / rise if rise > 0 else math.inf
        distance = min(max(last[0] + step, last[0] / 4), 4 * last[0])
        if abs(distance - last[0]) <= SECANT_TOLERANCE * distance:
            return estimate + side * distance * error
        previous, last = last, (distance, excess(distance))
    raise InputError(
        f"The likelihood does not bound the coefficient of {fit.names[j]}.",
        remedy="Omit the predictor, or use Firth's penalised likelihood.",
        code="no_limit",
    )


def _likelihood_ratio(fit: BinaryModel, log_likelihood: float, df: int) -> ChiSquaredTest:
    chi2 = max(2 * (fit.log_likelihood - log_likelihood), 0.0)
    name = "penalised likelihood-ratio test" if fit.penalised else "likelihood-ratio test"
    return ChiSquaredTest(name, chi2, df, float(stats.chi2.sf(chi2, df)))


def _columns(fit: BinaryModel, predictors: Sequence[str]) -> list[int]:
    names = list(dict.fromkeys(predictors))
    if not names:
        raise UsageError("No predictor to test was given.", remedy=f"Give some of {fit.names}.")
    return [fit.data.column(name) for name in names]
