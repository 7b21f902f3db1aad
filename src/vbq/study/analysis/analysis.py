"""The results of a study, as one versioned document."""

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

SCHEMA = "vbq.analysis/2"

# fields whose key in the document is another word
WRITTEN_AS = {"held_out": "left_out", "not_fitted": "left_out"}

Headline = Literal["all patients, nothing missing", "imputed", "complete cases"]


@dataclass(frozen=True)
class MissingData:
    """Missing data and how they were handled.

    Attributes:
        pattern: Counts and patterns of missing predictors and auxiliary variables.
        lost: Share of the patients that a complete-case analysis would lose, 0..1.
        headline: The patients of the main model.
        imputations: Number of completed tables; 0 without imputation.
        iterations: Iterations of the chained equations; 0 without imputation.
        r_hat: Gelman-Rubin statistic of the chained means by variable; above about 1.1 the chains
            have not converged. None where it is undefined.
        imputed_from: The variables of the imputation model, in words; empty without imputation.
    """

    pattern: Missingness
    lost: float
    headline: Headline
    imputations: int
    iterations: int
    r_hat: dict[str, float | None]
    imputed_from: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Analysis:
    """The results of a study.

    Attributes:
        plan: The plan as declared, with types and levels as found in the data.
        software: Name and version of this program.
        sources: Files of the data.
        simulated: Whether the patients are simulated.
        findings: Findings of the check and of the analysis, the gravest first.
        flow: Steps from the table to the patients analysed.
        size: Patients, events, candidate parameters, Riley's minimum.
        missing: Missing data and how they were handled.
        table_one: Characteristics of the patients with and without the event.
        univariable: Model of each predictor alone.
        multivariable: The main model.
        complete_case: The main model in complete cases; None where the main model is not imputed,
            or where it cannot be fitted.
        complete_case_comparison: The imputed model against ``complete_case``; None without it.
        nonlinearity: Wald test of the non-linear terms of each spline of the main model.
        added_value: Added value of the index, with the performance of every model compared.
        curves: Curves of the main model and of those compared.
        subgroups: Subgroup analyses that the plan declares.
        scanners: Index and outcome by site, scanner and field strength.
        held_out: The main model developed without one group at a time and validated in it, by
            ``site``, ``scanner`` and ``field_strength``.
        sensitivity: The main model under other assumptions.
        measurement_error: Odds ratio of the index corrected for its measurement error; None if the
            plan declares none.
        controls: The index in cohort and controls; None without controls.
        time_to_event: Time-to-event analysis; None without follow-up times.
        risk_model: The shrunken main model, to be applied to new patients; None where shrinkage
            leaves no predictive value.
    """

    # for the schema of the document, which holds NumPy arrays
    __pydantic_config__: ClassVar[dict[str, Any]] = {"arbitrary_types_allowed": True}

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
    complete_case_comparison: CompleteCaseComparison | None = None
    nonlinearity: tuple[TermTest, ...] = ()
    added_value: AddedValue
    curves: Curves
    subgroups: tuple[SubgroupAnalysis, ...]
    scanners: tuple[ScannerGroup, ...]
    held_out: dict[str, tuple[HeldOutPerformance, ...]]
    sensitivity: tuple[SensitivityAnalysis, ...]
    measurement_error: ErrorCorrection | None
    controls: ControlComparison | None
    time_to_event: TimeToEvent | None
    risk_model: RiskModel | None


def analysis_json(analysis: Analysis) -> bytes:
    """The bytes of ``analysis.json``: every number in full, the same bytes for the same study.

    Files are named without their folders. Numbers that are not finite are null.
    """
    document = {"schema": SCHEMA} | _json_value(analysis)
    for name in ("data", "readings", "controls"):
        section = document["plan"].get(name)
        if section and section.get("file"):  # the names of folders can identify a person
            section["file"] = Path(section["file"]).name
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _json_value(value: Any) -> Any:
    """A value of the document as `json.dumps` takes it."""
    if is_dataclass(value):
        return {
            WRITTEN_AS.get(f.name, f.name): _json_value(getattr(value, f.name))
            for f in fields(value)
        }
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    if isinstance(value, np.ndarray):
        return _json_value(value.tolist())
    if isinstance(value, float | np.floating):
        number = float(value)
        # thresholds of a ROC curve begin at infinity, which JSON does not have
        return number if np.isfinite(number) else None
    if isinstance(value, np.integer | np.bool_):
        return value.item()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    return value
