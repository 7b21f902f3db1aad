"""What a freely designed cohort is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vbq.errors import UsageError

__all__ = ["CohortDesign", "MissingData", "Scanner"]

LOSSES = ("vbq", "bmi", "dxa_t", "age")


@dataclass(frozen=True)
class Scanner:
    """A scanner of a simulated cohort.

    Attributes:
        name: Its name.
        field_strength_t: Tesla.
        share: Of the patients, relative to the other scanners'.
        vbq_effect: Added to every VBQ measured on it.
        log_odds: Added to the log odds of its patients: a clinic that sees sicker ones. With
            this, scanner and outcome are confounded.
    """

    name: str
    field_strength_t: float
    share: float = 1.0
    vbq_effect: float = 0.0
    log_odds: float = 0.0


@dataclass(frozen=True)
class MissingData:
    """Values that are lost.

    Attributes:
        columns: Which: ``vbq``, ``bmi``, ``dxa_t``, ``age``; each is lost independently.
        share: Of the patients, expected, for each column.
        mechanism: ``MCAR``, completely at random; or ``MAR``, at random given what is always
            known: four times the odds with a fracture, and a quarter with a prior one.
    """

    columns: tuple[str, ...] = ("dxa_t",)
    share: float = 0.3
    mechanism: Literal["MCAR", "MAR"] = "MCAR"


@dataclass(frozen=True)
class CohortDesign:
    """The population a cohort is drawn from, and what happens to its data.

    Marginal values are those of a metabolic bone clinic; but for the shares of prior fractures
    (50 of 184), glucocorticoids (39 of 184) and events (72 of 184), which are published, they are
    assumptions.

    Attributes:
        patients: How many.
        event_share: Expected share with a new fracture, 0..1.
        coefficients: Log odds ratios per unit, of the true VBQ at the first scanner and of the
            other predictors: ``prior_fx``, ``vbq``, ``bmi``, ``gc``, ``dxa_t``, ``age``.
        vbq_sd: Standard deviation of the true VBQ.
        vbq_with_age: Correlation of the true VBQ with age (published: .36 to .40).
        vbq_with_dxa: Correlation of the true VBQ with the T-score.
        scanners: The patients are divided among them.
        missing: What is lost; None for nothing.
        icc: Reliability of one measured VBQ, as an intraclass correlation; 1 without error.
        controls: Healthy people measured on the first scanner.
    """

    patients: int = 184
    event_share: float = 72 / 184
    coefficients: dict[str, float] = field(
        default_factory=lambda: {
            "prior_fx": 0.6931471805599453,
            "vbq": 0.7,
            "bmi": 0.03,
            "gc": 0.6,
            "dxa_t": -0.3,
            "age": 0.02,
        }
    )
    vbq_sd: float = 0.7
    vbq_with_age: float = 0.38
    vbq_with_dxa: float = -0.25
    scanners: tuple[Scanner, ...] = (Scanner("A", 1.5),)
    missing: MissingData | None = None
    icc: float = 1.0
    controls: int = 0

    def __post_init__(self) -> None:
        """Check the design.

        Raises:
            UsageError: it cannot be drawn.
        """
        named = {"prior_fx", "vbq", "bmi", "gc", "dxa_t", "age"}
        correlations = self.vbq_with_age**2 + self.vbq_with_dxa**2
        wrong = {
            "patients must be at least 1": self.patients < 1,
            "controls must be at least 0": self.controls < 0,
            "event_share must lie between 0 and 1": not 0 < self.event_share < 1,
            "icc must be above 0 and at most 1": not 0 < self.icc <= 1,
            "vbq_sd must be above 0": not self.vbq_sd > 0,
            "the correlations of vbq must leave it some variance": not correlations < 1,
            f"coefficients must be those of {', '.join(sorted(named))}": set(self.coefficients)
            != named,
            "there must be a scanner, and shares above 0": not self.scanners
            or any(not one.share > 0 for one in self.scanners),
            "scanners must have different names": len({one.name for one in self.scanners})
            != len(self.scanners),
        }
        if self.missing is not None:
            wrong |= {
                f"missing.columns must be among {', '.join(LOSSES)}": not self.missing.columns
                or not set(self.missing.columns) <= set(LOSSES),
                "missing.share must lie between 0 and 1": not 0 < self.missing.share < 1,
                "missing.mechanism must be MCAR or MAR": self.missing.mechanism
                not in {"MCAR", "MAR"},
            }
        for message, is_wrong in wrong.items():
            if is_wrong:
                raise UsageError(f"This cohort cannot be drawn: {message}.", code="bad_design")
