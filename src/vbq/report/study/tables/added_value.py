"""Comparisons of models: what the index adds, and how it compares with its comparators."""

import numpy as np

from vbq.report.study.labels import STATISTIC_SYMBOLS, sample_size
from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables.performance import THRESHOLDS
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.performance.added_value import Comparison
from vbq.text import NO_VALUE, fixed, n_events, p_value, percent, with_interval


def added_value(analysis: Analysis) -> ReportTable | None:
    """Every comparison of two models; None where the plan has none."""
    value = analysis.added_value
    if not value.comparisons:
        return None
    full = value.models["full"]
    cautions = dict.fromkeys(c for comparison in value.comparisons for c in comparison.cautions)
    return ReportTable(
        name="added_value",
        title="Added value of the index, and comparison with its comparators",
        groups=(("", 2), ("Test of the added terms", 2), ("Difference in AUC", 3),
                ("Difference in Brier score", 2)),
        header=("Comparison", "n (events)", "p", "Test", "apparent [95 % CI]",
                "p (DeLong, paired)", "corrected", "apparent [95 % CI]", "corrected"),
        rows=tuple(
            (
                comparison.question,
                n_events(full.n, full.events),
                *_test(comparison),
                with_interval(comparison.auc.difference, comparison.auc.interval),
                p_value(comparison.auc.p),
                fixed(comparison.corrected_auc),
                with_interval(comparison.brier, comparison.brier_interval, 4),
                fixed(comparison.corrected_brier, 4),
            )
            for comparison in value.comparisons
        ),
        notes=(
            ("All comparisons are in the same patients. A difference in AUC above 0, or in Brier "
            "score below 0, favours the model with the index. Test of the added terms: joint test "
            "of all terms of the index, interactions and spline terms included. Interval of the "
            "Brier score: normal approximation to the paired differences of the patients."),
            ("One p-value below and another above 0.05 are not evidence of a difference; here the "
            "difference itself is tested."),
            *cautions,
        ),
    )  # fmt: skip


def _test(comparison: Comparison) -> tuple[str, str]:
    """p-value and description of the test of nested models."""
    test = comparison.test
    if test is None:
        return NO_VALUE, "none: the models are not nested"
    statistic = f"{STATISTIC_SYMBOLS[test.distribution]} {fixed(test.statistic, 2)}"
    return p_value(test.p), f"{test.method}, {statistic}, df {test.df}"


def net_benefit_change(analysis: Analysis) -> ReportTable | None:
    """Comparisons of net benefit at the thresholds of its table; None without comparisons."""
    comparisons = analysis.added_value.comparisons
    if not comparisons:
        return None
    full, first = analysis.added_value.models["full"], comparisons[0].net_benefit
    rows = []
    for threshold in THRESHOLDS:
        for k in np.flatnonzero(np.isclose(first.thresholds, threshold)):
            changes = (
                with_interval(float(d.difference[k]), (float(d.lower[k]), float(d.upper[k])))
                for d in (comparison.net_benefit for comparison in comparisons)
            )
            rows.append((percent(threshold, 0), *changes))
    imputed = (
        ["Means over the imputed datasets; the interval does not account for imputation."]
        if analysis.multivariable.imputations > 1
        else []
    )
    return ReportTable(
        name="net_benefit_change",
        title=(
            f"Change in net benefit [95 % CI] by threshold ({sample_size(full.n, full.events)})"
        ),
        header=("Threshold", *(comparison.question for comparison in comparisons)),
        rows=tuple(rows),
        notes=(
            "In true positives per patient; a change above 0 favours the model with the index.",
            ("Apparent, not corrected for optimism, which favours the larger model; percentile "
            f"interval of {first.resamples:,} bootstrap resamples of the patients, with the "
            "predictions of both models held fixed: no model is refitted."),
            ("Not tested: there are many thresholds, and which of them are relevant is a clinical "
            "question to be answered in advance."),
            *imputed,
        ),
    )  # fmt: skip


def reclassification(analysis: Analysis) -> ReportTable | None:
    """Net reclassification, if the plan requests it."""
    full = analysis.added_value.models["full"]
    rows = [
        (
            comparison.question,
            n_events(full.n, full.events),
            with_interval(result.nri, result.nri_interval),
            fixed(result.nri_events),
            fixed(result.nri_non_events),
            with_interval(result.idi, result.idi_interval, 4),
        )
        for comparison in analysis.added_value.comparisons
        if (result := comparison.reclassification) is not None
    ]
    if not rows:
        return None
    return ReportTable(
        name="reclassification",
        title="Reclassification, as requested in the plan",
        header=("Comparison", "n (events)", "Category-free NRI [95 % CI]", "NRI of events",
                "NRI of non-events", "IDI [95 % CI]"),
        rows=tuple(rows),
        notes=(
            ("Net reclassification improves even with useless predictors (Hilden and Gerds 2014; "
             "Pepe 2015) and does not prove added value: see the test and the net benefit."),
        ),
    )  # fmt: skip
