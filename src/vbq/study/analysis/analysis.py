"""Everything a study found, as one versioned document."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from vbq.finding import Finding
from vbq.risk.model import RiskModel, SourceFile
from vbq.stats.imputation.missingness import Missingness
from vbq.study.analysis.association import Association
from vbq.study.analysis.controls import ControlComparison
from vbq.study.analysis.estimates import TermTest
from vbq.study.analysis.model_comparison import CompleteCaseComparison
from vbq.study.analysis.performance.added_value import AddedValue
from vbq.study.analysis.performance.curves import Curves
from vbq.study.analysis.robustness.leave_one_group_out import HeldOutPerformance
from vbq.study.analysis.robustness.sensitivity import ErrorCorrection, SensitivityAnalysis
from vbq.study.analysis.robustness.subgroups import SubgroupAnalysis
from vbq.study.analysis.table_one import Characteristic
from vbq.study.analysis.time_to_event import TimeToEvent
from vbq.study.analysis.univariable import UnivariableModel
from vbq.study.check.scanners import ScannerGroup
from vbq.study.check.size import Size
from vbq.study.cohort.cohort import FlowStep
from vbq.study.plan.plan import Plan

__all__ = ["SCHEMA", "Analysis", "MissingData", "analysis_json"]

SCHEMA = "vbq.analysis/2"

Headline = Literal["all patients, nothing missing", "imputed", "complete cases"]


@dataclass(frozen=True)
class MissingData:
    """What was missing, and what was done about it.

    Attributes:
        pattern: Counts and patterns, of predictors and auxiliary variables.
        lost: Share of the patients that complete cases would lose, 0..1.
        headline: Which patients the main model is of.
        imputations: Tables completed; 0 without imputation.
        iterations: Rounds through the incomplete variables; 0 without imputation.
        r_hat: Of the chained means by variable (Gelman-Rubin); above about 1.1 they have not
            settled.
        imputed_from: What every missing value was imputed from, in words; empty without
            imputation.
    """

    pattern: Missingness
    lost: float
    headline: Headline
    imputations: int
    iterations: int
    r_hat: dict[str, float | None]
    imputed_from: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Analysis:
    """The results of a study.

    Attributes:
        plan: What was declared, with types and levels as found.
        software: Name and version.
        sources: Files it was made from.
        simulated: Whether the patients are simulated.
        findings: Of the check of plan and data.
        flow: Steps from the table to the patients analysed.
        size: Patients, events, candidate parameters, Riley's minimum.
        missing: What was missing.
        table_one: The patients with and without the event.
        univariable: Each predictor alone.
        multivariable: The main model.
        complete_case: The same model in complete cases; None where it is the main one or cannot
            be fitted.
        complete_case_comparison: How far the two lie apart; None without ``complete_case``.
        nonlinearity: Wald test of the non-linear terms of each spline of the main model.
        added_value: Of the index, with the performance of every model compared.
        curves: Of the main model and those compared.
        subgroups: As declared.
        scanners: Index and outcome by site, scanner and field strength.
        left_out: Model made without one site, scanner or field strength, judged on it.
        sensitivity: The main model made otherwise.
        measurement_error: Odds ratio of the index corrected for its error; None if not declared.
        controls: The cohort against controls; None if there are none.
        time_to_event: Follow-up analysed as such; None without dates.
        risk_model: The main model, shrunken, to be applied to new patients; None where shrinkage
            leaves nothing to predict with.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "arbitrary_types_allowed": True
    }  # NumPy arrays

    plan: Plan
    software: str
    sources: tuple[SourceFile, ...]
    simulated: bool
    findings: tuple[Finding, ...]
    flow: tuple[FlowStep, ...]
    size: Size
    missing: MissingData
    table_one: tuple[Characteristic, ...]
    univariable: tuple[UnivariableModel, ...]
    multivariable: Association
    complete_case: Association | None
    complete_case_comparison: CompleteCaseComparison | None
    nonlinearity: tuple[TermTest, ...]
    added_value: AddedValue
    curves: Curves
    subgroups: tuple[SubgroupAnalysis, ...]
    scanners: tuple[ScannerGroup, ...]
    left_out: dict[str, tuple[HeldOutPerformance, ...]]
    sensitivity: tuple[SensitivityAnalysis, ...]
    measurement_error: ErrorCorrection | None
    controls: ControlComparison | None
    time_to_event: TimeToEvent | None
    risk_model: RiskModel | None


def analysis_json(analysis: Analysis) -> bytes:
    """``analysis.json``: every number at full precision, the same bytes for the same study."""
    document = {"schema": SCHEMA} | _plain(analysis)
    for part in ("data", "readings", "controls"):  # folders can name a person
        if document["plan"].get(part) and document["plan"][part].get("file"):
            document["plan"][part]["file"] = Path(document["plan"][part]["file"]).name
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float | np.floating):
        number = float(value)
        # thresholds of a ROC curve begin at infinity, which JSON does not have
        return number if np.isfinite(number) else None
    if isinstance(value, np.integer | np.bool_):
        return value.item()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    return value
