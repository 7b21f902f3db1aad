"""Power of the tests of one predictor and of one area under the ROC curve, in closed form.

For the number of subjects that a whole prediction model needs, see `sample_size`.

Predictor: Hsieh FY, Bloch DA, Larsen MD. Stat Med 1998;17:1623-1634,
doi 10.1002/(SICI)1097-0258(19980730)17:14<1623::AID-SIM871>3.0.CO;2-S.
Area: Obuchowski NA, Lieber ML, Wians FH. Clin Chem 2004;50:1118-1125,
doi 10.1373/clinchem.2004.031823; variance from the binormal model, as in R's ``pROC``.
"""

import math

from scipy.special import ndtr, ndtri

from vbq.errors import UsageError

NULL_VARIANCE = 0.0792  # variance of an area of 0.5, per event, before (1 + events / non-events)
ROOT_2 = 1.414  # rounded as in the paper's formula, so that published powers are reproduced


def predictor_power(
    odds_ratio: float,
    prevalence: float,
    n: int,
    *,
    r2_others: float = 0.0,
    significance: float = 0.05,
) -> float:
    """Power of the two-sided Wald test of one predictor in a logistic regression.

    Args:
        odds_ratio: Adjusted odds ratio per SD of a normally distributed predictor; above 0, not 1.
        prevalence: Probability of the event at the predictor's mean, in (0, 1).
        n: Number of subjects, at least 1.
        r2_others: Share of the predictor's variance explained by the other predictors, in [0, 1).
        significance: Two-sided significance level, in (0, 1).

    Returns:
        The power, in (0, 1).

    Raises:
        UsageError: an argument is outside its range.
    """
    _check_effect(odds_ratio, prevalence, r2_others, significance)
    if n < 1:
        raise _undefined_power(f"{n} subjects")
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
    """Number of subjects with which the test of one predictor reaches a power.

    Args:
        odds_ratio: As in `predictor_power`.
        prevalence: As in `predictor_power`.
        power: Power to reach, above half the significance level and below 1.
        r2_others: As in `predictor_power`.
        significance: As in `predictor_power`.

    Raises:
        UsageError: an argument is outside its range.
    """
    _check_effect(odds_ratio, prevalence, r2_others, significance)
    if not significance / 2 < power < 1:
        raise _undefined_power(f"a power of {power:g}")
    quantiles = float(ndtri(power) - ndtri(significance / 2))
    spread = prevalence * (1 - prevalence) * (1 - r2_others)
    return math.ceil((quantiles / math.log(odds_ratio)) ** 2 / spread)


def auc_power(area: float, events: int, non_events: int, *, significance: float = 0.05) -> float:
    """Power of the two-sided test that an area under the ROC curve differs from 0.5.

    Args:
        area: The true area, in (0.5, 1).
        events: Number of subjects with the event, at least 1.
        non_events: Number of subjects without the event, at least 1.
        significance: Two-sided significance level, in (0, 1).

    Returns:
        The power, in (0, 1).

    Raises:
        UsageError: an argument is outside its range.
    """
    if not 0.5 < area < 1 or events < 1 or non_events < 1 or not 0 < significance < 1:
        raise UsageError(
            f"Power is undefined for an area of {area:g}, {events} events, {non_events} non-events "
            f"and a significance level of {significance:g}.",
            remedy="Give an area within (0.5, 1), a level within (0, 1) and at least one subject "
            "with and one without the event.",
        )
    ratio = non_events / events
    a2 = (float(ndtri(area)) * ROOT_2) ** 2
    variance = 0.0099 * math.exp(-a2 / 2) * ((5 * a2 + 8) + (a2 + 8) / ratio)
    null = NULL_VARIANCE * (1 + 1 / ratio)
    z = float(ndtri(1 - significance / 2))
    return float(
        ndtr((math.sqrt(events) * (area - 0.5) - z * math.sqrt(null)) / math.sqrt(variance))
    )


def _check_effect(
    odds_ratio: float, prevalence: float, r2_others: float, significance: float
) -> None:
    if not 0 < odds_ratio < math.inf or odds_ratio == 1:
        raise _undefined_power(f"an odds ratio of {odds_ratio:g}")
    if not 0 < prevalence < 1:
        raise _undefined_power(f"a prevalence of {prevalence:g}")
    if not 0 <= r2_others < 1:
        raise _undefined_power(f"an R² of {r2_others:g} on the other predictors")
    if not 0 < significance < 1:
        raise _undefined_power(f"a significance level of {significance:g}")


def _undefined_power(argument: str) -> UsageError:
    return UsageError(
        f"Power is undefined for {argument}.",
        remedy="Give an odds ratio above 0 other than 1, shares between 0 and 1, and at least one "
        "subject.",
        code="bad_argument",
    )
