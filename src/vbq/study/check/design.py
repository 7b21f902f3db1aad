"""Whether the columns of the planned model can be told apart in these patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError
from vbq.finding import Finding
from vbq.stats.regression.binary_data import dependent_columns
from vbq.study.cohort.columns import coded
from vbq.study.design import design_of
from vbq.text import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.stats.regression.terms import Design, Floats
    from vbq.study.cohort.cohort import Cohort

__all__ = ["check_design"]


def check_design(cohort: Cohort) -> list[Finding]:
    """Columns that are constant or combine to one another, such as indicators of all categories.

    Looked for where all predictors are known, and confirmed where those concerned are: what only
    complete cases have, such as a level that nobody of them is at, does not stop a study that
    imputes.
    """
    try:
        design = design_of(cohort)
        names = list(design.names)
        matrix, _ = _known(cohort, design, names)
        while len(matrix) > len(names) + 1 and (found := _dependent(matrix, names)):
            concerned = design.restricted_to(_owners(design, found))
            here, n = _known(cohort, concerned, found)
            if confirmed := _dependent(here, found):
                return [_finding(confirmed, n)]
            matrix = np.delete(matrix, names.index(found[-1]), axis=1)
            names.remove(found[-1])
    except InputError as error:  # such as knots that coincide
        return [Finding(error.code, "refuse", f"{error.message} {error.remedy}")]
    return []


def _known(cohort: Cohort, design: Design, names: Sequence[str]) -> tuple[Floats, int]:
    """These columns of a design, shape (n, columns), of the n patients who have its predictors."""
    of = {
        term.name: coded(cohort.plan.predictor(term.name), cohort.table[term.name])
        for term in design.terms
    }
    known = ~np.isnan(list(of.values())).any(axis=0)
    n = int(known.sum())
    matrix = design.matrix({name: values[known] for name, values in of.items()})
    return matrix[:, [design.names.index(name) for name in names]], n


def _dependent(matrix: Floats, names: Sequence[str]) -> list[str]:
    """The first column that is a combination of those before it, after those; or a constant."""
    constant = np.flatnonzero(np.ptp(matrix, axis=0) == 0)
    if constant.size:
        return [names[constant[0]]]
    return [names[k] for k in dependent_columns(matrix)]


def _owners(design: Design, columns: Sequence[str]) -> list[str]:
    wanted = set(columns)
    single = [term.name for term in design.terms if wanted & set(term.columns)]
    pairs = [pair for pair in design.interactions if wanted & set(design.products(pair))]
    return [*single, *(name for pair in pairs for name in pair)]


def _finding(columns: list[str], n: int) -> Finding:
    *others, last = columns
    patients = number_of(n, "patient")
    if others:
        what = (
            f"{last} follows from {' and '.join(others)} without error ({patients}): a model "
            "cannot tell them apart. Leave one of them out."
        )
    else:
        what = f"{last} is the same in everybody ({patients}). Leave it out."
    return Finding("collinear_columns", "refuse", what, {"column": last})
