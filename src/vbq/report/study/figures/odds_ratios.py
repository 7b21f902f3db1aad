"""Forest plot of the multivariable model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.figures.forest import Row, draw_rows
from vbq.report.study.labels import outcome_label, people
from vbq.report.study.report_figure import Drawing

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.estimates import Contrast

__all__ = ["draw_odds_ratios"]


def draw_odds_ratios(analysis: Analysis) -> Drawing:
    """Adjusted odds ratios; those of complete cases beside imputed ones."""
    main, beside = analysis.multivariable, analysis.complete_case
    models = [main] if beside is None else [main, beside]
    found = [{_key(c): c for c in model.contrasts} for model in models]
    rows = [
        Row(f"{one.label}, {one.compared}", found=tuple(each.get(key) for each in found))
        for key, one in found[0].items()
    ]
    series = [f"Imputed (n = {main.n:,})"]
    if beside is not None:
        series.append(f"Complete cases (n = {beside.n:,})")
    how = main.estimates[0]
    several = (
        f" Complete cases: {people(beside.n, beside.events)}, {beside.estimates[0].interval_method}"
        " intervals."
        if beside is not None
        else ""
    )
    imputed = f", {main.imputations} imputations" if main.imputations > 1 else ""
    bent = any(t.kind == "spline" for t in main.design.terms)
    return Drawing(
        "odds_ratios",
        f"Adjusted odds ratios of {outcome_label(analysis)}",
        f"{people(main.n, main.events)}{imputed}. Logistic regression by {main.method}; intervals: "
        f"{how.interval_method}; p: {how.p_method}.{several}"
        + (" Splines: upper against lower quartile, Wald interval." if bent else "")
        + (" With an interaction: where the other is 0." if main.design.interactions else ""),
        draw_rows(
            rows, series=series[: len(models)], first="Predictor", simulated=analysis.simulated
        ),
    )


def _key(one: Contrast) -> tuple[str, str]:
    return one.label, one.compared
