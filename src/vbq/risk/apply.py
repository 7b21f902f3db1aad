"""The risk of new patients, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from vbq.errors import InputError, RefusalError, UsageError
from vbq.risk.entries import Entries, read_entries
from vbq.stats.checks import NORMAL_95
from vbq.tables.raw_table import nearest
from vbq.tables.read_table import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vbq.risk.model import RiskModel, RiskPredictor
    from vbq.stats.checks import Interval
    from vbq.stats.regression.terms import Floats

__all__ = [
    "PatientRisk",
    "Risks",
    "TableRisks",
    "how_to_set",
    "patient_risk",
    "risks_of",
    "table_risks",
]


@dataclass(frozen=True, eq=False)
class Risks:
    """Risks of n patients; NaN throughout for one who gets none.

    Attributes:
        log_odds: Shape (n,).
        standard_error: Shape (n,), of the log odds.
        risk: Shape (n,), 0..1.
        lower: Shape (n,), lower limit of the 95 % interval, symmetric on the log odds.
        upper: Shape (n,), upper limit.
    """

    log_odds: Floats
    standard_error: Floats
    risk: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class PatientRisk:
    """Risk of one patient.

    Attributes:
        risk: 0..1.
        interval: 95 % confidence interval of the mean risk of such patients.
        cautions: What to bear in mind; empty for nothing.
    """

    risk: float
    interval: Interval
    cautions: str


@dataclass(frozen=True, eq=False)
class TableRisks:
    """Risks of the patients of a table.

    Attributes:
        rows: Shape (n,), rows of the spreadsheet: the header is row 1.
        ids: Of the column asked for; None without.
        risks: Of each.
        entries: What they were made from, and why some have none.
    """

    rows: tuple[int, ...]
    ids: tuple[str, ...] | None
    risks: Risks
    entries: Entries


def risks_of(model: RiskModel, entries: Entries) -> Risks:
    """Apply a model.

    The interval is that of the delta method: the variance of the log odds is xᵀ V x, with V the
    model's covariance. It says how uncertain the model is, not what else differs between patients.

    Raises:
        RefusalError: the model's numbers overflow.
    """
    rows = np.flatnonzero(entries.usable)
    log_odds, error = (np.full(entries.missing.size, np.nan) for _ in range(2))
    if rows.size:
        with np.errstate(over="ignore", invalid="ignore"):
            design = model.design.matrix({name: v[rows] for name, v in entries.values.items()})
            x = np.column_stack([np.ones(rows.size), design])
            # rounded, so that equal patients are equal on any machine, and tie
            log_odds[rows] = np.round(x @ np.array(model.all_coefficients), 12)
            variance = np.einsum("ij,jk,ik->i", x, np.array(model.covariance), x)
            error[rows] = np.sqrt(np.maximum(variance, 0))
        if not (np.isfinite(log_odds[rows]) & np.isfinite(error[rows])).all():
            raise RefusalError(
                "The model's numbers are so large that it gives no risk.",
                remedy="Check where the file of the model comes from.",
                code="no_finite_risk",
            )
    half = NORMAL_95 * error
    return Risks(log_odds, error, expit(log_odds), expit(log_odds - half), expit(log_odds + half))


def how_to_set(one: RiskPredictor) -> str:
    """``--set bmi=NUMBER`` or ``--set sex=F|M``; never a value that might be taken as it is."""
    return f"--set {one.name}={'|'.join(one.levels) or 'NUMBER'}"


def patient_risk(model: RiskModel, given: Mapping[str, str]) -> PatientRisk:
    """The risk of one patient.

    Args:
        model: The model.
        given: Each predictor by name, as it would stand in a cell.

    Raises:
        UsageError: a predictor is missing, there is none of that name, or one is not a number.
        RefusalError: a value is outside what the model's cohort had.
    """
    import pandas as pd

    names = [one.name for one in model.predictors]
    for name in given:
        if name not in names:
            raise UsageError(
                f"The model has no predictor {name}: {nearest(name, names)}",
                remedy="Give the names that the model uses.",
                code="no_such_predictor",
            )
    absent = [one for one in model.predictors if not given.get(one.name, "").strip()]
    if absent:
        raise UsageError(
            f"The model also needs {', '.join(one.described for one in absent)}.",
            remedy=f"Add {' '.join(how_to_set(one) for one in absent)}.",
            code="missing_predictor",
        )
    cells = {one.name: [_cell(one, given[one.name])] for one in model.predictors}
    entries = read_entries(model, pd.DataFrame(cells), comma_is_decimal=True, source="The patient")
    if not entries.usable[0]:
        raise RefusalError(
            f"No risk: {entries.refused[0]}.",
            remedy="The model knows nothing of such patients.",
            code="outside_the_model",
        )
    found = risks_of(model, entries)
    return PatientRisk(
        float(found.risk[0]),
        (float(found.lower[0]), float(found.upper[0])),
        str(entries.cautions[0]),
    )


def table_risks(
    model: RiskModel, path: Path, *, id_column: str | None = None, sheet: str | None = None
) -> TableRisks:
    """The risks of the patients of a table.

    Args:
        model: The model.
        path: CSV, TSV, XLSX or Parquet.
        id_column: Column whose entries are passed on; by default only the row is.
        sheet: Of an XLSX file; needed where several hold something.

    Raises:
        InputError: the table cannot be read, lacks a column or holds text for numbers.
    """
    from vbq.tables.categories import text_cells

    table = read_table(path, sheet)
    ids = None
    if id_column is not None:
        if id_column not in table.columns:
            near = nearest(id_column, [str(name) for name in table.columns])
            raise InputError(
                f"{path} has no column {id_column}: {near}",
                remedy="Name the column of the ids, or leave --id out.",
                code="no_such_column",
            )
        ids = tuple(text_cells(table.columns[id_column]))
    entries = read_entries(
        model, table.columns, comma_is_decimal=table.comma_is_decimal, source=str(path)
    )
    rows = tuple(int(row) for row in table.columns.index)
    return TableRisks(rows, ids, risks_of(model, entries), entries)


def _cell(one: RiskPredictor, text: str) -> str | float:
    if one.transformation == "categories":
        return text
    try:
        value = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise UsageError(
            f"{one.name}={text[:30]} is not a number.",
            remedy=f"Write {how_to_set(one)}, without its unit.",
            code="not_a_number",
        )
    return value
