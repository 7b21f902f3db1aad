"""The figures of a study, one a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.study.report.figures.calibration import draw_calibration
from vbq.study.report.figures.canvas import Figure, files_of, style
from vbq.study.report.figures.decision import draw_decision
from vbq.study.report.figures.effect import draw_effect
from vbq.study.report.figures.flow import draw_flow
from vbq.study.report.figures.nomogram import draw_nomogram
from vbq.study.report.figures.odds_ratios import draw_odds_ratios
from vbq.study.report.figures.roc import draw_roc
from vbq.study.report.figures.subgroups import draw_subgroups

if TYPE_CHECKING:
    from vbq.study.analysis.document import Analysis

__all__ = ["Figure", "draw"]

DRAWN = (
    draw_flow,
    draw_odds_ratios,
    draw_effect,
    draw_roc,
    draw_calibration,
    draw_decision,
    draw_subgroups,
    draw_nomogram,
)


def draw(analysis: Analysis) -> tuple[Figure, ...]:
    """Every figure that the analysis has data for, in the order of a paper."""
    with style():
        drawings = [made for one in DRAWN if (made := one(analysis)) is not None]
        return tuple(files_of(d, simulated=analysis.simulated) for d in drawings)
