"""Forest plot of the multivariable model."""

from collections.abc import Iterator

from vbq.report.study.figures.forest import Row, draw_forest_plot
from vbq.report.study.labels import outcome_label, patients_and_events
from vbq.report.study.report_figure import Drawing
from vbq.study.analysis.analysis import Analysis


def draw_odds_ratios(analysis: Analysis) -> Drawing:
    """Adjusted odds ratios of the main model and, if it is imputed, of complete cases."""
    main, complete = analysis.multivariable, analysis.complete_case
    models = [main] if complete is None else [main, complete]
    by_comparison = [{(c.label, c.compared): c for c in model.contrasts} for model in models]
    rows = [
        Row(
            f"{label}, {compared}",
            contrasts=tuple(model.get((label, compared)) for model in by_comparison),
        )
        for label, compared in by_comparison[0]
    ]
    names = ["Imputed", "Complete cases"]
    return Drawing(
        "odds_ratios",
        f"Adjusted odds ratios of {outcome_label(analysis)}",
        " ".join(_caption(analysis)),
        draw_forest_plot(
            rows,
            series=[f"{name} (n = {m.n:,})" for name, m in zip(names, models, strict=False)],
            heading="Predictor",
            simulated=analysis.simulated,
        ),
    )


def _caption(analysis: Analysis) -> Iterator[str]:
    main, complete = analysis.multivariable, analysis.complete_case
    imputed = f", {main.imputations} imputations" if main.imputations > 1 else ""
    yield f"{patients_and_events(main.n, main.events)}{imputed}."
    first = main.estimates[0]
    yield f"Logistic regression by {main.method}; confidence intervals: {first.interval_method};"
    yield f"p-values: {first.p_method}."
    if complete is not None:
        yield f"Complete cases: {patients_and_events(complete.n, complete.events)},"
        yield f"{complete.estimates[0].interval_method} intervals."
    if any(term.kind == "spline" for term in main.design.terms):
        yield "Splines: upper versus lower quartile, Wald interval."
    if main.design.interactions:
        yield "Predictors in an interaction: ratio where the other predictor is 0."
