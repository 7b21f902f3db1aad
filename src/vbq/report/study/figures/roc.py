"""ROC curves of the models compared."""

from vbq.report.figure_style import DASHES, DOTTED, PALETTE, SOFT, single_panel
from vbq.report.study.labels import model_label, patients_and_events, wrapped
from vbq.report.study.report_figure import Drawing
from vbq.study.analysis.analysis import Analysis
from vbq.text import fixed, with_interval

LINE = 0.22  # inches of a line of the legend


def draw_roc(analysis: Analysis) -> Drawing:
    """Apparent curves; the legend gives each AUC with its interval, and the corrected AUC."""
    curves = analysis.curves.roc
    labels = []
    for model in curves:
        area = model.discrimination
        corrected = analysis.added_value.models[model.model]["auc"].corrected
        name = wrapped(model_label(analysis, model.model), 52)
        interval = with_interval(area.estimate, area.interval, 2)
        labels.append(f"{name}\nAUC {interval}; corrected {fixed(corrected, 2)}")
    lines = sum(1 + label.count("\n") for label in labels)
    figure, axes = single_panel(4.6, 4.7 + LINE * lines)
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.9, linestyle=DOTTED)
    for model, label, colour, dashes in zip(curves, labels, PALETTE, DASHES, strict=False):
        axes.plot(
            1 - model.curve.specificity, model.curve.sensitivity, color=colour, linestyle=dashes,
            label=label, clip_on=False,
        )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="1 − specificity", ylabel="Sensitivity")
    axes.set_aspect("equal")
    figure.legend(loc="outside lower center", handlelength=2.8, labelspacing=0.7)
    main = analysis.multivariable
    return Drawing(
        "roc",
        "ROC curves of the models compared",
        f"{patients_and_events(main.n, main.events)}. Curves in the patients used to develop the "
        "models. AUC: area under the curve with its 95 % confidence interval "
        f"({curves[0].discrimination.method}); corrected: after "
        f"{analysis.added_value.models['full'].method}. Dotted line: no discrimination.",
        figure,
    )
