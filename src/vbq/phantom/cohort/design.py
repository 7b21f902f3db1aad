"""The design of a simulated cohort: population, scanners, missing data and measurement error."""

from dataclasses import dataclass, field
from typing import Literal

from vbq.errors import UsageError

PREDICTORS = {"prior_fx", "vbq", "bmi", "gc", "dxa_t", "age"}
INCOMPLETE = ("vbq", "bmi", "dxa_t", "age")  # columns that may have missing values

# Means and SDs of a metabolic bone clinic and its controls; assumptions unless marked as published.
AGE, AGE_SD = 67.0, 9.0  # years
BMI = 28.0  # kg/m²
DXA, DXA_SD = -2.2, 0.95  # T-score
CONTROL_AGE, CONTROL_AGE_SD = 55.0, 10.0
NORMAL_BONE = 2.81, 0.28  # VBQ with normal DXA, published (n = 100)


@dataclass(frozen=True)
class Scanner:
    """A scanner of a simulated cohort.

    Attributes:
        name: Name of the scanner.
        field_strength_t: Field strength in tesla.
        share: Share of the patients, relative to those of the other scanners.
        vbq_effect: Added to every VBQ measured on this scanner.
        log_odds: Added to the log odds of its patients, for a clinic with sicker patients; it
            confounds scanner and outcome.
    """

    name: str
    field_strength_t: float
    share: float = 1.0
    vbq_effect: float = 0.0
    log_odds: float = 0.0


@dataclass(frozen=True)
class MissingData:
    """Missing values.

    Attributes:
        columns: Incomplete columns, among ``vbq``, ``bmi``, ``dxa_t`` and ``age``; values are
            missing independently of one another.
        share: Expected share of missing values in each column, 0..1.
        mechanism: ``MCAR``, missing completely at random; or ``MAR``, missing at random given
            observed variables: four times the odds with a new fracture, a quarter of the odds
            with a prior fracture.
    """

    columns: tuple[str, ...] = ("dxa_t",)
    share: float = 0.3
    mechanism: Literal["MCAR", "MAR"] = "MCAR"


@dataclass(frozen=True)
class CohortDesign:
    """The population a cohort is sampled from, and how its data are measured.

    Distributions are those of a metabolic bone clinic. The shares of prior fractures (50 of 184),
    glucocorticoids (39 of 184) and events (72 of 184) are published; all others are assumptions.

    Attributes:
        patients: Number of patients.
        event_share: Expected share with a new fracture, 0..1.
        coefficients: Log odds ratio per unit by predictor (``prior_fx``, ``vbq``, ``bmi``,
            ``gc``, ``dxa_t``, ``age``); that of VBQ applies to the true VBQ on the first scanner.
        vbq_sd: Standard deviation of the true VBQ.
        vbq_with_age: Correlation of the true VBQ with age (published: .36 to .40).
        vbq_with_dxa: Correlation of the true VBQ with the T-score.
        scanners: Scanners among which the patients are divided.
        missing: Missing data; ``None`` for complete data.
        icc: Reliability of a single VBQ measurement as an intraclass correlation, 0..1; 1 without
            measurement error.
        controls: Number of healthy controls, measured on the first scanner.

    Raises:
        UsageError: A value is out of range.
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
        shares = [scanner.share for scanner in self.scanners]
        names = {scanner.name for scanner in self.scanners}
        explained = self.vbq_with_age**2 + self.vbq_with_dxa**2
        requirements = {
            "patients must be at least 1": self.patients >= 1,
            "controls must be at least 0": self.controls >= 0,
            "event_share must lie between 0 and 1": 0 < self.event_share < 1,
            "icc must be above 0 and at most 1": 0 < self.icc <= 1,
            "vbq_sd must be above 0": self.vbq_sd > 0,
            "the squared correlations of vbq must add up to less than 1": explained < 1,
            f"coefficients must be given for exactly {', '.join(sorted(PREDICTORS))}": (
                set(self.coefficients) == PREDICTORS
            ),
            "at least one scanner is needed, each with a share above 0": (
                bool(shares) and all(share > 0 for share in shares)
            ),
            "scanners must have different names": len(names) == len(self.scanners),
        }
        if self.missing is not None:
            columns = set(self.missing.columns)
            requirements |= {
                f"missing.columns must be among {', '.join(INCOMPLETE)}": (
                    bool(columns) and columns <= set(INCOMPLETE)
                ),
                "missing.share must lie between 0 and 1": 0 < self.missing.share < 1,
                "missing.mechanism must be MCAR or MAR": self.missing.mechanism in {"MCAR", "MAR"},
            }
        for requirement, fulfilled in requirements.items():
            if not fulfilled:
                raise UsageError(
                    f"This cohort cannot be simulated: {requirement}.", code="bad_design"
                )
