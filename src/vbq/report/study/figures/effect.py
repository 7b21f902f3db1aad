"""Odds ratio over the range of the index."""

import numpy as np

from vbq.report.figure_style import DOTTED, INK, PALETTE, SOFT
from vbq.report.study.figures.odds_ratio_axis import odds_ratio_axis
from vbq.report.study.labels import outcome_label, patients_and_events, wrapped
from vbq.report.study.report_figure import Drawing, panel_and_strip
from vbq.study.analysis.analysis import Analysis
from vbq.text import decimals_for, fixed, listed, number_of, p_equals


def draw_effect(analysis: Analysis) -> Drawing | None:
    """The spline with its band and knots, above the observed values; None if it was not fitted."""
    effect, main = analysis.curves.effect, analysis.multivariable
    if effect is None:
        return None
    index = analysis.plan.predictor(effect.index)
    covariates = [t.label for t in main.design.terms if t.name != effect.index]
    unit = f" ({index.unit})" if index.unit else ""
    figure, axes, strip = panel_and_strip(4.8, 4.9, 0.2)
    blue = PALETTE[0]
    axes.axhline(1, color=SOFT, linewidth=0.9, linestyle=DOTTED)
    axes.fill_between(
        effect.values, effect.lower, effect.upper, color=blue, alpha=0.18, linewidth=0
    )
    axes.plot(effect.values, effect.odds_ratio, color=blue)
    axes.plot([effect.reference], [1], "o", color=INK, markersize=5)
    low, high = float(effect.lower.min()), float(effect.upper.max())
    # a band that runs off to either side must not flatten the curve
    curve = effect.odds_ratio
    low, high = max(low, float(curve.min()) / 8), min(high, float(curve.max()) * 8)
    odds_ratio_axis(axes.yaxis, low, high)
    axes.set_ylim(low / 1.1, high * 1.1)
    axes.plot(
        effect.knots, np.full(len(effect.knots), 0.02), "^", color=SOFT, markersize=5,
        transform=axes.get_xaxis_transform(), clip_on=False,
    )  # fmt: skip
    axes.set_ylabel(f"{'Adjusted o' if covariates else 'O'}dds ratio: {outcome_label(analysis)}")
    axes.text(
        0.03, 0.97, f"Nonlinearity: p {p_equals(effect.nonlinear.p)}", va="top",
        fontsize=8.5, transform=axes.transAxes,
    )  # fmt: skip
    observed = effect.observed
    width = float(observed.edges[1] - observed.edges[0])
    strip.bar(
        observed.edges[:-1], observed.events + observed.no_events, width, align="edge",
        color=SOFT, alpha=0.6, linewidth=0,
    )  # fmt: skip
    strip.set(xlabel=wrapped(f"{index.label}{unit}", 54), ylabel="Patients")
    strip.set_xlim(float(effect.values[0]), float(effect.values[-1]))
    decimals = decimals_for(float(np.ptp(effect.values)) / 4)
    adjusted = f", adjusted for {listed(covariates)}" if covariates else ""
    known = int((observed.events + observed.no_events).sum())
    reference = fixed(effect.reference, decimals) + (f" {index.unit}" if index.unit else "")
    return Drawing(
        "effect",
        f"Association of {index.label} with the event over its range",
        f"{patients_and_events(main.n, main.events)}. Odds ratio relative to the median of "
        f"{reference} (dot){adjusted}: restricted cubic spline with {len(effect.knots)} knots "
        "(triangles) and pointwise 95 % confidence band (Wald), from the 2nd to the 98th "
        f"percentile. Below: observed values of {known:,} patients. Nonlinearity: "
        f"{effect.nonlinear.method} test, {number_of(effect.nonlinear.df, 'degree')} of freedom.",
        figure,
    )
