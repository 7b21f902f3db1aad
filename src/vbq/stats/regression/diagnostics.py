"""How well a logistic model fits, which subjects it depends on, and how collinear it is.

R²: McFadden 1974; Cox & Snell 1989; Nagelkerke NJD. Biometrika 1991;78:691-692,
doi 10.1093/biomet/78.3.691; Tjur T. Am Stat 2009;63:366-372, doi 10.1198/tast.2009.08210.
Hosmer DW, Lemeshow S. Commun Stat 1980;9:1043-1069, doi 10.1080/03610928008827941.
Influence: Pregibon D. Ann Stat 1981;9:705-724, doi 10.1214/aos/1176345513.
Variance inflation in generalised linear models: Davis CE et al. Stat Med 1986;5:117-124.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats
from vbq.stats.regression.binary_model import BinaryModel
from vbq.stats.regression.likelihood import ChiSquaredTest
from vbq.stats.regression.logistic import Logistic


@dataclass(frozen=True)
class GoodnessOfFit:
    """Overall measures of a logistic model, in the subjects it was fitted to.

    These measures are apparent and therefore optimistic: report optimism-corrected ones as well.

    Attributes:
        likelihood_ratio: Test against the model without predictors.
        aic: Akaike's information criterion, -2 log-likelihood + 2 coefficients.
        bic: Schwarz's criterion, with ln(n) in place of 2.
        mcfadden: R², 1 - logL / logL₀.
        cox_snell: R², 1 - exp(-LR / n); its largest value is below 1.
        nagelkerke: R², Cox and Snell's divided by its largest value.
        tjur: R², mean predicted risk of subjects with the event minus that of subjects without.
        brier: Mean squared difference of risk and outcome.
        g: Gini's mean difference of the log-odds: the mean distance of two subjects.
        odds_ratio_g: exp(g).
        risk_g: Gini's mean difference of the predicted risks.
    """

    likelihood_ratio: ChiSquaredTest
    aic: float
    bic: float
    mcfadden: float
    cox_snell: float
    nagelkerke: float
    tjur: float
    brier: float
    g: float
    odds_ratio_g: float
    risk_g: float


@dataclass(frozen=True, eq=False)
class Influence:
    """The influence of each subject on a model.

    Attributes:
        leverage: Shape (n,), in [0, 1], how unusual the predictors are; they sum to the number of
            coefficients.
        residual: Shape (n,), Pearson residuals (outcome - risk) / √(risk (1 - risk)).
        cooks_distance: Shape (n,), how far all coefficients together move, to one Newton step,
            when the subject is removed. No cut-off suits all models: inspect the largest.
    """

    leverage: Floats
    residual: Floats
    cooks_distance: Floats


def goodness_of_fit(fit: Logistic) -> GoodnessOfFit:
    """Overall measures of a logistic model without weights.

    Raises:
        UsageError: the model has weights, for which most of the measures have no agreed meaning.
    """
    y = _unweighted_outcome(fit)
    n, k = fit.n, fit.coefficients.size
    risk, log_odds = fit.probabilities(), fit.linear_predictor()
    chi2 = max(2 * (fit.log_likelihood - fit.null_log_likelihood), 0.0)
    cox_snell = -math.expm1(-chi2 / n)
    g = gini_mean_difference(log_odds)
    return GoodnessOfFit(
        likelihood_ratio=ChiSquaredTest(
            "likelihood-ratio test", chi2, k - 1, float(stats.chi2.sf(chi2, k - 1))
        ),
        aic=-2 * fit.log_likelihood + 2 * k,
        bic=-2 * fit.log_likelihood + math.log(n) * k,
        mcfadden=1 - fit.log_likelihood / fit.null_log_likelihood,
        cox_snell=cox_snell,
        nagelkerke=cox_snell / -math.expm1(2 * fit.null_log_likelihood / n),
        tjur=float(risk[y == 1].mean() - risk[y == 0].mean()),
        brier=float(np.mean((risk - y) ** 2)),
        g=g,
        odds_ratio_g=math.exp(g),
        risk_g=gini_mean_difference(risk),
    )


def gini_mean_difference(values: Floats) -> float:
    """Mean absolute difference of all pairs of n ≥ 2 values, shape (n,)."""
    x = np.sort(values)
    n = x.size
    return float(2 * np.sum((2 * np.arange(1, n + 1) - n - 1) * (x - x.mean())) / (n * (n - 1)))


def hosmer_lemeshow_test(fit: Logistic, groups: int = 10) -> ChiSquaredTest:
    """Hosmer and Lemeshow's test, for journals that ask for it.

    It is weak evidence. Its p-value depends on the number of groups and on how ties are divided
    among them; in small studies it misses gross misfit, in large ones it rejects useful models; and
    it does not show in which direction risks are wrong. A calibration curve with its slope and
    intercept does (Van Calster B et al. BMC Med 2019;17:230, doi 10.1186/s12916-019-1466-7).

    Args:
        fit: The model.
        groups: Number of groups of about equal size, by predicted risk.

    Raises:
        UsageError: fewer than 3 groups, or the model has weights.
        InputError: predicted risks take too few values for so many groups.
    """
    y = _unweighted_outcome(fit)
    if groups < 3:
        raise UsageError(f"{groups} groups are too few.", remedy="Give 3 or more; 10 is usual.")
    risk = fit.probabilities()
    limits = np.quantile(risk, np.linspace(0, 1, groups + 1))
    if not all(np.diff(limits) > 0):
        raise InputError(
            f"Predicted risks take too few values for {groups} groups.",
            remedy="Give fewer groups, or inspect the calibration curve.",
            code="too_few",
        )
    # right-closed, the lowest risk within the first
    member = np.clip(np.searchsorted(limits, risk) - 1, 0, groups - 1)
    size = np.bincount(member, minlength=groups)
    observed = np.bincount(member, y, minlength=groups)
    expected = np.bincount(member, risk, minlength=groups)
    chi2 = float(np.sum((observed - expected) ** 2 / (expected * (1 - expected / size))))
    df = groups - 2
    return ChiSquaredTest("Hosmer-Lemeshow test", chi2, df, float(stats.chi2.sf(chi2, df)))


def influence(fit: Logistic) -> Influence:
    """Leverage, Pearson residual and Cook's distance of each subject."""
    data = fit.data
    risk = fit.probabilities()
    weight = data.weights * risk * (1 - risk)
    leverage = weight * np.einsum("ij,jk,ik->i", data.design, fit.covariance, data.design)
    residual = np.sqrt(data.weights) * (data.outcome - risk) / np.sqrt(risk * (1 - risk))
    distance = (residual / (1 - leverage)) ** 2 * leverage / fit.coefficients.size
    return Influence(leverage, residual, distance)


def variance_inflation(fit: BinaryModel) -> Floats:
    """Variance inflation factors, from the correlations of the coefficients.

    How many times larger the variance of a coefficient is than if its predictor were unrelated to
    the others, given the weights of the fit. The indicators of one category inflate each other by
    construction.

    Returns:
        Shape (p,), 1 or more, in the order of the predictors (the intercept has none).
    """
    covariance = fit.covariance[1:, 1:]
    factors: Floats = np.diag(covariance) * np.diag(np.linalg.inv(covariance))
    return factors


def _unweighted_outcome(fit: Logistic) -> Floats:
    if not np.all(fit.data.weights == 1):
        raise UsageError(
            "These measures are not defined for a weighted model.",
            remedy="Give a model without weights.",
            code="weighted",
        )
    return fit.data.outcome
