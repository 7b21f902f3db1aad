"""Patients that a model was not made from, with their risk and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vbq.risk.model import Source
    from vbq.stats.regression.terms import Floats

__all__ = ["ExternalCohort"]


@dataclass(frozen=True, eq=False)
class ExternalCohort:
    """Patients of another cohort to whom a model gives a risk.

    Attributes:
        outcome: Shape (n,), 0 or 1.
        log_odds: Shape (n,), as the model predicts them.
        risk: Shape (n,), 0..1.
        in_table: Patients of whom the outcome is known.
        left_out: How many of those get no risk, by reason; a patient counts under the first.
        source: The table.
        cautions: What to bear in mind.
    """

    outcome: Floats
    log_odds: Floats
    risk: Floats
    in_table: int
    left_out: dict[str, int]
    source: Source
    cautions: tuple[str, ...]

    @property
    def n(self) -> int:
        """Patients."""
        return self.outcome.size

    @property
    def events(self) -> int:
        """Patients with the event."""
        return int(self.outcome.sum())
