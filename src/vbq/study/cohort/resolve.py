"""A variable of the plan and its cells: typed values, and a variable whose type is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from vbq.finding import Finding
from vbq.study.plan.limits import limits_of
from vbq.study.plan.variable import Predictor, Subgroup, Variable, VariableType
from vbq.tables.categories import parse_binary, parse_categories, text_cells
from vbq.tables.cells import canonical, present
from vbq.tables.numbers import looks_numeric, parse_numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from vbq.tables.cells import Parsed

__all__ = ["guess_type", "resolve"]

FEW = 10  # text with more different entries is not taken for categories unless declared
AnyVariable = TypeVar("AnyVariable", bound=Variable)


def resolve(
    variable: AnyVariable, cells: pd.Series[Any], *, grouping_signs: Collection[str]
) -> tuple[AnyVariable, pd.Series[Any], list[Finding]]:
    """Type the cells of a variable as it declares, or as they look.

    Returns:
        The variable with its type and levels; its values as a `Cohort`'s table holds them; what
        was found. With a ``refuse`` among the findings the values mean nothing.
    """
    import pandas as pd

    kind = variable.type or guess_type(variable, cells)
    if kind is None:
        entries = text_cells(cells).nunique()
        message = (
            f"{variable.column} holds {entries:,} different texts. Leave it out, or state its "
            "type: in the plan."
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
    """What a column looks like; None for text with many different entries."""
    if variable.levels:
        return "binary" if len(variable.levels) == 2 else "categorical"
    bent = isinstance(variable, Predictor) and (
        variable.transformation != "linear" or variable.per != 1
    )
    known = limits_of(variable) is not None  # such as age: also where a cell holds text
    if variable.range or bent or known or (isinstance(variable, Subgroup) and variable.cuts):
        return "continuous"
    if looks_numeric(cells):
        few = cells.dropna().unique() if cells.dtype == float else present(cells).unique()
        return "binary" if len(few) == 2 else "continuous"
    entries = {canonical(entry) for entry in present(text_cells(cells)).unique()[: 4 * FEW]}
    if len(entries) <= 2:
        return "binary"
    return "categorical" if len(entries) <= FEW else None


def _parse(
    variable: Variable, kind: VariableType, cells: pd.Series[Any], grouping_signs: Collection[str]
) -> Parsed:
    column = variable.column
    if kind == "continuous":
        return parse_numbers(cells, column, grouping_signs=grouping_signs)
    if kind == "binary":
        one, zero = _both(variable.levels, variable.reference)
        return parse_binary(cells, column, coded_1=one, coded_0=zero)
    return parse_categories(
        cells,
        column,
        levels=variable.levels,
        reference=variable.reference,
        ordered=kind == "ordered",
    )


def _both(levels: Sequence[object] | None, reference: object) -> tuple[object, object]:
    """What is 1 and what is 0 of two levels; the reference is 0."""
    if levels is None or len(levels) != 2:
        return None, reference
    zero, one = levels
    if reference is not None and canonical(reference) == canonical(one):
        zero, one = one, zero
    return one, zero


def _reference(variable: Variable, levels: tuple[str, ...]) -> str:
    wanted = None if variable.reference is None else canonical(variable.reference)
    return next((level for level in levels if canonical(level) == wanted), levels[0])
