"""The figures of a study, one in each module."""

from vbq.report.figure_style import style
from vbq.report.study.figures.calibration import draw_calibration
from vbq.report.study.figures.decision import draw_decision
from vbq.report.study.figures.effect import draw_effect
from vbq.report.study.figures.flow import draw_flow
from vbq.report.study.figures.nomogram import draw_nomogram
from vbq.report.study.figures.odds_ratios import draw_odds_ratios
from vbq.report.study.figures.roc import draw_roc
from vbq.report.study.figures.subgroups import draw_subgroups
from vbq.report.study.report_figure import ReportFigure, report_figure
from vbq.study.analysis.analysis import Analysis

__all__ = ["draw_figures"]

IN_ORDER = (
    draw_flow,
    draw_odds_ratios,
    draw_effect,
    draw_roc,
    draw_calibration,
    draw_decision,
    draw_subgroups,
    draw_nomogram,
)


@style()
def draw_figures(analysis: Analysis) -> tuple[ReportFigure, ...]:
    """Every figure that the analysis has data for, in the order of a paper."""
    drawings = (draw(analysis) for draw in IN_ORDER)
    return tuple(report_figure(d, simulated=analysis.simulated) for d in drawings if d is not None)
