"""Decision curves: the net benefit of treating by the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.study.report.figures.canvas import DASHES, INK, PALETTE, SOFT, Drawing, canvas
from vbq.study.report.figures.labels import model_label, people, wrapped

if TYPE_CHECKING:
    from vbq.study.analysis.document import Analysis

__all__ = ["draw_decision"]


def draw_decision(analysis: Analysis) -> Drawing:
    """The full model with its band, the one without the index, treating all, treating none."""
    found = analysis.curves.decision
    full, corrected = found["full"], analysis.curves.corrected_decision
    made, axes = canvas(5.2, 5.0)
    at = 100 * full.thresholds
    blue, red, green = PALETTE[:3]
    axes.fill_between(at, full.lower, full.upper, color=blue, alpha=0.15, linewidth=0)
    axes.plot(
        at, full.net_benefit, color=blue, label=f"{model_label(analysis, 'full')} (95 % band)"
    )
    if corrected is not None:
        axes.plot(
            at, corrected.corrected, color=blue, linestyle=DASHES[2],
            label="All predictors, corrected for optimism",
        )  # fmt: skip
    if "without the index" in found:
        axes.plot(
            at, found["without the index"].net_benefit, color=red, linestyle=DASHES[1],
            label=wrapped(model_label(analysis, "without the index"), 52),
        )  # fmt: skip
    axes.plot(at, full.treat_all, color=green, linestyle=DASHES[3], label="Treat all")
    axes.axhline(0, color=SOFT, linewidth=1.2, label="Treat none")
    top = max(float(full.upper.max()), float(full.treat_all.max()))
    axes.set_ylim(-0.25 * top, 1.08 * top)
    axes.set_xlim(0, float(at[-1]))
    axes.set_xlabel("Risk from which one would treat (%)")
    axes.set_ylabel("Net benefit (true positives per patient)", color=INK)
    made.legend(loc="outside lower center", handlelength=2.8)
    resamples = (
        f" Dotted: corrected for optimism, {corrected.resamples} resamples." if corrected else ""
    )
    main = analysis.multivariable
    return Drawing(
        "decision",
        "Decision curves",
        f"{people(main.n, main.events)}. Net benefit in the patients the models were made from; "
        f"band: bootstrap percentiles of {full.resamples} resamples with the predictions taken as "
        f"given.{resamples} The band does not know of optimism.",
        made,
    )
