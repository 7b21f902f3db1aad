"""Whether the effects of the planned model's columns can be separated in these patients."""

from collections.abc import Sequence

import numpy as np

from vbq.errors import InputError
from vbq.finding import Finding
from vbq.stats.checks import Floats
from vbq.stats.regression.binary_data import dependent_columns
from vbq.stats.regression.terms import Design
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.columns import coded
from vbq.study.design import design_of
from vbq.text import listed, number_of


def check_design(cohort: Cohort) -> list[Finding]:
    """Columns that are constant or determined by others, such as indicators of all categories.

    Searched for in the patients with all predictors known, and confirmed in those with the
    predictors concerned known: what is true of complete cases only, such as a category without any
    of them, does not stop a study that imputes.
    """
    try:
        design = design_of(cohort)
        names = list(design.names)
        matrix, _ = _known_rows(cohort, design, names)
        while len(matrix) > len(names) + 1 and (columns := _dependent(matrix, names)):
            concerned = design.restricted_to(_predictors_of(design, columns))
            concerned_matrix, n = _known_rows(cohort, concerned, columns)
            if confirmed := _dependent(concerned_matrix, columns):
                return [_finding(confirmed, n)]
            matrix = np.delete(matrix, names.index(columns[-1]), axis=1)
            names.remove(columns[-1])
    except InputError as error:  # such as knots that coincide
        return [Finding(error.code, "refuse", f"{error.message} {error.remedy}")]
    return []


def _known_rows(cohort: Cohort, design: Design, names: Sequence[str]) -> tuple[Floats, int]:
    """Columns of a design in the patients with all its predictors known.

    Returns:
        The columns, shape (n, columns); n.
    """
    values = {
        term.name: coded(cohort.plan.predictor(term.name), cohort.table[term.name])
        for term in design.terms
    }
    known = ~np.isnan(list(values.values())).any(axis=0)
    matrix = design.matrix({name: column[known] for name, column in values.items()})
    return matrix[:, [design.names.index(name) for name in names]], int(known.sum())


def _dependent(matrix: Floats, names: Sequence[str]) -> list[str]:
    """The first constant column; or the first that depends linearly on others, those before it."""
    constant = np.flatnonzero(np.ptp(matrix, axis=0) == 0)
    if constant.size:
        return [names[constant[0]]]
    return [names[k] for k in dependent_columns(matrix)]


def _predictors_of(design: Design, columns: Sequence[str]) -> list[str]:
    """Names of the predictors that columns are made of."""
    names = set(columns)
    single = [term.name for term in design.terms if names & set(term.columns)]
    pairs = [pair for pair in design.interactions if names & set(design.products(pair))]
    return [*single, *(name for pair in pairs for name in pair)]


def _finding(columns: list[str], n: int) -> Finding:
    *determining, dependent = columns
    patients = number_of(n, "patient")
    if determining:
        message = (
            f"{dependent} is fully determined by {listed(determining)} ({patients}): a model "
            "cannot separate their effects. Leave one of them out."
        )
    else:
        message = f"{dependent} is the same in all patients ({patients}). Leave it out."
    return Finding("collinear_columns", "refuse", message, {"column": dependent})
