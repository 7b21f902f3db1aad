"""What a fitted model says: estimates of its columns, contrasts of its predictors, and tests."""

from dataclasses import dataclass
from typing import Literal

from vbq.stats.checks import Interval


@dataclass(frozen=True)
class Estimate:
    """One coefficient of a model.

    Attributes:
        predictor: Name of the predictor; empty for an interaction.
        column: Name of the column.
        label: Label of the predictor, for tables.
        compared: What the odds ratio compares, such as ``per 10 years``; for an interaction the
            name of the column.
        coefficient: Log odds ratio.
        standard_error: Standard error of the coefficient.
        odds_ratio: Exponential of the coefficient.
        interval: 95 % confidence interval of the odds ratio, by ``interval_method``.
        interval_method: ``profile likelihood``, or ``Rubin's rules`` for imputed tables.
        p: Two-sided p-value, by ``p_method``.
        p_method: ``likelihood ratio``, or ``Rubin's rules (t, Barnard-Rubin df)``.
        wald_interval: 95 % Wald confidence interval of the odds ratio; None if pooled.
        wald_p: P-value of the Wald test; None if pooled.
        missing_information: Share of the information that is missing, 0..1; None if not imputed.
    """

    predictor: str
    column: str
    label: str
    compared: str
    coefficient: float
    standard_error: float
    odds_ratio: float
    interval: Interval
    interval_method: str
    p: float
    p_method: str
    wald_interval: Interval | None = None
    wald_p: float | None = None
    missing_information: float | None = None


@dataclass(frozen=True)
class Contrast:
    """Two values of a predictor compared.

    Attributes:
        predictor: Name of the predictor; empty for an interaction.
        label: Label of the predictor, for tables.
        compared: The values compared, such as ``per 10 years`` or ``3.6 vs 2.9``.
        ratio: Odds ratio, above 0; in a time-to-event model the (subdistribution) hazard ratio, or
            the odds ratio at the horizon.
        interval: 95 % confidence interval of the ratio, by ``interval_method``.
        p: Two-sided p-value of the predictor, by ``p_method``; for a spline of all its columns,
            interactions included.
        p_method: Name of the test.
        interval_method: Name of the interval.
        quartiles: For a spline the lower and upper quartile that are compared; otherwise None.
    """

    predictor: str
    label: str
    compared: str
    ratio: float
    interval: Interval
    p: float
    p_method: str
    interval_method: str
    quartiles: Interval | None = None


@dataclass(frozen=True)
class TermTest:
    """Joint test of a predictor with its interactions, or of an interaction, in a model.

    Attributes:
        name: Name of the predictor, or the two names joined by ``×``.
        df: Degrees of freedom; for a pooled test those of its numerator.
        statistic: Likelihood-ratio or Wald chi-squared, or pooled F.
        p: P-value.
        method: Name of the test.
        distribution: Distribution of the statistic under the null hypothesis.
    """

    name: str
    df: int
    statistic: float
    p: float
    method: str
    distribution: Literal["chi-squared", "F"] = "chi-squared"


@dataclass(frozen=True)
class IndexEvidence:
    """What a model says about the index, the predictor under study.

    Attributes:
        label: Label of the index.
        contrasts: Contrasts of the index; several where it has several categories.
        test: Joint test of all its columns, interactions and spline terms included.
        adjusted_for: Labels of the other predictors.
        interacts_with: Labels of the predictors with which it has an interaction.
        shown: Whether the association is shown: the test has p < 0.05 and, where it is of a single
            column, the confidence interval of the odds ratio excludes 1.
        by_joint_test_only: Whether the association is shown, but by the joint test alone: no
            confidence interval excludes 1. False where it has an interaction.
    """

    label: str
    contrasts: tuple[Contrast, ...]
    test: TermTest
    adjusted_for: tuple[str, ...]
    interacts_with: tuple[str, ...]
    shown: bool
    by_joint_test_only: bool

    @property
    def interacts(self) -> bool:
        """Whether it has an interaction, so that no single odds ratio describes it."""
        return bool(self.interacts_with)

    @property
    def independent(self) -> bool:
        """Whether it may be called associated independently of the other predictors."""
        return self.shown and bool(self.adjusted_for) and not self.interacts
