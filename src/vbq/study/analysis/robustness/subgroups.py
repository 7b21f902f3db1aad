"""Subgroup analyses: the index in parts of the cohort, with the test of interaction."""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from vbq.stats.checks import Floats
from vbq.stats.regression.terms import Design, Term
from vbq.study.analysis.association import Association
from vbq.study.analysis.estimates import TermTest
from vbq.study.analysis.imputed_tables import Tables
from vbq.study.analysis.robustness.refit import refit
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.columns import coded
from vbq.study.plan.variable import Subgroup


@dataclass(frozen=True)
class SubgroupPart:
    """The main model in one subgroup, without the predictor that defines the subgroup.

    Attributes:
        name: Name of the subgroup, such as ``age 65 or more``.
        n: Number of patients.
        events: Patients with the event.
        association: The model; None where it cannot be fitted.
        reason: Why it cannot be fitted, such as too few events; empty where it can.
    """

    name: str
    n: int
    events: int
    association: Association | None
    reason: str


@dataclass(frozen=True)
class SubgroupAnalysis:
    """The effect of the index in the subgroups that one variable defines.

    Attributes:
        label: Label of the variable.
        parts: The subgroups, in order.
        interaction: Test whether the effect of the index differs between the subgroups; that of the
            main model where the plan declares this interaction. None where it cannot be tested.
        reason: Why it cannot be tested; empty where it can.
    """

    label: str
    parts: tuple[SubgroupPart, ...]
    interaction: TermTest | None
    reason: str


def subgroups_of(cohort: Cohort, main: Association, tables: Tables) -> tuple[SubgroupAnalysis, ...]:
    """Every subgroup analysis that the plan declares; none without an index.

    Args:
        cohort: The patients.
        main: The main model.
        tables: Tables to which it was fitted.
    """
    index = cohort.plan.index
    if index is None:
        return ()
    return tuple(
        _analysis(cohort, main, tables, subgroup, index) for subgroup in cohort.plan.subgroups
    )


def _analysis(
    cohort: Cohort, main: Association, tables: Tables, subgroup: Subgroup, index: str
) -> SubgroupAnalysis:
    names, codes = _membership(cohort, tables, subgroup)
    defining = _defining_predictors(cohort, subgroup, index)
    design = main.design.without(defining)
    parts = []
    for code, name in enumerate(names):
        patients = tables.take(codes == code)
        parts.append(SubgroupPart(name, patients.n, patients.events, *refit(design, patients)))
    test, reason = _declared_interaction(main, defining, index), ""
    if test is None:
        test, reason = _interaction(design, tables, names, codes, index)
    return SubgroupAnalysis(subgroup.label, tuple(parts), test, reason)


def _defining_predictors(cohort: Cohort, subgroup: Subgroup, index: str) -> list[str]:
    """Predictors from the column that defines the subgroups, by any name; never the index."""
    return [
        predictor.name
        for predictor in cohort.plan.predictors
        if predictor.column == subgroup.column and predictor.name != index
    ]


def _declared_interaction(main: Association, defining: list[str], index: str) -> TermTest | None:
    """The test of the interaction of index and subgroup, where the plan declares it."""
    for pair in main.design.interactions:
        if index in pair and {*defining} & {*pair}:
            return main.test(" × ".join(pair))
    return None


def _interaction(
    design: Design, tables: Tables, names: tuple[str, ...], codes: Floats, index: str
) -> tuple[TermTest | None, str]:
    """Test of the interaction of index and subgroup, added to the model.

    Returns:
        The test, None where the model cannot be fitted; the reason, empty where it can.
    """
    known = ~np.isnan(codes)
    patients = tables.take(known)
    term = Term(" part", "part", "", "categories", levels=names, reference=names[0])
    extended = tuple({**table, term.name: codes[known]} for table in patients.tables)
    with_interaction = replace(
        design,
        terms=(*design.terms, term),
        interactions=(*design.interactions, (index, term.name)),
    )
    model, reason = refit(with_interaction, replace(patients, tables=extended))
    return (None if model is None else model.test(f"{index} × {term.name}")), reason


def _membership(
    cohort: Cohort, tables: Tables, subgroup: Subgroup
) -> tuple[tuple[str, ...], Floats]:
    """The subgroups, and which of them each patient is in.

    Observed values alone define subgroups: imputation assigns no patient to one.

    Returns:
        Names of the subgroups; positions among them, shape (n,), NaN where unknown.
    """
    values = coded(subgroup, cohort.table[subgroup.name].iloc[tables.rows])
    if subgroup.type != "continuous":
        levels = subgroup.levels or ()
        return tuple(f"{subgroup.label}: {level}" for level in levels), values
    cuts = subgroup.cuts or (float(np.nanmedian(values)),)
    unit = f" {subgroup.unit}" if subgroup.unit else ""
    ranges = (
        f"below {cuts[0]:g}{unit}",
        *(f"{low:g} to below {high:g}{unit}" for low, high in itertools.pairwise(cuts)),
        f"{cuts[-1]:g}{unit} or more",
    )
    codes = np.searchsorted(cuts, values, side="right").astype(np.float64)
    names = tuple(f"{subgroup.label} {text}" for text in ranges)
    return names, np.where(np.isnan(values), np.nan, codes)
