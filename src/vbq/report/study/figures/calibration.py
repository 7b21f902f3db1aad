"""Calibration of the full model: observed against predicted risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.report.figure_style import DOTTED, FAINT, PALETTE, SOFT
from vbq.report.study.labels import corrected_measure, outcome_label, patients_and_events
from vbq.report.study.report_figure import Drawing, panel_and_strip
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.performance.curves import Histogram
from vbq.text import fixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_calibration(analysis: Analysis) -> Drawing:
    """The smooth curve with its band, the corrected curve, and a histogram of the predictions."""
    curve, corrected = analysis.curves.calibration, analysis.curves.corrected_calibration
    figure, axes, strip = panel_and_strip(4.6, 5.6, 0.2)
    blue, red = PALETTE[:2]
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.9, linestyle=DOTTED, label="Perfect")
    axes.fill_between(
        curve.predicted, curve.lower, curve.upper, color=blue, alpha=0.18, linewidth=0
    )
    axes.plot(
        curve.predicted, np.clip(curve.observed, 0, 1), color=blue, label="Apparent (95 % band)"
    )
    if corrected is not None:
        axes.plot(
            corrected.at, np.clip(corrected.corrected, 0, 1), color=red, linestyle=(0, (5, 2)),
            label="Corrected for optimism",
        )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel=f"Observed proportion: {outcome_label(analysis)}")
    axes.legend(loc="upper left", handlelength=2.4)
    full = analysis.added_value.models["full"]
    axes.text(
        0.98, 0.03,
        "Corrected for optimism\n"
        f"slope {corrected_measure(full['slope'])}, "
        f"intercept {corrected_measure(full['intercept'])}",
        ha="right", va="bottom", fontsize=8.5, transform=axes.transAxes,
        bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0},
    )  # fmt: skip
    _bars(strip, analysis.curves.risks)
    strip.set(xlabel="Predicted risk", ylabel="Patients")
    corrected_line = (
        ""
        if corrected is None
        else " Dashed line: lowess curve corrected for optimism "
        f"({corrected.resamples} bootstrap resamples)."
    )
    return Drawing(
        "calibration",
        "Calibration of the full model",
        f"{patients_and_events(full.n, full.events)}. Solid line: loess curve in the patients used "
        f"to develop the model (ICI {fixed(full.errors.ici)}, E90 {fixed(full.errors.e90)}), with "
        f"its pointwise 95 % confidence band; dotted line: perfect calibration.{corrected_line} "
        "Below: predicted risks of patients with (upwards) and without the event (downwards).",
        figure,
    )


def _bars(axes: Axes, risks: Histogram) -> None:
    """Histogram of predicted risks: upwards with the event, downwards without."""
    width = float(risks.edges[1] - risks.edges[0])
    left = risks.edges[:-1]
    axes.bar(left, risks.events, width, align="edge", color=PALETTE[1], linewidth=0)
    axes.bar(left, -risks.no_events, width, align="edge", color=SOFT, alpha=0.6, linewidth=0)
    axes.axhline(0, color=FAINT, linewidth=0.6)
    highest = int(max(risks.events.max(), risks.no_events.max(), 1))
    axes.set_ylim(-1.15 * highest, 1.15 * highest)
    axes.set_yticks([-highest, 0, highest], [f"{highest}", "0", f"{highest}"])
    for y, label in ((0.97, "with the event"), (0.03, "without")):
        axes.text(
            0.99, y, label, ha="right", va="top" if y > 0.5 else "bottom", fontsize=8,
            color=SOFT, transform=axes.transAxes,
        )  # fmt: skip
