"""The figures of a study, one a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.figures.calibration import draw_calibration
from vbq.report.study.figures.canvas import Figure, files_of, style
from vbq.report.study.figures.decision import draw_decision
from vbq.report.study.figures.effect import draw_effect
from vbq.report.study.figures.flow import draw_flow
from vbq.report.study.figures.nomogram import draw_nomogram
from vbq.report.study.figures.odds_ratios import draw_odds_ratios
from vbq.report.study.figures.roc import draw_roc
from vbq.report.study.figures.subgroups import draw_subgroups

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis

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
