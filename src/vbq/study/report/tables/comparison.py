"""The index against and on top of its comparators, and on top of everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.study.report.report_table import ReportTable
from vbq.study.report.words import NONE, fixed, interval, n_events, p_value, with_interval

if TYPE_CHECKING:
    from vbq.study.analysis.added_value import Comparison
    from vbq.study.analysis.document import Analysis

__all__ = ["added_value", "reclassified"]


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
                "p (DeLong, paired)", "corrected", "apparent", "corrected"),
        rows=tuple(
            (
                one.question,
                n_events(full.n, full.events),
                *_test(one),
                with_interval(one.auc.difference, one.auc.interval),
                p_value(one.auc.p),
                fixed(one.corrected_auc),
                fixed(one.brier, 4),
                fixed(one.corrected_brier, 4),
            )
            for one in value.comparisons
        ),
        notes=(
            ("All in the same patients. AUC: above 0 the model with the index is better; Brier "
            "score: below 0 it is."),
            ("Two p-values, one below and one above 0.05, are no evidence of a difference; the "
            "difference itself is what is tested here."),
            *cautions,
        ),
    )  # fmt: skip


def _test(one: Comparison) -> tuple[str, str]:
    if one.test is None:
        return NONE, "none: the models are not nested"
    name = "F" if "pooled" in one.test.method else "χ²"
    words = f"{one.test.method}, {name} {fixed(one.test.statistic, 2)}, df {one.test.df}"
    return p_value(one.test.p), words


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
