"""Predictors of new patients as a model takes them; and why it cannot, patient by patient."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError
from vbq.risk.model import ObservedTerm, RiskModel
from vbq.stats.checks import Floats
from vbq.stats.regression.terms import Completed
from vbq.tables.categories import same_meaning, text_cells
from vbq.tables.cells import canonical, present
from vbq.tables.numbers import parse_numbers
from vbq.tables.raw_table import nearest, raise_refusal
from vbq.text import number_of

if TYPE_CHECKING:
    import pandas as pd

SPARSE_LEVEL = 10  # patients; with fewer at a level, a caution says so
# factors by which a slip of the unit or of the decimal point changes a value
SLIPS = (0.1, 10.0, 0.01, 100.0, 0.001, 1000.0)


@dataclass(frozen=True, eq=False)
class Entries:
    """Predictors of n patients, as a model takes them.

    Attributes:
        values: By predictor, shape (n,); NaN where the entry cannot be used.
        missing: Shape (n,), whether a predictor is missing.
        unknown: Shape (n,), whether a predictor is at a level that the model does not know.
        outside: Shape (n,), whether a predictor is outside the range of the model's cohort.
        refused: Shape (n,), why no risk is predicted for the patient; empty if one is.
        cautions: Shape (n,), cautions about the risk; empty if there are none.
    """

    values: Completed
    missing: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    refused: NDArray[np.object_]
    cautions: NDArray[np.object_]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Whether a risk can be predicted for each patient, shape (n,)."""
        return ~(self.missing | self.unknown | self.outside)


def read_entries(
    model: RiskModel, columns: pd.DataFrame, *, grouping_signs: Collection[str], source: str
) -> Entries:
    """Read the predictors of a model from a table.

    Args:
        model: The model.
        columns: Text or float64, shape (n, …); named as the predictors of the model, or as their
            columns in the study. The index is the row of the spreadsheet.
        grouping_signs: As in `RawTable`.
        source: What messages call the table.

    Raises:
        InputError: a predictor has no column, or cells that should be numbers are not.
    """
    names = {predictor.name: _column(predictor, columns) for predictor in model.predictors}
    absent = [predictor for predictor in model.predictors if names[predictor.name] is None]
    if absent:
        described = ", ".join(predictor.described for predictor in absent)
        near = nearest(absent[0].name, [str(name) for name in columns.columns])
        raise InputError(
            f"{source} has no column for {described}: {near}",
            remedy="Name each column as the model names its predictor.",
            code="missing_predictor",
        )
    n = len(columns)
    values: dict[str, Floats] = {}
    entries = Entries(
        values=values,
        missing=np.zeros(n, bool),
        unknown=np.zeros(n, bool),
        outside=np.zeros(n, bool),
        refused=np.full(n, "", object),
        cautions=np.full(n, "", object),
    )
    for predictor in model.predictors:
        name = names[predictor.name]
        cells = columns[name]
        if predictor.kind == "categories":
            values[predictor.name] = _levels(predictor, cells, entries)
            continue
        parsed = parse_numbers(cells, str(name), grouping_signs=grouping_signs)
        raise_refusal(source, parsed.findings)
        values[predictor.name] = _numbers(predictor, parsed.typed.to_numpy(np.float64), entries)
    return entries


def _column(predictor: ObservedTerm, columns: pd.DataFrame) -> str | None:
    names = (predictor.name, predictor.column)
    return next((name for name in names if name in columns.columns), None)


def _note(
    texts: NDArray[np.object_], mask: NDArray[np.bool_], message: Callable[[int], str]
) -> None:
    """Append a message to the texts of the patients in a mask."""
    for row in np.flatnonzero(mask).tolist():
        texts[row] = f"{texts[row]}; {message(row)}" if texts[row] else message(row)


def _numbers(predictor: ObservedTerm, values: Floats, entries: Entries) -> Floats:
    """Values of a continuous predictor, NaN outside its range; notes what cannot be used."""
    assert predictor.observed is not None  # validated
    label, unit = predictor.label, f" {predictor.unit}" if predictor.unit else ""
    low, high = predictor.observed.range
    first, last = predictor.observed.percentiles

    def out_of_range(row: int) -> str:
        value = float(values[row])
        text = f"{label} {value:g}{unit} is outside the cohort's range, {low:g} to {high:g}{unit}"
        corrected = [value * slip for slip in SLIPS if value and first <= value * slip <= last]
        if corrected:
            text += f" ({corrected[0]:g} would fit: check the unit and the decimal point)"
        return text

    missing, outside = np.isnan(values), (values < low) | (values > high)
    entries.missing[missing] = True
    _note(entries.refused, missing, lambda _: f"{label} is missing")
    entries.outside[outside] = True
    _note(entries.refused, outside, out_of_range)
    _note(
        entries.cautions,
        ~outside & ((values < first) | (values > last)),
        lambda row: (
            f"{label} {values[row]:g}{unit} is beyond the cohort's 1st to 99th percentile, "
            f"{first:.4g} to {last:.4g}{unit}"
        ),
    )
    return np.where(outside, np.nan, values)


def _levels(predictor: ObservedTerm, cells: pd.Series[Any], entries: Entries) -> Floats:
    """Codes of a categorical predictor, NaN for an unknown level; notes what cannot be used."""
    label, levels = predictor.label, ", ".join(predictor.levels)
    texts = text_cells(cells).str.strip()
    filled = present(text_cells(cells))
    codes = {entry: _code(predictor, entry) for entry in filled.unique()}
    known = {entry: float(code) for entry, code in codes.items() if code is not None}
    values: Floats = texts.map(known).to_numpy(np.float64)
    missing = ~cells.index.isin(filled.index)
    unknown = np.isnan(values) & ~missing

    def sparse_level(row: int) -> str:
        count = predictor.counts[int(values[row])]
        patients = number_of(count.n, "patient")
        return f"only {patients} of the cohort had {label} “{count.level}”"

    entries.missing[missing] = True
    _note(entries.refused, missing, lambda _: f"{label} is missing")
    entries.unknown[unknown] = True
    _note(
        entries.refused,
        unknown,
        lambda row: f"{label} “{texts.iloc[row][:30]}” is not one of its levels ({levels})",
    )
    sparse = [i for i, count in enumerate(predictor.counts) if count.n < SPARSE_LEVEL]
    _note(entries.cautions, np.isin(values, sparse), sparse_level)
    return values


def _code(predictor: ObservedTerm, entry: str) -> int | None:
    """Code of the level that a cell means; 1, yes and true mean one only if there are two."""
    codes = [i for i, level in enumerate(predictor.levels) if canonical(level) == canonical(entry)]
    if not codes and len(predictor.levels) == 2:
        codes = [i for i, level in enumerate(predictor.levels) if same_meaning(entry, level)]
    return codes[0] if len(codes) == 1 else None
