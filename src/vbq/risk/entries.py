"""The predictors of new patients, as a model takes them; and why it cannot, patient by patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq.errors import InputError
from vbq.tables.categories import same_meaning, text_cells
from vbq.tables.cells import canonical, present
from vbq.tables.numbers import parse_numbers
from vbq.tables.raw_table import nearest

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vbq.risk.model import RiskModel, RiskPredictor
    from vbq.stats.regression.terms import Completed, Floats

__all__ = ["Entries", "read_entries"]

FEW = 10  # patients with a level, below which its risk rests on hardly anybody
SLIPS = (0.1, 10.0, 0.01, 100.0, 0.001, 1000.0)  # of a unit or a decimal point


@dataclass(frozen=True, eq=False)
class Entries:
    """Patients, as a model takes them.

    Attributes:
        values: Shape (n,) for each predictor; NaN where it cannot be used.
        missing: Shape (n,), whether a predictor is missing.
        unknown: Shape (n,), whether one is at a level that the model does not know.
        outside: Shape (n,), whether one is outside the range of the model's cohort.
        refused: Shape (n,), why there is no risk; empty where there is one.
        cautions: Shape (n,), what to bear in mind; empty for nothing.
    """

    values: Completed
    missing: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    refused: NDArray[np.object_]
    cautions: NDArray[np.object_]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Shape (n,), who gets a risk."""
        return ~(self.missing | self.unknown | self.outside)


def read_entries(
    model: RiskModel, columns: pd.DataFrame, *, comma_is_decimal: bool, source: str
) -> Entries:
    """Take the predictors of a model out of a table.

    Args:
        model: Whose predictors.
        columns: Text or float64; named as the model's predictors, or as their columns in the
            study; the index is the row of the spreadsheet.
        comma_is_decimal: As in `RawTable`.
        source: What the table is called, for messages.

    Raises:
        InputError: predictors have no column, or cells that should be numbers are not.
    """
    found = {one.name: _column(one, columns) for one in model.predictors}
    absent = [one for one in model.predictors if found[one.name] is None]
    if absent:
        named = ", ".join(one.described for one in absent)
        near = nearest(absent[0].name, [str(name) for name in columns.columns])
        raise InputError(
            f"{source} has no column for {named}: {near}",
            remedy="Call each column as its predictor is called in the model.",
            code="missing_predictor",
        )
    into = _Collected(len(columns))
    values = {}
    for one in model.predictors:
        cells = columns[found[one.name]]
        if one.transformation == "categories":
            values[one.name] = _levels(one, cells, into)
        else:
            parsed = parse_numbers(cells, str(found[one.name]), comma_is_decimal=comma_is_decimal)
            stops = [finding for finding in parsed.findings if finding.severity == "refuse"]
            if stops:
                raise InputError(f"{source}: {stops[0].message}", code=stops[0].code)
            values[one.name] = _numbers(one, parsed.typed.to_numpy(np.float64), into)
    return Entries(values, into.missing, into.unknown, into.outside, into.refused, into.cautions)


class _Collected:
    """What is said of each patient, gathered predictor by predictor."""

    def __init__(self, n: int) -> None:
        self.missing, self.unknown, self.outside = (np.zeros(n, bool) for _ in range(3))
        self.refused, self.cautions = (np.full(n, "", object) for _ in range(2))

    def say(self, what: NDArray[np.object_], row: int, text: str) -> None:
        what[row] = f"{what[row]}; {text}" if what[row] else text


def _column(predictor: RiskPredictor, columns: pd.DataFrame) -> str | None:
    names = (predictor.name, predictor.column)
    return next((name for name in names if name in columns.columns), None)


def _numbers(one: RiskPredictor, values: Floats, into: _Collected) -> Floats:
    assert one.observed is not None  # validated
    unit = f" {one.unit}" if one.unit else ""
    low, high = one.observed.range
    first, last = one.observed.percentiles
    empty = np.isnan(values)
    into.missing |= empty
    for row in _where(empty):
        into.say(into.refused, row, f"{one.label} is missing")
    outside = (values < low) | (values > high)
    into.outside |= outside
    for row in _where(outside):
        value = float(values[row])
        text = f"{one.label} {value:g}{unit} is outside {low:g} to {high:g}{unit} of the cohort"
        fits = next((v for v in (value * slip for slip in SLIPS) if first <= v <= last), None)
        if fits is not None and fits:
            text += f" ({fits:g} would fit: check the unit and the decimal point)"
        into.say(into.refused, row, text)
    for row in _where(~outside & ((values < first) | (values > last))):
        text = f"{one.label} {values[row]:g}{unit} is among the outermost 1 % of the cohort"
        into.say(into.cautions, row, text)
    return np.where(outside, np.nan, values)


def _levels(one: RiskPredictor, cells: pd.Series[Any], into: _Collected) -> Floats:
    there = present(text_cells(cells))
    codes = {entry: _code(one, entry) for entry in there.unique()}
    known = {entry: float(code) for entry, code in codes.items() if code is not None}
    values: Floats = text_cells(cells).str.strip().map(known).to_numpy(np.float64)
    empty = ~cells.index.isin(there.index)
    into.missing |= empty
    into.unknown |= np.isnan(values) & ~empty
    for row in _where(empty):
        into.say(into.refused, row, f"{one.label} is missing")
    for row in _where(np.isnan(values) & ~empty):
        entry, levels = str(there.loc[cells.index[row]])[:30], ", ".join(one.levels)
        into.say(into.refused, row, f"{one.label} “{entry}” is none of its levels ({levels})")
    for code, count in enumerate(one.counts):
        if count.n < FEW:
            for row in _where(values == code):
                text = f"only {count.n} of the cohort had {one.label} “{count.level}”"
                into.say(into.cautions, row, text)
    return values


def _code(one: RiskPredictor, entry: str) -> int | None:
    """Place of the level that a cell means; 1, yes and true are one only where there are two."""
    same = [i for i, level in enumerate(one.levels) if canonical(level) == canonical(entry)]
    if not same and len(one.levels) == 2:
        same = [i for i, level in enumerate(one.levels) if same_meaning(entry, level)]
    return same[0] if len(same) == 1 else None


def _where(condition: NDArray[np.bool_]) -> list[int]:
    found: list[int] = np.flatnonzero(condition).tolist()
    return found
