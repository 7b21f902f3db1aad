"""How well the models predict: discrimination, calibration, net benefit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.report.model_labels import INDEX_LABELS
from vbq.report.study.labels import model_label
from vbq.report.study.report_table import ReportTable
from vbq.study.analysis.performance.performance import MAX_MC_ERROR
from vbq.text import (
    NOT_ESTIMABLE,
    fixed,
    interval,
    n_events,
    p_value,
    percent,
    with_interval,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.performance.performance import PerformanceIndex

__all__ = ["calibration", "net_benefit", "optimism", "performance"]

THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


def performance(analysis: Analysis) -> ReportTable:
    """Every model, apparent and corrected for optimism."""
    models = analysis.added_value.models
    rows = []
    for name, one in models.items():
        area = one.discrimination
        rows.append(
            (
                model_label(analysis, name),
                n_events(one.n, one.events),
                with_interval(area.estimate, area.interval),
                with_interval(one["auc"].corrected, one.corrected_interval),
                fixed(one["brier"].apparent),
                fixed(one["brier"].corrected),
                _corrected(one["slope"]),
                _corrected(one["intercept"]),
                fixed(one["r2"].apparent),
                fixed(one["r2"].corrected),
            )
        )
    full = models["full"]
    failed = f" {full.failed} resamples could not be fitted." if full.failed else ""
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
            _apparent_calibration(analysis),
            *_unsettled(analysis, ("slope", "intercept")),
            *(
                f"Not judged: {model_label(analysis, name)}. {reason}"
                for name, reason in analysis.added_value.left_out.items()
            ),
        ),
    )  # fmt: skip


def optimism(analysis: Analysis) -> ReportTable:
    """The indices of every model with their optimism."""
    models = analysis.added_value.models
    imputed = " and of imputations" if analysis.multivariable.imputations > 1 else ""
    return ReportTable(
        name="optimism",
        title="Optimism of the models",
        header=("Model", "Index", "n (events)", "Apparent", "Optimism", "Corrected",
                "Monte-Carlo error"),
        rows=tuple(
            (
                model_label(analysis, name),
                INDEX_LABELS[one.name],
                n_events(model.n, model.events),
                fixed(one.apparent),
                NOT_ESTIMABLE if one.expected is None else fixed(one.optimism, 4),
                _corrected(one),
                fixed(one.monte_carlo_error, 4),
            )
            for name, model in models.items()
            for one in model.indices
        ),
        notes=(
            f"Corrected, apparent less optimism: {models['full'].method}.",
            f"Monte-Carlo error: of the corrected value, for the number of resamples{imputed}.",
            *_unsettled(analysis, tuple(INDEX_LABELS)),
        ),
    )  # fmt: skip


def _corrected(index: PerformanceIndex) -> str:
    return NOT_ESTIMABLE if index.expected is None else fixed(index.expected)


def _apparent_calibration(analysis: Analysis) -> str:
    """Perfect where each model is the maximum of the likelihood of these very patients."""
    main = analysis.multivariable  # where it is not separated, no model of fewer predictors is
    if main.imputations == 1 and not main.separated:
        return "Apparent calibration is perfect by construction (slope 1, intercept 0), not shown."
    return "Apparent slopes and intercepts of calibration are in the table of optimism."


def _unsettled(analysis: Analysis, shown: tuple[str, ...]) -> Iterator[str]:
    """Why a table has an index that is not estimable."""
    models = analysis.added_value.models.values()
    if any(one.expected is None for model in models for one in model.indices if one.name in shown):
        yield (
            f"Not estimable: Monte-Carlo error above {MAX_MC_ERROR}. A model that says little "
            "gives resamples whose models predict next to nothing; their calibration can take any "
            "value, and the mean depends on the seed."
        )


def calibration(analysis: Analysis) -> ReportTable:
    """Whether predicted risks are right."""
    rows = []
    for name, one in analysis.added_value.models.items():
        found, errors = one.calibration, one.errors
        rows.append(
            (
                model_label(analysis, name),
                n_events(one.n, one.events),
                f"{fixed(found.observed_expected)} {interval(found.observed_expected_interval)}",
                _corrected(one["slope"]),
                fixed(errors.ici),
                fixed(errors.e50),
                fixed(errors.e90),
                fixed(errors.emax),
                p_value(found.spiegelhalter_p),
            )
        )
    return ReportTable(
        name="calibration",
        title="Calibration",
        groups=(("", 4), ("Distance of the smooth curve from the ideal, apparent", 4), ("", 1)),
        header=(
            "Model",
            "n (events)",
            "Observed / expected [95 % CI]",
            "Slope, corrected",
            "ICI (mean)",
            "E50",
            "E90",
            "Largest",
            "p (Spiegelhalter's z)",
        ),
        rows=tuple(rows),
        notes=(
            (
                "All but the slope are apparent: in new patients calibration is worse. ICI: "
                "integrated calibration index (Austin and Steyerberg 2019), of a loess curve, or "
                "of the observed share of each risk where a model predicts a few only."
            ),
            *_unsettled(analysis, ("slope",)),
        ),
    )


def net_benefit(analysis: Analysis) -> ReportTable:
    """Net benefit at a few thresholds; the curves have all."""
    curves = analysis.curves.decision
    first = next(iter(curves.values()))
    names = list(curves)
    rows = []
    corrected = analysis.curves.corrected_decision
    for threshold in THRESHOLDS:
        at = np.flatnonzero(np.isclose(first.thresholds, threshold))
        if not at.size:
            continue
        k = int(at[0])
        found = (
            with_interval(
                float(curves[n].net_benefit[k]),
                (float(curves[n].lower[k]), float(curves[n].upper[k])),
            )
            for n in names
        )
        honest = () if corrected is None else (fixed(float(corrected.corrected[k])),)
        rows.append((percent(threshold, 0), fixed(float(first.treat_all[k])), *honest, *found))
    full = analysis.added_value.models["full"]
    return ReportTable(
        name="net_benefit",
        title=f"Net benefit [95 % CI] by threshold (n = {full.n:,}, {full.events:,} events)",
        header=(
            "Threshold",
            "Treat all",
            *(("All predictors, corrected",) if corrected else ()),
            *(model_label(analysis, name) for name in names),
        ),
        rows=tuple(rows),
        notes=(
            (
                f"Apparent unless called corrected; percentile interval of {first.resamples:,} "
                "bootstrap resamples. Treating nobody has a net benefit of 0. Which thresholds "
                "make sense is a clinical question to be settled beforehand."
            ),
        ),
    )
