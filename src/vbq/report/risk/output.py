"""What ``vbq risk`` prints and writes."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from vbq.files import write_file
from vbq.report.reading.phrases import RESEARCH_USE
from vbq.report.risk.model_card import SIMULATED
from vbq.tables.csv_text import harmless
from vbq.text import fixed, interval, one_line, percent

if TYPE_CHECKING:
    from pathlib import Path

    from vbq.risk.apply import PatientRisk, TableRisks
    from vbq.risk.external_cohort import ExternalCohort
    from vbq.risk.model import RiskModel
    from vbq.risk.validate import Validation

__all__ = ["show_patient", "show_recalibration", "show_table", "show_validation"]

REASONS_SHOWN = 5


def show_patient(model: RiskModel, found: PatientRisk, *, as_json: bool) -> None:
    """The risk of one patient."""
    if as_json:
        _print_json(model, "vbq.risk/1", asdict(found))
        return
    _head(model)
    low, high = found.interval
    _say(
        f"{model.baseline.outcome}: risk {percent(found.risk)} "
        f"(95 % interval {percent(low)} to {percent(high)}), over {model.baseline.time}"
    )
    if found.cautions:
        _say(f"caution: {found.cautions}")
    _foot(model)


def show_table(model: RiskModel, found: TableRisks, out: Path | None) -> None:
    """The risks of a table: as CSV into ``out``, or as JSON on the terminal."""
    rows = _rows(found)
    if out is None:
        _print_json(model, "vbq.risks/1", {"patients": rows})
        return
    write_file(out, _csv(model, rows))
    _head(model)
    given = int(found.entries.usable.sum())
    _say(f"{given:,} of {len(rows):,} patients have a risk.")
    none = [row for row in rows if row["refused"]]
    for row in none[:REASONS_SHOWN]:
        _say(f"row {row['row']}: no risk: {row['refused']}")
    if len(none) > REASONS_SHOWN:
        _say(f"… and {len(none) - REASONS_SHOWN:,} more, each with its reason in the table")
    _foot(model)
    _say(f"Written to {out}")


def show_validation(model: RiskModel, found: Validation, *, as_json: bool) -> None:
    """How good a model is in another cohort."""
    if as_json:
        _print_json(model, "vbq.risk-validation/1", asdict(found))
        return
    _head(model)
    _say(
        f"{found.n:,} patients, {found.events:,} with the event ({model.baseline.outcome}); "
        f"observed {percent(found.events / found.n)}, predicted {percent(found.mean_risk)}"
    )
    for why, n in found.left_out.items():
        _say(f"{n:,} left out: {why}")
    of, to = found.calibration, found.brier
    lines = [
        ("AUC", found.auc.estimate, found.auc.interval, found.auc.method),
        ("Calibration in the large", of.in_the_large.estimate, of.in_the_large.interval, "0 right"),
        ("Calibration intercept", of.intercept.estimate, of.intercept.interval, "0 right"),
        ("Calibration slope", of.slope.estimate, of.slope.interval, "1 right; below: too extreme"),
        ("Observed : expected", of.observed_expected, of.observed_expected_interval, "1 right"),
        ("ICI", found.errors.ici, None, "mean distance of the loess curve; 0 right"),
        ("Brier score", to.estimate, to.interval, f"{fixed(to.null)} for the share of events"),
        ("Scaled Brier score", to.scaled, to.scaled_interval, "1 perfect, 0 worthless"),
    ]
    for name, value, ends, note in lines:
        _say_aligned(name, f"{fixed(value)} {interval(ends) if ends else ''}", note)
    net = found.net_benefit
    for i, at in enumerate(net.thresholds):
        band = interval((float(net.lower[i]), float(net.upper[i])))
        note = f"treat all {fixed(float(net.treat_all[i]))}, none 0"
        name = f"Net benefit at {percent(float(at), 0)}"
        _say_aligned(name, f"{fixed(float(net.net_benefit[i]))} {band}", note)
    for caution in found.cautions:
        _say(f"caution: {caution}")
    _foot(model)


def show_recalibration(model: RiskModel, others: ExternalCohort, out: Path) -> None:
    """What the last recalibration did."""
    _head(model)
    done = model.recalibrations[-1]
    _say(
        f"Recalibrated ({done.update}) in {done.n:,} patients, {done.events:,} with the event: "
        f"log odds = {fixed(done.intercept)} + {fixed(done.slope)} × log odds; "
        f"mean risk {percent(done.mean_risk_before)} → {percent(done.events / done.n)}"
    )
    for why, n in others.left_out.items():
        _say(f"{n:,} left out: {why}")
    for caution in others.cautions:
        _say(f"caution: {caution}")
    _foot(model)
    _say(f"Written to {out} and {out.with_suffix('.md')}")


def _rows(found: TableRisks) -> list[dict[str, Any]]:
    of = found.risks
    columns = {
        "row": found.rows,
        **({"id": found.ids} if found.ids is not None else {}),
        "risk": _numbers(of.risk),
        "lower": _numbers(of.lower),
        "upper": _numbers(of.upper),
        "refused": found.entries.refused.tolist(),
        "cautions": found.entries.cautions.tolist(),
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _numbers(values: Any) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 6) for value in values.tolist()]


def _csv(model: RiskModel, rows: list[dict[str, Any]]) -> bytes:
    """Every row says what kind of number it holds: rows are copied out of tables."""
    kind = f"SIMULATED. {RESEARCH_USE}" if model.provenance.simulated else RESEARCH_USE
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0], "use"])
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(cell) for name, cell in row.items()} | {"use": kind})
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    return harmless(one_line(value))


def _print_json(model: RiskModel, schema: str, content: dict[str, Any]) -> None:
    made, base = model.provenance, model.baseline
    about = {
        "schema": schema,
        "simulated": made.simulated,
        "use": RESEARCH_USE,
        "model": {
            "title": made.title,
            "plan_sha256": made.plan_sha256,
            "recalibrations": len(model.recalibrations),
        },
        "outcome": base.outcome,
        "time": base.time,
    }
    if made.simulated:
        about["warning"] = SIMULATED
    text = json.dumps(
        about | content,
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
        default=lambda value: value.tolist(),  # numpy's
    )
    typer.echo(text)


def _head(model: RiskModel) -> None:
    if model.provenance.simulated:
        _say(SIMULATED)


def _foot(model: RiskModel) -> None:
    base, found = model.baseline, model.performance
    again = f", recalibrated {len(model.recalibrations)} ×" if model.recalibrations else ""
    _say(
        f"Model: “{model.provenance.title}”, {base.n:,} patients, {base.events:,} events, AUC "
        f"{fixed(found['auc'].corrected)} corrected for optimism, shrunk to "
        f"{model.shrinkage.factor:.2f}{again}"
    )
    _say(RESEARCH_USE)


def _say(text: str) -> None:
    typer.echo(one_line(text))


def _say_aligned(name: str, value: str, note: str) -> None:
    typer.echo(f"{name:<26}{value:<28}{note}".rstrip())
