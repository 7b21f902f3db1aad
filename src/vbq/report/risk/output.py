"""What ``vbq risk`` prints and writes."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from vbq.files import write_file
from vbq.report.page import RESEARCH_USE
from vbq.report.risk.model_card import SIMULATED
from vbq.risk.apply import PatientRisk, TableRisks
from vbq.risk.external_cohort import ExternalCohort
from vbq.risk.model import RiskModel
from vbq.risk.validate import Validation
from vbq.stats.checks import Floats, Interval
from vbq.tables.csv_write import csv_bytes, escape_formula
from vbq.text import fixed, interval, number_of, one_line, percent

REASONS_SHOWN = 5


def show_patient(model: RiskModel, patient: PatientRisk, *, as_json: bool) -> None:
    """Print the risk of one patient."""
    if as_json:
        _print_json(model, "vbq.risk/1", asdict(patient))
        return
    _print_heading(model)
    low, high = patient.interval
    _print(
        f"{model.baseline.outcome}: risk {percent(patient.risk)} "
        f"(95 % interval {percent(low)} to {percent(high)}), over {model.baseline.time}"
    )
    if patient.cautions:
        _print(f"caution: {patient.cautions}")
    _print_model(model)


def show_table(model: RiskModel, patients: TableRisks, out: Path | None) -> None:
    """Write the risks of a table as CSV to ``out``; print them as JSON if ``out`` is None."""
    rows = _rows(patients)
    if out is None:
        _print_json(model, "vbq.risks/1", {"patients": rows})
        return
    write_file(out, _csv(model, rows))
    _print_heading(model)
    _print(f"{int(patients.entries.usable.sum()):,} of {len(rows):,} patients get a risk.")
    refused = [row for row in rows if row["refused"]]
    for row in refused[:REASONS_SHOWN]:
        _print(f"row {row['row']}: no risk: {row['refused']}")
    if len(refused) > REASONS_SHOWN:
        _print(f"… and {len(refused) - REASONS_SHOWN:,} more; the table gives the reason for each")
    _print_model(model)
    _print(f"Written to {out}")


def show_validation(model: RiskModel, validation: Validation, *, as_json: bool) -> None:
    """Print the performance of a model in another cohort."""
    if as_json:
        _print_json(model, "vbq.risk-validation/1", asdict(validation))
        return
    _print_heading(model)
    _print(
        f"{validation.n:,} patients, {validation.events:,} with the event "
        f"({model.baseline.outcome}); observed {percent(validation.events / validation.n)}, "
        f"predicted {percent(validation.mean_risk)}"
    )
    _print_excluded(validation.left_out)
    for name, estimate, ends, note in _index_rows(validation):
        _print_aligned(name, f"{fixed(estimate)} {interval(ends) if ends else ''}", note)
    net = validation.net_benefit
    for i, threshold in enumerate(net.thresholds.tolist()):
        band = interval((float(net.lower[i]), float(net.upper[i])))
        _print_aligned(
            f"Net benefit at {percent(threshold, 0)}",
            f"{fixed(float(net.net_benefit[i]))} {band}",
            f"treat all {fixed(float(net.treat_all[i]))}, treat none 0",
        )
    for caution in validation.cautions:
        _print(f"caution: {caution}")
    _print_model(model)


def show_recalibration(model: RiskModel, cohort: ExternalCohort, out: Path) -> None:
    """Print what the last recalibration of a model did, and where the model was written."""
    _print_heading(model)
    last = model.recalibrations[-1]
    _print(
        f"Recalibrated ({last.update}) in {last.n:,} patients, {last.events:,} with the event: "
        f"log odds = {fixed(last.intercept)} + {fixed(last.slope)} × log odds; "
        f"mean risk {percent(last.mean_risk_before)} → {percent(last.mean_risk)}"
    )
    _print_excluded(cohort.excluded)
    for caution in cohort.cautions:
        _print(f"caution: {caution}")
    _print_model(model)
    _print(f"Written to {out} and {out.with_suffix('.md')}")


def _index_rows(validation: Validation) -> list[tuple[str, float, Interval | None, str]]:
    """Name, estimate, interval and note of each index."""
    auc, calibration, brier = validation.auc, validation.calibration, validation.brier
    large, intercept, slope = calibration.in_the_large, calibration.intercept, calibration.slope
    return [
        ("AUC", auc.estimate, auc.interval, auc.method),
        ("Calibration in the large", large.estimate, large.interval, "ideal 0"),
        ("Calibration intercept", intercept.estimate, intercept.interval, "ideal 0"),
        ("Calibration slope", slope.estimate, slope.interval, "ideal 1; below: risks too extreme"),
        (
            "Observed : expected",
            calibration.observed_expected,
            calibration.observed_expected_interval,
            "ideal 1",
        ),
        ("ICI", validation.errors.ici, None, "mean distance of the loess curve; ideal 0"),
        (
            "Brier score",
            brier.estimate,
            brier.interval,
            f"ideal 0; {fixed(brier.null)} if all get the share of events as their risk",
        ),
        (
            "Scaled Brier score",
            brier.scaled,
            brier.scaled_interval,
            "ideal 1; 0: no better than the share of events",
        ),
    ]


def _rows(patients: TableRisks) -> list[dict[str, Any]]:
    """One row for each patient, by column of the written table."""
    risks, entries = patients.risks, patients.entries
    columns = {
        "row": patients.rows,
        **({"id": patients.ids} if patients.ids is not None else {}),
        "risk": _numbers(risks.risk),
        "lower": _numbers(risks.lower),
        "upper": _numbers(risks.upper),
        "refused": entries.refused.tolist(),
        "cautions": entries.cautions.tolist(),
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _numbers(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 6) for value in values.tolist()]


def _csv(model: RiskModel, rows: list[dict[str, Any]]) -> bytes:
    """The table; every row says what it may be used for, since rows are copied out of tables."""
    use = f"SIMULATED. {RESEARCH_USE}" if model.provenance.simulated else RESEARCH_USE
    cells = ([*map(_cell, row.values()), use] for row in rows)
    return csv_bytes([*rows[0], "use"], cells, byte_order_mark=True)


def _cell(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    return escape_formula(one_line(value))


def _print_json(model: RiskModel, schema: str, content: dict[str, Any]) -> None:
    provenance, base = model.provenance, model.baseline
    document = {
        "schema": schema,
        "simulated": provenance.simulated,
        "use": RESEARCH_USE,
        "model": {
            "title": provenance.title,
            "plan_sha256": provenance.plan_sha256,
            "recalibrations": len(model.recalibrations),
        },
        "outcome": base.outcome,
        "time": base.time,
        **({"warning": SIMULATED} if provenance.simulated else {}),
        **content,
    }
    text = json.dumps(
        document,
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
        default=lambda array: array.tolist(),
    )
    typer.echo(text)


def _print_heading(model: RiskModel) -> None:
    if model.provenance.simulated:
        _print(SIMULATED)


def _print_excluded(excluded: Mapping[str, int]) -> None:
    for reason, n in excluded.items():
        _print(f"{n:,} excluded: {reason}")


def _print_model(model: RiskModel) -> None:
    """Which model it was and how good it is, under every result."""
    base, area = model.baseline, model.performance["auc"].corrected
    times = number_of(len(model.recalibrations), "time")
    recalibrated = f", recalibrated {times}" if model.recalibrations else ""
    _print(
        f"Model: “{model.provenance.title}”, {base.n:,} patients, {base.events:,} events, AUC "
        f"{fixed(area)} corrected for optimism, shrinkage factor {model.shrinkage.factor:.2f}"
        f"{recalibrated}"
    )
    _print(RESEARCH_USE)


def _print(text: str) -> None:
    typer.echo(one_line(text))


def _print_aligned(name: str, value: str, note: str) -> None:
    typer.echo(f"{name:<26}{value:<28}{note}".rstrip())
