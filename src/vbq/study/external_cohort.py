"""Reading patients that a model was not made from, from a plan or a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError, UsageError
from vbq.risk.apply import predict_risks
from vbq.risk.entries import read_entries
from vbq.risk.external_cohort import ExternalCohort
from vbq.risk.model import EVENTS_TO_VALIDATE, SourceFile
from vbq.tables.cells import canonical, quoted
from vbq.tables.raw_table import nearest
from vbq.tables.read_table import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from vbq.risk.model import RiskModel
    from vbq.stats.regression.terms import Floats
    from vbq.study.cohort.cohort import Cohort
    from vbq.tables.raw_table import RawTable

__all__ = ["read_external_cohort"]

FEWEST = 10  # events, and patients without: below, no index has an interval worth printing
MOST_INCOMPLETE = 0.05


def read_external_cohort(
    model: RiskModel,
    path: Path,
    *,
    outcome: str | None = None,
    event: str | None = None,
    sheet: str | None = None,
) -> ExternalCohort:
    """Read another cohort and predict its patients.

    Args:
        model: The model.
        path: A plan (``.yaml``), or a table.
        outcome: Column of the outcome, of a table.
        event: Its entry for the event; by default 1, yes or true, or the model's own where that
            very entry is in the column.
        sheet: Of an XLSX file.

    Raises:
        UsageError: a table without, or a plan with, the name of the outcome.
        InputError: it cannot be read, or which entry is the event is not known.
        RefusalError: fewer than 10 patients with the event, or without.
    """
    cautions: list[str] = []
    if path.suffix.lower() in (".yaml", ".yml"):
        if outcome or event or sheet:
            raise UsageError(
                "A plan already names the outcome, its event and the sheet.",
                remedy="Leave --outcome, --event and --sheet out.",
            )
        columns, y, file = _of_plan(model, path, cautions)
        signs = frozenset[str]()
    else:
        if not outcome:
            raise UsageError(
                f"Which column of {path} is the outcome?", remedy="Name it: --outcome COLUMN."
            )
        table = read_table(path, sheet)
        columns, y, file = table.columns, _outcome(model, table, outcome, event), path
        signs = table.grouping_signs
    known = ~np.isnan(y)
    if not known.all():
        cautions.append(f"{int((~known).sum())} patients have no outcome and are left out.")
    columns, y = columns.loc[known], y[known]
    entries = read_entries(model, columns, grouping_signs=signs, source=str(path))
    found, used = predict_risks(model, entries), entries.usable
    outside = entries.outside & ~entries.missing & ~entries.unknown
    left_out = {
        "a predictor is missing": int(entries.missing.sum()),
        "at a level the model does not know": int((entries.unknown & ~entries.missing).sum()),
        "outside the range of the model's cohort": int(outside.sum()),
    }
    others = ExternalCohort(
        outcome=y[used],
        log_odds=found.log_odds[used],
        risk=found.risk[used],
        in_table=y.size,
        excluded={why: n for why, n in left_out.items() if n},
        source=SourceFile.from_path(file),
        cautions=tuple(cautions),
    )
    _refuse_few(others)
    return replace(others, cautions=(*cautions, *_cautions(model, others)))


def _of_plan(
    model: RiskModel, path: Path, cautions: list[str]
) -> tuple[pd.DataFrame, Floats, Path]:
    from vbq.study.cohort.cohort_file import read_cohort
    from vbq.study.plan.plan_file import read_plan

    plan = read_plan(path)
    cohort, _ = read_cohort(plan)
    units = {one.name: one.unit for one in cohort.plan.variables}
    for one in model.predictors:
        unit = units.get(one.name)
        if unit and one.unit and unit != one.unit:
            cautions.append(f"{one.label} is in {unit} there, and in {one.unit} in the model.")
    return _as_cells(cohort), cohort.outcome, plan.path(plan.data.file)


def _as_cells(cohort: Cohort) -> pd.DataFrame:
    """The variables as they would stand in a table: levels by name, whatever their codes here."""
    import pandas as pd

    cells = {}
    for one in cohort.plan.variables:
        values = cohort.table[one.name]
        if one.type == "binary":
            names = dict(enumerate(str(level) for level in one.levels or ()))
            values = values.map(names)
        cells[one.name] = values if one.type == "continuous" else values.astype("str").where(
            values.notna(), ""
        )  # fmt: skip
    return pd.DataFrame(cells, index=cohort.table.index)


def _outcome(model: RiskModel, table: RawTable, column: str, event: str | None) -> Floats:
    from vbq.tables.categories import parse_binary

    if column not in table.columns:
        near = nearest(column, [str(name) for name in table.columns])
        raise InputError(
            f"{table.path} has no column {column}: {near}",
            remedy="Name the column of the outcome.",
            code="no_such_column",
        )
    if column in {name for one in model.predictors for name in (one.name, one.column)}:
        raise InputError(
            f"{column} is a predictor of the model, and cannot be its outcome.",
            remedy="Name the column of the outcome.",
            code="outcome_is_predictor",
        )
    cells = table.columns[column]
    parsed = parse_binary(cells, column, coded_1=event)
    if event is None and any(one.code == "binary_order" for one in parsed.findings):
        levels = parsed.levels or ()
        if not _names_the_event(model.baseline.event, levels):
            raise InputError(
                f"{table.path}: {column} has {quoted(list(levels))}, and which of them is the "
                "event is not known.",
                remedy="--event ENTRY names the entry that means that it happened.",
                code="no_event",
            )
        parsed = parse_binary(cells, column, coded_1=model.baseline.event)
    stops = [one for one in parsed.findings if one.severity == "refuse"]
    if stops:
        raise InputError(
            f"{table.path}: {stops[0].message}",
            remedy="--event ENTRY names the entry that means that it happened.",
            code=stops[0].code,
        )
    return parsed.typed.to_numpy(np.float64)


def _names_the_event(event: str, levels: Sequence[str]) -> bool:
    """Whether the model's own entry for the event tells it among these two.

    Only that entry itself, and no other yes: some tables mean yes and no by 1 and 2, others no and
    yes, and a model whose event was 1 of 0 and 1 knows neither.
    """
    entries = {canonical(level) for level in levels}
    return canonical(event) in entries and not (canonical(event) == "1" and entries == {"1", "2"})


def _refuse_few(others: ExternalCohort) -> None:
    fewer = min(others.events, others.n - others.events)
    if fewer < FEWEST:
        lost = "; ".join(f"{n} left out: {why}" for why, n in others.excluded.items())
        raise RefusalError(
            f"{others.source.name}: {others.n} patients get a risk, {others.events} with the event"
            f"{f' ({lost})' if lost else ''}: fewer than {FEWEST} with the event, or without, tell "
            "nothing.",
            remedy=f"Collect more; {EVENTS_TO_VALIDATE} of each are wanted.",
            code="too_few_events",
        )


def _cautions(model: RiskModel, others: ExternalCohort) -> list[str]:
    found = []
    fewer = min(others.events, others.n - others.events)
    if fewer < EVENTS_TO_VALIDATE:
        what = "with the event" if others.events == fewer else "without the event"
        found.append(
            f"{fewer} patients {what}: below {EVENTS_TO_VALIDATE} (Collins 2016), calibration is "
            "uncertain."
        )
    missing = others.excluded.get("a predictor is missing", 0)
    if missing > MOST_INCOMPLETE * others.in_table:
        found.append(
            f"{missing} of {others.in_table} patients are incomplete and left out, which may bias "
            "what is found."
        )
    known = {one.sha256 for one in model.provenance.sources}
    known |= {one.source.sha256 for one in model.recalibrations}
    if others.source.sha256 in known:
        found.append(
            "The model was made or recalibrated from this very file: this is no external "
            "validation, and its results are too good."
        )
    return found
