"""Results of a risk model as text for people, as JSON for programs and as a table.

Every text and document says which model it comes from and what it may be used for.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

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


def patient_risk_text(model: RiskModel, patient: PatientRisk) -> str:
    """The risk of one patient in sentences, one per line."""
    low, high = patient.interval
    sentence = (
        f"{model.baseline.outcome}: risk {percent(patient.risk)} "
        f"(95 % interval {percent(low)} to {percent(high)}), over {model.baseline.time}"
    )
    return _text(model, [sentence], cautions=[patient.cautions] if patient.cautions else [])


def patient_risk_json(model: RiskModel, patient: PatientRisk) -> str:
    """The risk of one patient as JSON, of schema ``vbq.risk/1``."""
    return _json(model, "vbq.risk/1", asdict(patient))


def table_risks_text(model: RiskModel, patients: TableRisks) -> str:
    """How many patients of a table have a predicted risk, and why the first others have none."""
    rows = _rows(patients)
    refused = [row for row in rows if row["refused"]]
    usable = int(patients.entries.usable.sum())
    sentences = [f"Predicted risk for {usable:,} of {len(rows):,} patients."]
    sentences += [
        f"row {row['row']}: no prediction: {row['refused']}" for row in refused[:REASONS_SHOWN]
    ]
    if len(refused) > REASONS_SHOWN:
        remaining = len(refused) - REASONS_SHOWN
        sentences.append(f"… and {remaining:,} more; the table gives the reason for each")
    return _text(model, sentences)


def table_risks_json(model: RiskModel, patients: TableRisks) -> str:
    """The risks of a table as JSON, of schema ``vbq.risks/1``."""
    return _json(model, "vbq.risks/1", {"patients": _rows(patients)})


def table_risks_csv(model: RiskModel, patients: TableRisks) -> bytes:
    """The risks of a table as CSV; every row says its use, since rows are copied out of tables."""
    rows = _rows(patients)
    use = f"SIMULATED. {RESEARCH_USE}" if model.provenance.simulated else RESEARCH_USE
    cells = ([*map(_cell, row.values()), use] for row in rows)
    return csv_bytes([*rows[0], "use"], cells, byte_order_mark=True)


def risk_validation_text(model: RiskModel, validation: Validation) -> str:
    """The performance of a model in another cohort, one index per line."""
    sentence = (
        f"{validation.n:,} patients, {validation.events:,} with the event "
        f"({model.baseline.outcome}); observed {percent(validation.events / validation.n)}, "
        f"predicted {percent(validation.mean_risk)}"
    )
    table = [
        *(
            (name, f"{fixed(estimate)} {interval(ends) if ends else ''}", note)
            for name, estimate, ends, note in _index_rows(validation)
        ),
        *_net_benefit_rows(validation),
    ]
    sentences = (sentence, *_exclusions(validation.left_out))
    return _text(model, sentences, table, validation.cautions)


def risk_validation_json(model: RiskModel, validation: Validation) -> str:
    """The performance of a model in another cohort as JSON, of schema ``vbq.risk-validation/1``."""
    return _json(model, "vbq.risk-validation/1", asdict(validation))


def recalibration_text(model: RiskModel, cohort: ExternalCohort) -> str:
    """What the last recalibration of a model changed, and in how many patients."""
    last = model.recalibrations[-1]
    sentence = (
        f"Recalibrated ({last.update}) in {last.n:,} patients, {last.events:,} with the event: "
        f"log odds = {fixed(last.intercept)} + {fixed(last.slope)} × log odds; "
        f"mean risk {percent(last.mean_risk_before)} → {percent(last.mean_risk)}"
    )
    return _text(model, (sentence, *_exclusions(cohort.excluded)), cautions=cohort.cautions)


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


def _cell(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    return escape_formula(one_line(value))


def _json(model: RiskModel, schema: str, content: dict[str, Any]) -> str:
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
    return json.dumps(
        document,
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
        default=lambda array: array.tolist(),
    )


def _text(
    model: RiskModel,
    sentences: Sequence[str],
    table: Sequence[tuple[str, str, str]] = (),
    cautions: Sequence[str] = (),
) -> str:
    """A result, with the model and its quality below it; simulated patients are named first.

    Args:
        model: The model.
        sentences: Sentences of the result.
        table: Name, value and note of each row of the table below them.
        cautions: Cautions about the result.
    """
    base, area = model.baseline, model.performance["auc"].corrected
    times = number_of(len(model.recalibrations), "time")
    recalibrated = f", recalibrated {times}" if model.recalibrations else ""
    source = (
        f"Model: “{model.provenance.title}”, {base.n:,} patients, {base.events:,} events, AUC "
        f"{fixed(area)} corrected for optimism, shrinkage factor {model.shrinkage.factor:.2f}"
        f"{recalibrated}"
    )
    heading = [SIMULATED] if model.provenance.simulated else []
    cautions = [f"caution: {caution}" for caution in cautions]
    rows = [f"{name:<26}{value:<28}{note}".rstrip() for name, value, note in table]
    above, below = (*heading, *sentences), (*cautions, source, RESEARCH_USE)
    return "\n".join([*map(one_line, above), *rows, *map(one_line, below)])


def _exclusions(excluded: Mapping[str, int]) -> Iterator[str]:
    return (f"{n:,} excluded: {reason}" for reason, n in excluded.items())


def _net_benefit_rows(validation: Validation) -> Iterator[tuple[str, str, str]]:
    """Name, estimate with its interval, and note of the net benefit at each threshold."""
    net = validation.net_benefit
    for i, threshold in enumerate(net.thresholds.tolist()):
        band = interval((float(net.lower[i]), float(net.upper[i])))
        yield (
            f"Net benefit at {percent(threshold, 0)}",
            f"{fixed(float(net.net_benefit[i]))} {band}",
            f"treat all {fixed(float(net.treat_all[i]))}, treat none 0",
        )
