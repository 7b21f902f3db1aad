"""Power to find that a standardised predictor matters in a logistic regression.

For the power of one area under the ROC curve see `auc_power`; for how many subjects a whole model
needs, `sample_size`.

Hsieh FY, Bloch DA, Larsen MD. Stat Med 1998;17:1623-1634,
doi 10.1002/(SICI)1097-0258(19980730)17:14<1623::AID-SIM871>3.0.CO;2-S.
"""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri

from vbq.errors import UsageError

__all__ = ["predictor_power", "predictor_sample_size"]


def predictor_power(
    odds_ratio: float,
    prevalence: float,
    n: int,
    *,
    r2_others: float = 0.0,
    significance: float = 0.05,
) -> float:
    """Power in (0, 1) of the two-sided Wald test.

    Args:
        odds_ratio: Per SD of a normally distributed predictor, adjusted; above 0, not 1.
        prevalence: Share with the event among subjects with the predictor's mean, in (0, 1).
        n: Subjects, at least 1.
        r2_others: Share of the predictor's variance that the other predictors explain, in [0, 1).
        significance: Two-sided level, in (0, 1).

    Raises:
        UsageError: an argument is outside its range.
    """
    _check(odds_ratio, prevalence, r2_others, significance)
    if n < 1:
        raise _refused(f"{n} subjects")
    effect = abs(math.log(odds_ratio)) * math.sqrt(
        n * prevalence * (1 - prevalence) * (1 - r2_others)
    )
    return float(ndtr(effect + ndtri(significance / 2)))


def predictor_sample_size(
    odds_ratio: float,
    prevalence: float,
    power: float = 0.8,
    *,
    r2_others: float = 0.0,
    significance: float = 0.05,
) -> int:
    """Subjects for a power; arguments as `predictor_power`.

    Raises:
        UsageError: an argument is outside its range.
    """
    _check(odds_ratio, prevalence, r2_others, significance)
    if not significance / 2 < power < 1:
        raise _refused(f"a power of {power:g}")
    quantiles = float(ndtri(power) - ndtri(significance / 2))
    spread = prevalence * (1 - prevalence) * (1 - r2_others)
    return math.ceil((quantiles / math.log(odds_ratio)) ** 2 / spread)


def _check(odds_ratio: float, prevalence: float, r2_others: float, significance: float) -> None:
    if not 0 < odds_ratio < math.inf or odds_ratio == 1:
        raise _refused(f"an odds ratio of {odds_ratio:g}")
    if not 0 < prevalence < 1:
        raise _refused(f"a prevalence of {prevalence:g}")
    if not 0 <= r2_others < 1:
        raise _refused(f"an R² of {r2_others:g} on the other predictors")
    if not 0 < significance < 1:
        raise _refused(f"a significance of {significance:g}")


def _refused(what: str) -> UsageError:
    return UsageError(
        f"There is no power for {what}.",
        remedy="Give an odds ratio above 0 and not 1, shares between 0 and 1, and subjects.",
        code="bad_argument",
    )
