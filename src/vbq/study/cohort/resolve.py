"""The cells of a variable become typed values, and the variable one with a known type."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from vbq.finding import Finding
from vbq.study.plan.limits import limits_of
from vbq.study.plan.variable import Predictor, Subgroup, Variable, VariableType
from vbq.tables.categories import parse_binary, parse_categories, text_cells
from vbq.tables.cells import Parsed, canonical, present
from vbq.tables.numbers import looks_numeric, parse_numbers

if TYPE_CHECKING:
    import pandas as pd

MAX_TEXT_CATEGORIES = 10  # text with more distinct entries is categorical only where declared
AnyVariable = TypeVar("AnyVariable", bound=Variable)


def resolve(
    variable: AnyVariable, cells: pd.Series[Any], *, grouping_signs: Collection[str]
) -> tuple[AnyVariable, pd.Series[Any], list[Finding]]:
    """Read the cells of a variable as the type it declares or, without one, as they look.

    Returns:
        The variable with its type and levels; its values as the table of a `Cohort` holds them; the
        findings. With a ``refuse`` among them the values are meaningless.
    """
    import pandas as pd

    kind = variable.type or guess_type(variable, cells)
    if kind is None:
        entries = text_cells(cells).nunique()
        message = (
            f"{variable.column} is text with {entries:,} distinct entries. Leave it out, or state "
            "its type: in the plan."
        )
        return variable, cells, [Finding("text", "refuse", message, {"column": variable.column})]
    parsed = _parse(variable, kind, cells, grouping_signs)
    values = parsed.typed
    changes: dict[str, Any] = {"type": kind}
    if kind != "continuous":
        changes["levels"] = parsed.levels or variable.levels
        if parsed.levels:
            ordered = kind == "ordered"
            changes["reference"] = _reference(variable, parsed.levels)
            if kind != "binary":
                values = pd.Series(
                    pd.Categorical(values, categories=list(parsed.levels), ordered=ordered),
                    index=values.index,
                )
    return variable.model_copy(update=changes), values, list(parsed.findings)


def guess_type(variable: Variable, cells: pd.Series[Any]) -> VariableType | None:
    """The type that a column appears to have; None for text with many distinct entries."""
    if variable.levels:
        return "binary" if len(variable.levels) == 2 else "categorical"
    transformed = isinstance(variable, Predictor) and (
        variable.transformation != "linear" or variable.per != 1
    )
    divided = isinstance(variable, Subgroup) and bool(variable.cuts)
    measured = limits_of(variable) is not None  # such as age: even where a cell holds text
    if variable.range or transformed or divided or measured:
        return "continuous"
    if looks_numeric(cells):
        numbers = cells.dropna().unique() if cells.dtype == float else present(cells).unique()
        return "binary" if len(numbers) == 2 else "continuous"
    entries = present(text_cells(cells)).unique()[: 4 * MAX_TEXT_CATEGORIES]
    categories = {canonical(entry) for entry in entries}
    if len(categories) <= 2:
        return "binary"
    return "categorical" if len(categories) <= MAX_TEXT_CATEGORIES else None


def _parse(
    variable: Variable, kind: VariableType, cells: pd.Series[Any], grouping_signs: Collection[str]
) -> Parsed:
    column = variable.column
    if kind == "continuous":
        return parse_numbers(cells, column, grouping_signs=grouping_signs)
    if kind == "binary":
        coded_0, coded_1 = _binary_codes(variable.levels, variable.reference)
        return parse_binary(cells, column, coded_1=coded_1, coded_0=coded_0)
    return parse_categories(
        cells,
        column,
        levels=variable.levels,
        reference=variable.reference,
        ordered=kind == "ordered",
    )


def _binary_codes(levels: Sequence[object] | None, reference: object) -> tuple[object, object]:
    """The entries coded 0 and 1, None where not declared; the reference is 0."""
    if levels is None or len(levels) != 2:
        return reference, None
    first, second = levels
    if reference is not None and canonical(reference) == canonical(second):
        return second, first
    return first, second


def _reference(variable: Variable, levels: tuple[str, ...]) -> str:
    declared = None if variable.reference is None else canonical(variable.reference)
    return next((level for level in levels if canonical(level) == declared), levels[0])
