"""Reads patients that a model was not made from, from a plan or a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError, UsageError
from vbq.finding import refusals_in
from vbq.risk.apply import predict_risks
from vbq.risk.entries import read_entries
from vbq.risk.external_cohort import ExternalCohort
from vbq.risk.model import EVENTS_TO_VALIDATE, RiskModel, SourceFile
from vbq.stats.checks import Floats
from vbq.study.cohort.cohort import Cohort
from vbq.tables.cells import canonical, quoted
from vbq.tables.raw_table import RawTable, nearest
from vbq.tables.read_table import read_table
from vbq.text import number_of

if TYPE_CHECKING:
    import pandas as pd

MINIMUM_EVENTS = 10  # and patients without the event: with fewer, every interval is too wide to use
EVENT_REMEDY = "Name the entry that means the event: --event ENTRY."
TOLERABLE_INCOMPLETE = 0.05  # share of incomplete patients that is excluded without a caution


def read_external_cohort(
    model: RiskModel,
    path: Path,
    *,
    outcome: str | None = None,
    event: str | None = None,
    sheet: str | None = None,
) -> ExternalCohort:
    """Read another cohort and predict the risks of its patients.

    Args:
        model: The model.
        path: A plan (``.yaml``), or a table.
        outcome: Column of the outcome, if ``path`` is a table.
        event: Entry of that column that means the event; by default 1, yes or true, or the entry
            that was the event of the model, if the column has it.
        sheet: Sheet of an XLSX file.

    Raises:
        UsageError: the outcome of a table is not named, or that of a plan is.
        InputError: the cohort cannot be read, or it is unknown which entry is the event.
        RefusalError: fewer than 10 patients with the event, or without it.
    """
    cautions: list[str] = []
    if path.suffix.lower() in (".yaml", ".yml"):
        if outcome or event or sheet:
            raise UsageError(
                "A plan already names the outcome, its event and the sheet.",
                remedy="Omit --outcome, --event and --sheet.",
            )
        columns, y, file = _read_plan_cohort(model, path, cautions)
        signs = frozenset[str]()
    else:
        if not outcome:
            raise UsageError(
                f"The outcome of {path} is not named.", remedy="Name its column: --outcome COLUMN."
            )
        table = read_table(path, sheet)
        columns, y, file = table.columns, _outcome(model, table, outcome, event), path
        signs = table.grouping_signs
    known = ~np.isnan(y)
    if not known.all():
        unknown = number_of(int((~known).sum()), "patient")
        cautions.append(f"Excluded because the outcome is missing: {unknown}.")
    columns, y = columns.loc[known], y[known]
    entries = read_entries(model, columns, grouping_signs=signs, source=str(path))
    risks, usable = predict_risks(model, entries), entries.usable
    outside = entries.outside & ~entries.missing & ~entries.unknown
    excluded = {
        "a predictor is missing": int(entries.missing.sum()),
        "at a level the model does not know": int((entries.unknown & ~entries.missing).sum()),
        "outside the range of the model's cohort": int(outside.sum()),
    }
    patients = ExternalCohort(
        outcome=y[usable],
        log_odds=risks.log_odds[usable],
        risk=risks.risk[usable],
        in_table=y.size,
        excluded={reason: n for reason, n in excluded.items() if n},
        source=SourceFile.from_path(file),
        cautions=tuple(cautions),
    )
    _require_events(patients)
    return replace(patients, cautions=(*cautions, *_cautions(model, patients)))


def _read_plan_cohort(
    model: RiskModel, path: Path, cautions: list[str]
) -> tuple[pd.DataFrame, Floats, Path]:
    """Columns, outcome and data file of the cohort of a plan; adds a caution for other units."""
    from vbq.study.cohort.cohort_file import read_cohort
    from vbq.study.plan.plan_file import read_plan

    plan = read_plan(path)
    cohort, _ = read_cohort(plan)
    units = {variable.name: variable.unit for variable in cohort.plan.variables}
    for predictor in model.predictors:
        unit = units.get(predictor.name)
        if unit and predictor.unit and unit != predictor.unit:
            cautions.append(
                f"{predictor.label} is in {unit} in this cohort, and in {predictor.unit} in the "
                "model."
            )
    return _as_cells(cohort), cohort.outcome, plan.path(plan.data.file)


def _as_cells(cohort: Cohort) -> pd.DataFrame:
    """The variables as cells of a table: levels by name, whatever their codes in the cohort."""
    import pandas as pd

    cells = {}
    for variable in cohort.plan.variables:
        values = cohort.table[variable.name]
        if variable.type == "binary":
            values = values.map(dict(enumerate(map(str, variable.levels or ()))))
        if variable.type != "continuous":
            values = values.astype("str").where(values.notna(), "")
        cells[variable.name] = values
    return pd.DataFrame(cells, index=cohort.table.index)


def _outcome(model: RiskModel, table: RawTable, column: str, event: str | None) -> Floats:
    """The outcome, 1 for the event and NaN where it is missing; shape (n,)."""
    from vbq.tables.categories import parse_binary

    if column not in table.columns:
        near = nearest(column, [str(name) for name in table.columns])
        raise InputError(
            f"{table.path} has no column {column}: {near}",
            remedy="Name the column of the outcome.",
            code="no_such_column",
        )
    if column in {name for term in model.predictors for name in (term.name, term.column)}:
        raise InputError(
            f"{column} is a predictor of the model, so it cannot be the outcome.",
            remedy="Name the column of the outcome.",
            code="outcome_is_predictor",
        )
    cells = table.columns[column]
    parsed = parse_binary(cells, column, coded_1=event)
    if event is None and any(finding.code == "binary_order" for finding in parsed.findings):
        levels = parsed.levels or ()
        if not _identifies_event(model.baseline.event, levels):
            raise InputError(
                f"{table.path}: {column} has {quoted(list(levels))}, and it is unknown which of "
                "them is the event.",
                remedy=EVENT_REMEDY,
                code="no_event",
            )
        parsed = parse_binary(cells, column, coded_1=model.baseline.event)
    refusals = refusals_in(parsed.findings)
    if refusals:
        raise InputError(
            f"{table.path}: {refusals[0].message}", remedy=EVENT_REMEDY, code=refusals[0].code
        )
    return parsed.typed.to_numpy(np.float64)


def _identifies_event(event: str, levels: Sequence[str]) -> bool:
    """Whether the entry for the event in the model identifies the event among two levels.

    Only that very entry does, not another word for yes. 1 does not if the levels are 1 and 2: some
    tables code yes and no like that, others no and yes.
    """
    entries = {canonical(level) for level in levels}
    return canonical(event) in entries and not (canonical(event) == "1" and entries == {"1", "2"})


def _require_events(patients: ExternalCohort) -> None:
    if min(patients.events, patients.n - patients.events) >= MINIMUM_EVENTS:
        return
    excluded = "; ".join(f"{n} excluded: {reason}" for reason, n in patients.excluded.items())
    raise RefusalError(
        f"{patients.source.name}: {patients.n} patients have a predicted risk, {patients.events} "
        f"with the event{f' ({excluded})' if excluded else ''}. At least {MINIMUM_EVENTS} with "
        "the event and as many without it are needed.",
        remedy=f"Collect more patients; {EVENTS_TO_VALIDATE} of each are recommended.",
        code="too_few_events",
    )


def _cautions(model: RiskModel, patients: ExternalCohort) -> list[str]:
    cautions = []
    rarer = min(patients.events, patients.n - patients.events)
    if rarer < EVENTS_TO_VALIDATE:
        outcome = "with the event" if patients.events == rarer else "without the event"
        cautions.append(
            f"Only {rarer} patients {outcome}: calibration is uncertain below "
            f"{EVENTS_TO_VALIDATE} (Collins 2016)."
        )
    missing = patients.excluded.get("a predictor is missing", 0)
    if missing > TOLERABLE_INCOMPLETE * patients.in_table:
        cautions.append(
            f"{missing} of {patients.in_table} patients were excluded as incomplete, which may "
            "bias the results."
        )
    sources = {source.sha256 for source in model.provenance.sources}
    sources |= {recalibration.source.sha256 for recalibration in model.recalibrations}
    if patients.source.sha256 in sources:
        cautions.append(
            "The model was made or recalibrated from this very file: this is not an external "
            "validation, and the results are too good."
        )
    return cautions
