"""Performance of the models: discrimination, calibration, net benefit."""

from collections.abc import Iterator

import numpy as np

from vbq.report.model_labels import MEASURE_LABELS
from vbq.report.study.labels import corrected_measure, model_label, sample_size
from vbq.report.study.report_table import ReportTable
from vbq.stats.performance.measures import MAX_MC_ERROR
from vbq.study.analysis.analysis import Analysis
from vbq.text import NOT_ESTIMABLE, fixed, n_events, p_value, percent, with_interval

THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


def performance(analysis: Analysis) -> ReportTable:
    """Every model, apparent and corrected for optimism."""
    models = analysis.added_value.models
    rows = []
    for name, model in models.items():
        area = model.discrimination
        rows.append(
            (
                model_label(analysis, name),
                n_events(model.n, model.events),
                with_interval(area.estimate, area.interval),
                with_interval(model["auc"].corrected, model.corrected_interval),
                fixed(model["brier"].apparent),
                fixed(model["brier"].corrected),
                corrected_measure(model["slope"], 3),
                corrected_measure(model["intercept"], 3),
                fixed(model["r2"].apparent),
                fixed(model["r2"].corrected),
            )
        )
    full = models["full"]
    failed = f" The model could not be fitted in {full.failed} resamples." if full.failed else ""
    return ReportTable(
        name="performance",
        title="Performance of the models, apparent and corrected for optimism",
        groups=(
            ("", 2),
            ("AUC [95 % CI]", 2),
            ("Brier score", 2),
            ("Calibration, corrected", 2),
            ("Nagelkerke R²", 2),
        ),
        header=("Model", "n (events)", "apparent", "corrected", "apparent", "corrected",
                "slope", "intercept", "apparent", "corrected"),
        rows=tuple(rows),
        notes=(
            f"Apparent AUC: {full.discrimination.method}.",
            f"Corrected: {full.method}.{failed}",
            _apparent_calibration_note(analysis),
            *_not_estimable_note(analysis, ("slope", "intercept")),
            *(
                f"Not evaluated: {model_label(analysis, name)}. {reason}"
                for name, reason in analysis.added_value.not_fitted.items()
            ),
        ),
    )  # fmt: skip


def optimism(analysis: Analysis) -> ReportTable:
    """Every index of every model with its optimism."""
    models = analysis.added_value.models
    imputed = " and of imputations" if analysis.multivariable.imputations > 1 else ""
    return ReportTable(
        name="optimism",
        title="Optimism of the performance measures",
        header=("Model", "Measure", "n (events)", "Apparent", "Optimism", "Corrected",
                "Monte-Carlo error"),
        rows=tuple(
            (
                model_label(analysis, name),
                MEASURE_LABELS[measure.name],
                n_events(model.n, model.events),
                fixed(measure.apparent),
                NOT_ESTIMABLE if measure.expected is None else fixed(measure.optimism, 4),
                corrected_measure(measure, 3),
                fixed(measure.monte_carlo_error, 4),
            )
            for name, model in models.items()
            for measure in model.indices
        ),
        notes=(
            f"Corrected: apparent minus optimism; {models['full'].method}.",
            f"Monte-Carlo error: of the corrected value, due to the number of resamples{imputed}.",
            *_not_estimable_note(analysis, tuple(MEASURE_LABELS)),
        ),
    )  # fmt: skip


def _apparent_calibration_note(analysis: Analysis) -> str:
    """Perfect if each model maximises the likelihood in these same patients."""
    main = analysis.multivariable  # if it is not separated, no smaller model is
    if main.imputations == 1 and not main.separated:
        return (
            "Apparent calibration is perfect by construction (slope 1, intercept 0) and not shown."
        )
    return "Apparent calibration slopes and intercepts are in the table of optimism."


def _not_estimable_note(analysis: Analysis, shown: tuple[str, ...]) -> Iterator[str]:
    """Why a table has measures that are not estimable."""
    models = analysis.added_value.models.values()
    if any(m.expected is None for model in models for m in model.indices if m.name in shown):
        yield (
            f"Not estimable: Monte-Carlo error above {MAX_MC_ERROR}. If a model hardly "
            "discriminates, the models of some resamples predict almost nothing; their calibration "
            "can take any value, and the mean depends on the seed."
        )


def calibration_measures(analysis: Analysis) -> ReportTable:
    """Agreement of predicted risks with observed outcomes, for every model."""
    rows = []
    for name, model in analysis.added_value.models.items():
        calibration, errors = model.calibration, model.errors
        rows.append(
            (
                model_label(analysis, name),
                n_events(model.n, model.events),
                with_interval(
                    calibration.observed_expected, calibration.observed_expected_interval
                ),
                corrected_measure(model["slope"], 3),
                fixed(errors.ici),
                fixed(errors.e50),
                fixed(errors.e90),
                fixed(errors.emax),
                p_value(calibration.spiegelhalter_p),
            )
        )
    return ReportTable(
        name="calibration",
        title="Calibration",
        groups=(
            ("", 4),
            ("Distance of the smooth curve from perfect calibration, apparent", 4),
            ("", 1),
        ),
        header=(
            "Model",
            "n (events)",
            "Observed / expected [95 % CI]",
            "Slope, corrected",
            "ICI (mean)",
            "E50",
            "E90",
            "Maximum",
            "p (Spiegelhalter's z)",
        ),
        rows=tuple(rows),
        notes=(
            (
                "All measures except the slope are apparent: calibration in new patients is worse. "
                "ICI: integrated calibration index (Austin and Steyerberg 2019) of a loess curve, "
                "or of the observed proportions if a model predicts only a few distinct risks."
            ),
            *_not_estimable_note(analysis, ("slope",)),
        ),
    )


def net_benefit(analysis: Analysis) -> ReportTable:
    """Net benefit at selected thresholds; the figure shows all."""
    curves = analysis.curves.decision
    first = next(iter(curves.values()))
    names = list(curves)
    rows = []
    corrected = analysis.curves.corrected_decision
    for threshold in THRESHOLDS:
        positions = np.flatnonzero(np.isclose(first.thresholds, threshold))
        if not positions.size:
            continue
        k = int(positions[0])
        cells = (
            with_interval(
                float(curves[n].net_benefit[k]),
                (float(curves[n].lower[k]), float(curves[n].upper[k])),
            )
            for n in names
        )
        optimism = () if corrected is None else (fixed(float(corrected.corrected[k])),)
        rows.append((percent(threshold, 0), fixed(float(first.treat_all[k])), *optimism, *cells))
    full = analysis.added_value.models["full"]
    return ReportTable(
        name="net_benefit",
        title=f"Net benefit [95 % CI] by threshold ({sample_size(full.n, full.events)})",
        header=(
            "Threshold",
            "Treat all",
            *(("All predictors, corrected",) if corrected else ()),
            *(model_label(analysis, name) for name in names),
        ),
        rows=tuple(rows),
        notes=(
            (
                f"Apparent unless labelled corrected; percentile interval of {first.resamples:,} "
                "bootstrap resamples. Treating no one has a net benefit of 0. Which thresholds "
                "are relevant is a clinical question to be answered in advance."
            ),
        ),
    )
