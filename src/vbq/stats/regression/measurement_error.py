"""What an odds ratio would be if its predictor had been measured without error.

A predictor read with random error (another reader, another scan) has an association that is too
weak. Regression calibration replaces the reading W by the true value X expected from it and from
the other predictors Z, E[X | W, Z]; in a regression this rescales the coefficients. It holds for
classical error (independent of X, Z and the outcome) and moderate odds ratios; the error must come
from subjects like those of the study, since an ICC falls where subjects are more alike.

Rosner B, Willett WC, Spiegelman D. Stat Med 1989;8:1051-1069, doi 10.1002/sim.4780080905.
Rosner B, Spiegelman D, Willett WC. Am J Epidemiol 1990;132:734-745,
doi 10.1093/oxfordjournals.aje.a115715.
Carroll RJ et al. Measurement error in nonlinear models, 2nd ed. CRC Press 2006, ch. 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import RefusalError, UsageError
from vbq.stats.agreement.icc import intraclass_correlation
from vbq.stats.checks import Interval, check_confidence, finite_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "Calibrated",
    "CalibratedModel",
    "Reliability",
    "calibrate_regression",
    "reliability_from_icc",
    "reliability_from_replicates",
]


@dataclass(frozen=True)
class Reliability:
    """Share of the variance of readings that is not error: Var X / Var W.

    Attributes:
        estimate: In (0, 1].
        standard_error: Not negative; 0 where it is taken as known.
    """

    estimate: float
    standard_error: float

    def __post_init__(self) -> None:
        if not 0 < self.estimate <= 1 or not 0 <= self.standard_error < math.inf:
            raise RefusalError(
                f"A reliability of {self.estimate:g} (standard error {self.standard_error:g}) "
                "cannot correct anything.",
                remedy="Give an ICC above 0 and at most 1.",
                code="bad_reliability",
            )


@dataclass(frozen=True)
class Calibrated:
    """A coefficient of a regression, corrected for the error of one predictor.

    Attributes:
        coefficient: Log odds ratio of the true value, per unit of the reading.
        standard_error: By the delta method; it includes that of the reliability.
        interval: Of the log odds ratio, normal approximation.
        uncorrected: Log odds ratio as fitted.
        p: Two-sided p-value of no association (Wald); for the predictor with error that of the fit.
    """

    coefficient: float
    standard_error: float
    interval: Interval
    uncorrected: float
    p: float

    @property
    def odds_ratio(self) -> float:
        """Per unit of the reading."""
        return math.exp(self.coefficient)

    @property
    def odds_ratio_interval(self) -> Interval:
        """Confidence interval of the odds ratio."""
        return math.exp(self.interval[0]), math.exp(self.interval[1])


@dataclass(frozen=True)
class CalibratedModel:
    """A regression, corrected for the error of one predictor.

    Attributes:
        attenuation: λ, reliability given the other predictors, in (0, 1]: what the fitted
            coefficient of the predictor with error was divided by.
        coefficients: In the order of the design.
        confidence: Level of the intervals.
    """

    attenuation: float
    coefficients: tuple[Calibrated, ...]
    confidence: float


def reliability_from_icc(icc: float, *, subjects: int, ratings: int) -> Reliability:
    """A reported single-rating ICC with its large-sample standard error.

    For a study that uses the mean of k ratings, step the ICC up first (Spearman & Brown).

    Args:
        icc: Of a single rating, in (0, 1].
        subjects: n of the reliability study, at least 2.
        ratings: k for each subject, at least 2.

    Raises:
        UsageError: fewer than 2 subjects or ratings.
        RefusalError: the ICC is not above 0 and at most 1.

    Fisher RA. Statistical methods for research workers. 1925; Donner A. Int Stat Rev 1986;54:67-82,
    doi 10.2307/1403259, eq. 3.2.
    """
    if subjects < 2 or ratings < 2:
        raise UsageError(
            f"An ICC of {subjects} subjects with {ratings} ratings has no standard error.",
            remedy="Give at least 2 of each.",
            code="too_few",
        )
    spread = 2 / (ratings * (ratings - 1) * (subjects - 1))
    error = (1 - icc) * (1 + (ratings - 1) * icc) * math.sqrt(spread)
    return Reliability(icc, abs(error))


def reliability_from_replicates(readings: ArrayLike) -> Reliability:
    """Reliability of one reading, from repeated readings of some subjects (one-way ICC).

    Args:
        readings: Shape (n subjects, k readings), complete; raters are taken as exchangeable, so
            that a difference between them counts as error.

    Raises:
        UsageError, InputError, RefusalError: as `intraclass_correlation`; the last also where
            readings agree no better than chance.
    """
    found = intraclass_correlation(readings, "1")
    return reliability_from_icc(found.estimate, subjects=found.subjects, ratings=found.raters)


def calibrate_regression(
    coefficients: ArrayLike,
    covariance: ArrayLike,
    design: ArrayLike,
    *,
    predictor: int,
    reliability: Reliability,
    confidence: float = 0.95,
) -> CalibratedModel:
    """Correct all coefficients of a regression for the error of one of its predictors.

    The corrected coefficient of W is b / λ with λ = 1 - (1 - reliability) / (1 - R²), R² being that
    of W on the other predictors; theirs change by -b (1 - λ) / λ times their slope for W.

    Args:
        coefficients: Shape (p + 1,), the intercept first; of a maximum-likelihood, Firth or pooled
            logistic regression.
        covariance: Shape (p + 1, p + 1).
        design: Shape (n, p), what it was fitted to, without the intercept.
        predictor: Column of the design that is measured with error, from 0.
        reliability: Of that column among subjects like those of the study.
        confidence: Level of the intervals, in (0, 1).

    Raises:
        UsageError: shapes do not fit, no such column, unknown level.
        InputError: a value is missing.
        RefusalError: the other predictors explain more of W than its reliability leaves.
    """
    check_confidence(confidence)
    b = finite_array(coefficients, "coefficients")
    v = finite_array(covariance, "covariances", dimensions=2)
    x = finite_array(design, "predictor values", dimensions=2)
    n, p = x.shape
    if b.size != p + 1 or v.shape != (p + 1, p + 1) or not 0 <= predictor < p or n <= p + 1:
        raise UsageError(
            f"{b.size} coefficients with a covariance of shape {v.shape} do not fit {p} "
            f"predictors of {n} subjects, number {predictor} of them with error.",
            remedy="Give the intercept first and the design without it.",
            code="wrong_shape",
        )
    others = np.column_stack([np.ones(n), np.delete(x, predictor, axis=1)])
    w = x[:, predictor]
    slopes = np.linalg.lstsq(others, w, rcond=None)[0]
    residual = float(((w - others @ slopes) ** 2).sum())
    unexplained = residual / float(((w - w.mean()) ** 2).sum())
    attenuation = 1 - (1 - reliability.estimate) / unexplained
    if not attenuation > 0:
        raise RefusalError(
            f"The other predictors explain {100 * (1 - unexplained):.0f} % of the readings, more "
            f"than a reliability of {reliability.estimate:.2f} leaves for true values.",
            remedy="Check that the reliability is of subjects like these, or leave predictors out.",
            code="bad_reliability",
        )
    # corrected_j = fitted_j - ratio · fitted_W · slope_j, where the slope of W itself is -1
    slope = np.insert(slopes[1:], predictor, -1.0)
    slope_covariance = np.linalg.inv(others.T @ others)[1:, 1:] * residual / (n - p)
    for axis in (0, 1):
        slope_covariance = np.insert(slope_covariance, predictor, 0.0, axis=axis)
    ratio = (1 - attenuation) / attenuation
    matrix = np.eye(p)
    matrix[:, predictor] -= ratio * slope
    corrected = matrix @ b[1:]
    by_attenuation = b[1 + predictor] * slope / attenuation**2
    total = (
        matrix @ v[1:, 1:] @ matrix.T
        + np.outer(by_attenuation, by_attenuation) * (reliability.standard_error / unexplained) ** 2
        + slope_covariance * (b[1 + predictor] * ratio) ** 2
    )
    errors = np.sqrt(np.diag(total))
    statistics = corrected / errors
    # no association stays none, whatever the reliability: the test is that of the fit
    statistics[predictor] = b[1 + predictor] / math.sqrt(v[1 + predictor, 1 + predictor])
    reach = float(stats.norm.isf((1 - confidence) / 2)) * errors
    return CalibratedModel(
        attenuation=attenuation,
        coefficients=tuple(
            Calibrated(
                coefficient=float(corrected[j]),
                standard_error=float(errors[j]),
                interval=(float(corrected[j] - reach[j]), float(corrected[j] + reach[j])),
                uncorrected=float(b[1 + j]),
                p=2 * float(stats.norm.sf(abs(statistics[j]))),
            )
            for j in range(p)
        ),
        confidence=confidence,
    )
