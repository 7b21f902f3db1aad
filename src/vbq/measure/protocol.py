"""The definition of the score."""

from __future__ import annotations

from dataclasses import dataclass

from vbq.anatomy.levels import SCORED_LEVELS

__all__ = ["STANDARD", "Protocol"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named definition of a score.

    Attributes:
        name: Short name.
        levels: Level numbers of the numerator.
        statistic: Statistic of the signal inside a region: ``"mean"`` or ``"median"``.
        across_levels: How level signals are combined: ``"median"`` or ``"mean"``.
        fewest_levels: Below this number of usable levels no score is given.
        citation: Where it was published.
    """

    name: str
    levels: tuple[int, ...]
    statistic: str
    across_levels: str
    fewest_levels: int
    citation: str


STANDARD = Protocol(
    name="VBQ",
    levels=SCORED_LEVELS,
    statistic="mean",
    across_levels="median",
    fewest_levels=2,  # no published minimum; see DESIGN
    citation="Ehresman et al., Spine J 2020, doi 10.1016/j.spinee.2019.10.018",
)
