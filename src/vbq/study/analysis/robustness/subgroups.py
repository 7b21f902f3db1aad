"""The index in parts of the cohort, with the test of interaction that must come before."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.regression.terms import Term
from vbq.study.analysis.association import Association
from vbq.study.analysis.estimates import TermTest
from vbq.study.analysis.robustness.refit import refit
from vbq.study.cohort.columns import coded

if TYPE_CHECKING:
    from vbq.stats.regression.terms import Design, Floats
    from vbq.study.analysis.imputed_tables import Tables
    from vbq.study.cohort.cohort import Cohort
    from vbq.study.plan.variable import Subgroup

__all__ = ["Part", "SubgroupAnalysis", "subgroups_of"]


@dataclass(frozen=True)
class Part:
    """The main model in one part of the cohort, without the predictor that made the part.

    Attributes:
        name: Of the part, such as ``age 65 or more``.
        n: Patients.
        events: Patients with the event.
        association: None where it cannot be fitted.
        reason: Why not, such as too few events for its parameters; empty where it can.
    """

    name: str
    n: int
    events: int
    association: Association | None
    reason: str


@dataclass(frozen=True)
class SubgroupAnalysis:
    """One way to part the cohort.

    Attributes:
        label: Of the variable.
        parts: In order.
        interaction: Whether the index's effect differs between the parts: of the main model where
            the plan declares a product of the two; None where it cannot be tested.
        reason: Why not; empty where it can.
    """

    label: str
    parts: tuple[Part, ...]
    interaction: TermTest | None
    reason: str


def subgroups_of(cohort: Cohort, main: Association, tables: Tables) -> tuple[SubgroupAnalysis, ...]:
    """Every subgroup that the plan declares.

    Args:
        cohort: The patients.
        main: The main model.
        tables: What it was fitted to.
    """
    index = cohort.plan.index
    if index is None:
        return ()
    return tuple(_one(cohort, main, tables, subgroup, index) for subgroup in cohort.plan.subgroups)


def _one(
    cohort: Cohort, main: Association, tables: Tables, subgroup: Subgroup, index: str
) -> SubgroupAnalysis:
    names, codes = _parts(cohort, tables, subgroup)
    by = _made_by(cohort, subgroup, index)
    rest = main.design.without(by)
    parts = []
    for k, name in enumerate(names):
        kept = tables.take(codes == k)
        parts.append(Part(name, kept.n, kept.events, *refit(rest, kept)))
    declared = _declared(main, by, index)
    tested = (declared, "") if declared else _interaction(rest, tables, names, codes, index)
    return SubgroupAnalysis(subgroup.label, tuple(parts), *tested)


def _declared(main: Association, by: list[str], index: str) -> TermTest | None:
    """The product of index and subgroup that the plan declares: no second test beside it."""
    pairs = (pair for pair in main.design.interactions if index in pair and {*by} & {*pair})
    return next((main.test(" × ".join(pair)) for pair in pairs), None)


def _made_by(cohort: Cohort, subgroup: Subgroup, index: str) -> list[str]:
    """Predictors that make the parts, under whatever name; never the index."""
    predictors = cohort.plan.predictors
    return [p.name for p in predictors if p.column == subgroup.column and p.name != index]


def _interaction(
    rest: Design, tables: Tables, names: tuple[str, ...], codes: Floats, index: str
) -> tuple[TermTest | None, str]:
    known = ~np.isnan(codes)
    kept = tables.take(known)
    term = Term(" part", "part", "", "categories", levels=names, reference=names[0])
    with_it = tuple({**t, term.name: codes[known]} for t in kept.tables)
    wider = replace(rest, terms=(*rest.terms, term),
                    interactions=(*rest.interactions, (index, term.name)))  # fmt: skip
    fitted, reason = refit(wider, replace(kept, tables=with_it))
    if fitted is None:
        return None, reason
    return fitted.test(f"{index} × {term.name}"), ""


def _parts(cohort: Cohort, tables: Tables, subgroup: Subgroup) -> tuple[tuple[str, ...], Floats]:
    """Names of the parts, and the part of every patient; NaN where it is not known.

    The observed values part the cohort: patients are not put into a part by imputation.
    """
    values = coded(subgroup, cohort.table[subgroup.name].iloc[tables.rows])
    if subgroup.type != "continuous":
        levels = tuple(str(level) for level in subgroup.levels or ())
        names = tuple(f"{subgroup.label}: {level}" for level in levels)
        return names, values
    cuts = subgroup.cuts or (float(np.nanmedian(values)),)
    unit = f" {subgroup.unit}" if subgroup.unit else ""
    edges = (
        f"below {cuts[0]:g}{unit}",
        *(f"{a:g} to below {b:g}{unit}" for a, b in itertools.pairwise(cuts)),
        f"{cuts[-1]:g}{unit} or more",
    )
    codes = np.searchsorted(cuts, values, side="right").astype(np.float64)
    names = tuple(f"{subgroup.label} {edge}" for edge in edges)
    return names, np.where(np.isnan(values), np.nan, codes)
