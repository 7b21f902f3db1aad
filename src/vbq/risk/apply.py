"""Predicted risks of new patients, each with its interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from vbq.errors import InputError, RefusalError, UsageError
from vbq.risk.entries import Entries, read_entries
from vbq.risk.model import ObservedTerm, RiskModel
from vbq.stats.checks import NORMAL_95, Floats, Interval
from vbq.tables.raw_table import nearest
from vbq.tables.read_table import read_table


@dataclass(frozen=True, eq=False)
class Risks:
    """Risks of n patients; all values are NaN for a patient without a prediction.

    Attributes:
        log_odds: Shape (n,), predicted log odds.
        standard_error: Shape (n,), standard error of the log odds.
        risk: Shape (n,), predicted probability, 0..1.
        lower: Shape (n,), lower limit of the 95 % interval, symmetric on the log-odds scale.
        upper: Shape (n,), upper limit of the 95 % interval.
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
        risk: Predicted probability, 0..1.
        interval: 95 % confidence interval of the mean risk of such patients.
        cautions: Cautions about the risk, in one line; empty if there are none.
    """

    risk: float
    interval: Interval
    cautions: str


@dataclass(frozen=True, eq=False)
class TableRisks:
    """Risks of the patients of a table.

    Attributes:
        rows: Row of each patient in the spreadsheet, n of them; the header is row 1.
        ids: Entry of each patient in the column asked for; None without such a column.
        risks: Predicted risks of the n patients.
        entries: Predictors of the n patients, and why some have no predicted risk.
    """

    rows: tuple[int, ...]
    ids: tuple[str, ...] | None
    risks: Risks
    entries: Entries


def predict_risks(model: RiskModel, entries: Entries) -> Risks:
    """Predict the risks of n patients.

    The interval is that of the delta method: the variance of the log odds is xᵀ V x, with x the
    design columns of a patient and V the covariance of the coefficients. It expresses how
    uncertain the model is, not how patients differ in ways that the model does not include.

    Raises:
        RefusalError: the coefficients or covariances are so large that a risk overflows.
    """
    rows = np.flatnonzero(entries.usable)
    log_odds, error = (np.full(entries.missing.size, np.nan) for _ in range(2))
    if rows.size:
        with np.errstate(over="ignore", invalid="ignore"):
            table = {name: values[rows] for name, values in entries.values.items()}
            x = np.column_stack([np.ones(rows.size), model.design.matrix(table)])
            # rounded, so that patients with equal predictors tie on every machine
            log_odds[rows] = np.round(x @ np.array(model.all_coefficients), 12)
            variance = np.einsum("ij,jk,ik->i", x, np.array(model.covariance), x)
            error[rows] = np.sqrt(np.maximum(variance, 0))
        if not (np.isfinite(log_odds[rows]) & np.isfinite(error[rows])).all():
            raise RefusalError(
                "The coefficients of the model are so large that no risk can be computed.",
                remedy="Check where the model file comes from.",
                code="no_finite_risk",
            )
    half = NORMAL_95 * error
    return Risks(log_odds, error, expit(log_odds), expit(log_odds - half), expit(log_odds + half))


def set_option(predictor: ObservedTerm) -> str:
    """``--set bmi=NUMBER`` or ``--set sex=F|M``; without a value that could be used unread."""
    return f"--set {predictor.name}={'|'.join(predictor.levels) or 'NUMBER'}"


def patient_risk(model: RiskModel, values: Mapping[str, str]) -> PatientRisk:
    """Predict the risk of one patient.

    Args:
        model: The model.
        values: The value of each predictor by its name, written as in a cell of a table.

    Raises:
        UsageError: a predictor is missing or unknown to the model, or a value is not a number.
        RefusalError: a value is outside the range of the model's cohort.
    """
    import pandas as pd

    names = [predictor.name for predictor in model.predictors]
    for name in values:
        if name not in names:
            raise UsageError(
                f"The model has no predictor {name}: {nearest(name, names)}",
                remedy="Use the names that the model uses.",
                code="no_such_predictor",
            )
    absent = [p for p in model.predictors if not values.get(p.name, "").strip()]
    if absent:
        raise UsageError(
            f"The model also needs {', '.join(predictor.described for predictor in absent)}.",
            remedy=f"Add {' '.join(map(set_option, absent))}.",
            code="missing_predictor",
        )
    cells = pd.DataFrame({p.name: [_cell(p, values[p.name])] for p in model.predictors})
    entries = read_entries(model, cells, grouping_signs=(), source="The patient")
    if not entries.usable[0]:
        raise RefusalError(
            f"No risk can be predicted: {entries.refused[0]}.",
            remedy="The model holds only for patients like those of its cohort.",
            code="outside_the_model",
        )
    risks = predict_risks(model, entries)
    return PatientRisk(
        float(risks.risk[0]),
        (float(risks.lower[0]), float(risks.upper[0])),
        str(entries.cautions[0]),
    )


def table_risks(
    model: RiskModel, path: Path, *, id_column: str | None = None, sheet: str | None = None
) -> TableRisks:
    """Predict the risks of the patients of a table.

    Args:
        model: The model.
        path: Table of patients: CSV, TSV, XLSX or Parquet.
        id_column: Column whose entries are passed on; by default only the row number is.
        sheet: Sheet of an XLSX file; needed if more than one has content.

    Raises:
        InputError: the table cannot be read, lacks a column or has text in place of numbers.
        RefusalError: the coefficients or covariances are so large that a risk overflows.
    """
    from vbq.tables.categories import text_cells

    table = read_table(path, sheet)
    ids = None
    if id_column is not None:
        if id_column not in table.columns:
            near = nearest(id_column, [str(name) for name in table.columns])
            raise InputError(
                f"{path} has no column {id_column}: {near}",
                remedy="Name the column of the patient ids, or omit --id.",
                code="no_such_column",
            )
        ids = tuple(text_cells(table.columns[id_column]))
    entries = read_entries(
        model, table.columns, grouping_signs=table.grouping_signs, source=str(path)
    )
    rows = tuple(int(row) for row in table.columns.index)
    return TableRisks(rows, ids, predict_risks(model, entries), entries)


def _cell(predictor: ObservedTerm, text: str) -> str | float:
    """The value of a predictor as a cell of a table would hold it."""
    if predictor.kind == "categories":
        return text
    try:
        value = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise UsageError(
            f"{predictor.name}={text[:30]} is not a number.",
            remedy=f"Write {set_option(predictor)}, without a unit.",
            code="not_a_number",
        )
    return value
