"""The index against and on top of its comparators, and on top of everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables.performance import THRESHOLDS
from vbq.text import (
    NO_VALUE,
    fixed,
    interval,
    n_events,
    p_value,
    percent,
    with_interval,
)

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.performance.added_value import Comparison

__all__ = ["added_value", "net_benefit_change", "reclassified"]


def added_value(analysis: Analysis) -> ReportTable | None:
    """Every comparison of two models; None where the plan has none."""
    value = analysis.added_value
    if not value.comparisons:
        return None
    full = value.models["full"]
    cautions = dict.fromkeys(c for one in value.comparisons for c in one.cautions)
    return ReportTable(
        name="added_value",
        title="What the index adds, and how it compares",
        groups=(("", 2), ("Test of the addition", 2), ("Difference in AUC", 3),
                ("Difference in Brier score", 2)),
        header=("Comparison", "n (events)", "p", "Test", "apparent [95 % CI]",
                "p (DeLong, paired)", "corrected", "apparent [95 % CI]", "corrected"),
        rows=tuple(
            (
                one.question,
                n_events(full.n, full.events),
                *_test(one),
                with_interval(one.auc.difference, one.auc.interval),
                p_value(one.auc.p),
                fixed(one.corrected_auc),
                with_interval(one.brier, one.brier_interval, 4),
                fixed(one.corrected_brier, 4),
            )
            for one in value.comparisons
        ),
        notes=(
            ("All in the same patients. AUC: above 0 the model with the index is better; Brier "
            "score: below 0 it is. Test of the addition: of all terms of the index together, "
            "products and spline terms included. Interval of the Brier score: normal, of the "
            "patients' paired differences."),
            ("Two p-values, one below and one above 0.05, are no evidence of a difference; the "
            "difference itself is what is tested here."),
            *cautions,
        ),
    )  # fmt: skip


def _test(one: Comparison) -> tuple[str, str]:
    if one.test is None:
        return NO_VALUE, "none: the models are not nested"
    name = "F" if "pooled" in one.test.method else "χ²"
    words = f"{one.test.method}, {name} {fixed(one.test.statistic, 2)}, df {one.test.df}"
    return p_value(one.test.p), words


def net_benefit_change(analysis: Analysis) -> ReportTable | None:
    """Every comparison at the thresholds of the table of net benefit; None without comparisons."""
    comparisons = analysis.added_value.comparisons
    if not comparisons:
        return None
    full, first = analysis.added_value.models["full"], comparisons[0].net_benefit
    rows = []
    for threshold in THRESHOLDS:
        for k in np.flatnonzero(np.isclose(first.thresholds, threshold)):
            changes = (
                with_interval(float(d.difference[k]), (float(d.lower[k]), float(d.upper[k])))
                for d in (one.net_benefit for one in comparisons)
            )
            rows.append((percent(threshold, 0), *changes))
    return ReportTable(
        name="net_benefit_change",
        title=f"Change in net benefit [95 % CI] by threshold (n = {full.n:,}, {full.events:,} "
        "events)",
        header=("Threshold", *(one.question for one in comparisons)),
        rows=tuple(rows),
        notes=(
            ("In true positives per patient; above 0 the model with the index is better."),
            (f"Apparent, not corrected for optimism, which favours the larger model; percentile "
            f"interval of {first.resamples:,} bootstrap resamples of the patients, each with both "
            "predictions, which are taken as given: no model is fitted anew."),
            ("Not tested: the thresholds are many, and which of them make sense is a clinical "
            "question to be settled beforehand."),
            *(("Means over the imputed tables; the interval does not know of the imputation.",)
              if analysis.multivariable.imputations > 1 else ()),
        ),
    )  # fmt: skip


def reclassified(analysis: Analysis) -> ReportTable | None:
    """Net reclassification, where the plan asks for it."""
    full = analysis.added_value.models["full"]
    rows = [
        (
            one.question,
            n_events(full.n, full.events),
            with_interval(found.nri, found.nri_interval),
            fixed(found.nri_events),
            fixed(found.nri_non_events),
            f"{fixed(found.idi, 4)} {interval(found.idi_interval, 4)}",
        )
        for one in analysis.added_value.comparisons
        if (found := one.reclassification) is not None
    ]
    if not rows:
        return None
    return ReportTable(
        name="reclassification",
        title="Reclassification, as the plan asks",
        header=("Comparison", "n (events)", "Category-free NRI [95 % CI]", "of events",
                "of non-events", "IDI [95 % CI]"),
        rows=tuple(rows),
        notes=(
            ("Net reclassification rises with useless predictors (Hilden and Gerds 2014; Pepe "
             "2015) and is no proof of added value: look at the test and at net benefit."),
        ),
    )  # fmt: skip
