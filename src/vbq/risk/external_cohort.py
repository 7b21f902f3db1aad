"""Patients that a model was not made from, with their predicted risk and their outcome."""

from dataclasses import dataclass

from vbq.risk.model import SourceFile
from vbq.stats.checks import Floats


@dataclass(frozen=True, eq=False)
class ExternalCohort:
    """The n patients of another cohort for whom a model predicts a risk.

    Attributes:
        outcome: Shape (n,), 1 for patients with the event, else 0.
        log_odds: Shape (n,), predicted log odds.
        risk: Shape (n,), predicted probability, 0..1.
        in_table: Number of patients whose outcome is known.
        excluded: Number of those without a predicted risk, by reason; each patient counts once,
            under the first reason that applies.
        source: Table of the patients.
        cautions: Cautions about any result in this cohort.
    """

    outcome: Floats
    log_odds: Floats
    risk: Floats
    in_table: int
    excluded: dict[str, int]
    source: SourceFile
    cautions: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of patients with a risk."""
        return self.outcome.size

    @property
    def events(self) -> int:
        """Number of patients with the event."""
        return int(self.outcome.sum())
