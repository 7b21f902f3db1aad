"""Regression calibration: odds ratios corrected for measurement error of one predictor.

The association of a predictor measured with random error (reader, repeated scan) is attenuated.
Regression calibration replaces the measurement W by the expected true value X given W and the other
predictors Z, E[X | W, Z]; in a regression this rescales the coefficients. It is valid for classical
error (independent of X, Z and the outcome) and moderate odds ratios. The reliability must come from
subjects like those of the study, because an ICC is lower in more homogeneous subjects.

Rosner B, Willett WC, Spiegelman D. Stat Med 1989;8:1051-1069, doi 10.1002/sim.4780080905.
Rosner B, Spiegelman D, Willett WC. Am J Epidemiol 1990;132:734-745,
doi 10.1093/oxfordjournals.aje.a115715.
Carroll RJ et al. Measurement error in nonlinear models, 2nd ed. CRC Press 2006, ch. 4.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import RefusalError, UsageError
from vbq.stats.agreement.icc import intraclass_correlation
from vbq.stats.checks import Interval, check_confidence, finite_array
from vbq.text import percent


@dataclass(frozen=True)
class Reliability:
    """Reliability: the share of the variance of measurements that is not error, Var X / Var W.

    Attributes:
        estimate: Reliability, in (0, 1].
        standard_error: Standard error, not negative; 0 if the reliability is taken as known.

    Raises:
        RefusalError: the estimate or its standard error is out of range.
    """

    estimate: float
    standard_error: float

    def __post_init__(self) -> None:
        if not 0 < self.estimate <= 1 or not 0 <= self.standard_error < math.inf:
            raise RefusalError(
                f"A reliability of {self.estimate:g} (standard error {self.standard_error:g}) "
                "cannot be used for a correction.",
                remedy="Give an ICC above 0 and at most 1.",
                code="bad_reliability",
            )


@dataclass(frozen=True)
class Calibrated:
    """A coefficient of a regression, corrected for the error of one predictor.

    Attributes:
        coefficient: Log odds ratio of the true value, per unit of the measurement.
        standard_error: Standard error by the delta method, including that of the reliability.
        interval: Normal confidence interval of the log odds ratio.
        uncorrected: Log odds ratio as fitted.
        p: Two-sided Wald p-value of no association; for the predictor with error, that of the fit.
    """

    coefficient: float
    standard_error: float
    interval: Interval
    uncorrected: float
    p: float

    @property
    def odds_ratio(self) -> float:
        """Odds ratio per unit of the measurement."""
        return math.exp(self.coefficient)

    @property
    def odds_ratio_interval(self) -> Interval:
        """Confidence interval of the odds ratio."""
        return math.exp(self.interval[0]), math.exp(self.interval[1])


@dataclass(frozen=True)
class CalibratedModel:
    """A regression, corrected for the error of one predictor.

    Attributes:
        attenuation: λ, the reliability given the other predictors, in (0, 1], by which the fitted
            coefficient of the predictor with error was divided.
        coefficients: Corrected coefficients, in the order of the design.
        confidence: Confidence level of the intervals.
    """

    attenuation: float
    coefficients: tuple[Calibrated, ...]
    confidence: float


def reliability_from_icc(icc: float, *, subjects: int, ratings: int) -> Reliability:
    """Reliability from a reported single-rating ICC, with its large-sample standard error.

    For a study that uses the mean of k ratings, first step up the ICC (Spearman-Brown formula).

    Args:
        icc: ICC of a single rating, in (0, 1].
        subjects: Number of subjects in the reliability study, at least 2.
        ratings: Number of ratings per subject, at least 2.

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


def reliability_from_replicates(replicates: ArrayLike) -> Reliability:
    """Reliability of a single measurement, from replicates in some subjects (one-way ICC).

    Args:
        replicates: Shape (n subjects, k measurements), complete; raters are exchangeable, so that
            systematic differences between them count as error.

    Raises:
        UsageError, InputError, RefusalError: as `intraclass_correlation`; RefusalError also where
            replicates agree no better than chance.
    """
    icc = intraclass_correlation(replicates, "1")
    return reliability_from_icc(icc.estimate, subjects=icc.subjects, ratings=icc.raters)


def calibrate_regression(
    coefficients: ArrayLike,
    covariance: ArrayLike,
    design: ArrayLike,
    *,
    predictor: int,
    reliability: Reliability,
    confidence: float = 0.95,
) -> CalibratedModel:
    """Correct all coefficients of a regression for the measurement error of one predictor W.

    The corrected coefficient of W is b / λ with λ = 1 - (1 - reliability) / (1 - R²), where R² is
    that of W on the other predictors. Each other coefficient changes by -b (1 - λ) / λ times the
    slope of its predictor in the regression of W.

    Args:
        coefficients: Shape (p + 1,), of a maximum-likelihood, Firth or pooled logistic regression,
            the intercept first.
        covariance: Shape (p + 1, p + 1), covariance of the coefficients.
        design: Shape (n, p), the predictors of the fit, without the intercept.
        predictor: Index of the column of the design that is measured with error, from 0.
        reliability: Reliability of that column in subjects like those of the study.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: shapes do not match, the column does not exist, or the confidence level is out
            of range.
        InputError: a value is missing.
        RefusalError: the other predictors explain more of the variance of W than its reliability
            allows.
    """
    check_confidence(confidence)
    b = finite_array(coefficients, "coefficients")
    v = finite_array(covariance, "covariances", dimensions=2)
    x = finite_array(design, "predictor values", dimensions=2)
    n, p = x.shape
    if b.size != p + 1 or v.shape != (p + 1, p + 1) or not 0 <= predictor < p or n <= p + 1:
        raise UsageError(
            f"{b.size} coefficients with a covariance of shape {v.shape} do not match {p} "
            f"predictors of {n} subjects, number {predictor} of them with error.",
            remedy="Give the intercept first and the design without it.",
            code="wrong_shape",
        )
    z = np.column_stack([np.ones(n), np.delete(x, predictor, axis=1)])
    w = x[:, predictor]
    slopes = np.linalg.lstsq(z, w, rcond=None)[0]
    residual = float(((w - z @ slopes) ** 2).sum())
    unexplained = residual / float(((w - w.mean()) ** 2).sum())
    attenuation = 1 - (1 - reliability.estimate) / unexplained
    if not attenuation > 0:
        raise RefusalError(
            f"The other predictors explain {percent(1 - unexplained, 0)} of the variance of the "
            f"measurements, more than a reliability of {reliability.estimate:.2f} allows.",
            remedy="Use a reliability from subjects like these, or omit predictors.",
            code="bad_reliability",
        )
    # corrected_j = fitted_j - ratio · fitted_W · slope_j, where the slope of W itself is -1
    slope = np.insert(slopes[1:], predictor, -1.0)
    slope_covariance = np.linalg.inv(z.T @ z)[1:, 1:] * residual / (n - p)
    for axis in (0, 1):
        slope_covariance = np.insert(slope_covariance, predictor, 0.0, axis=axis)
    ratio = (1 - attenuation) / attenuation
    matrix = np.eye(p)
    matrix[:, predictor] -= ratio * slope
    corrected = matrix @ b[1:]
    gradient = b[1 + predictor] * slope / attenuation**2
    total = (
        matrix @ v[1:, 1:] @ matrix.T
        + np.outer(gradient, gradient) * (reliability.standard_error / unexplained) ** 2
        + slope_covariance * (b[1 + predictor] * ratio) ** 2
    )
    errors = np.sqrt(np.diag(total))
    statistics = corrected / errors
    # the null hypothesis of no association does not depend on the reliability: test as fitted
    statistics[predictor] = b[1 + predictor] / math.sqrt(v[1 + predictor, 1 + predictor])
    half = float(stats.norm.isf((1 - confidence) / 2)) * errors
    return CalibratedModel(
        attenuation=attenuation,
        coefficients=tuple(
            Calibrated(
                coefficient=float(corrected[j]),
                standard_error=float(errors[j]),
                interval=(float(corrected[j] - half[j]), float(corrected[j] + half[j])),
                uncorrected=float(b[1 + j]),
                p=2 * float(stats.norm.sf(abs(statistics[j]))),
            )
            for j in range(p)
        ),
        confidence=confidence,
    )
