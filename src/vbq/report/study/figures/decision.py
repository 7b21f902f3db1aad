"""Decision curves: the net benefit of treatment guided by the models."""

from collections.abc import Iterator
from typing import Any

from vbq.report.figure_style import DASHES, INK, PALETTE, SOFT, single_panel
from vbq.report.study.labels import model_label, patients_and_events, wrapped
from vbq.report.study.report_figure import Drawing
from vbq.study.analysis.analysis import Analysis

STYLES: dict[str, tuple[str, Any]] = {
    "without the index": (PALETTE[1], DASHES[1]),
    "comparators and index": (PALETTE[4], (0, (6, 1.5, 1, 1.5, 1, 1.5))),
    "comparators": (PALETTE[3], DASHES[4]),
}
LINE = 0.17  # inches of a line of the legend


def draw_decision(analysis: Analysis) -> Drawing:
    """The full model with its band, models with and without the index, treating all and none."""
    curves = analysis.curves.decision
    full, corrected = curves["full"], analysis.curves.corrected_decision
    labels = {name: wrapped(model_label(analysis, name), 52) for name in _submodels(analysis)}
    lines = 4 + sum(1 + label.count("\n") for label in labels.values())
    figure, axes = single_panel(5.2, 3.9 + LINE * lines)
    thresholds = 100 * full.thresholds
    blue, green = PALETTE[0], PALETTE[2]
    axes.fill_between(thresholds, full.lower, full.upper, color=blue, alpha=0.15, linewidth=0)
    axes.plot(
        thresholds,
        full.net_benefit,
        color=blue,
        label=f"{model_label(analysis, 'full')} (95 % band)",
    )
    if corrected is not None:
        axes.plot(
            thresholds, corrected.corrected, color=blue, linestyle=DASHES[2],
            label="All predictors, corrected for optimism",
        )  # fmt: skip
    for name, label in labels.items():
        colour, dashes = STYLES[name]
        axes.plot(thresholds, curves[name].net_benefit, color=colour, linestyle=dashes, label=label)
    axes.plot(thresholds, full.treat_all, color=green, linestyle=DASHES[3], label="Treat all")
    axes.axhline(0, color=SOFT, linewidth=1.2, label="Treat none")
    top = max(float(full.upper.max()), float(full.treat_all.max()))
    axes.set_ylim(-0.25 * top, 1.08 * top)
    axes.set_xlim(0, float(thresholds[-1]))
    axes.set_xlabel("Threshold risk for treatment (%)")
    axes.set_ylabel("Net benefit (true positives per patient)", color=INK)
    figure.legend(loc="outside lower center", handlelength=2.8)
    dotted = (
        f" Dotted line: corrected for optimism ({corrected.resamples} resamples)."
        if corrected
        else ""
    )
    differences = (
        " For differences between models see the table of the change in net benefit."
        if analysis.added_value.comparisons
        else ""
    )
    main = analysis.multivariable
    return Drawing(
        "decision",
        "Decision curves",
        f"{patients_and_events(main.n, main.events)}. Net benefit in the patients used to develop "
        f"the models; band: bootstrap percentiles of {full.resamples} resamples with the "
        f"predictions held fixed, which does not account for optimism.{dotted}{differences}",
        figure,
    )


def _submodels(analysis: Analysis) -> Iterator[str]:
    """Names of the models drawn with the full one; of those with the same predictors, one."""
    models = analysis.added_value.models
    known = [set(models["full"].predictors)]
    for name in STYLES:
        if name in models and (predictors := set(models[name].predictors)) not in known:
            known.append(predictors)
            yield name
