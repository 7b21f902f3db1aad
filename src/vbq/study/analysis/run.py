"""From a plan to an `Analysis`: all that the plan declares."""

from collections.abc import Callable

import numpy as np

from vbq._version import __version__
from vbq.errors import InputError, RefusalError
from vbq.finding import Finding
from vbq.risk.model import RiskModel, SourceFile
from vbq.stats.imputation.missingness import missingness
from vbq.stats.regression.terms import Design
from vbq.study.analysis.analysis import Analysis, MissingData
from vbq.study.analysis.association import Association, fit_association
from vbq.study.analysis.controls import compare_controls
from vbq.study.analysis.evidence import with_evidence
from vbq.study.analysis.imputed_tables import (
    Tables,
    complete_cases,
    imputed_from,
    main_effects_only,
    model_tables,
)
from vbq.study.analysis.performance.added_value import AddedValue, added_value, designs_compared
from vbq.study.analysis.performance.curves import curves_of
from vbq.study.analysis.risk_model import risk_model
from vbq.study.analysis.robustness.leave_one_group_out import leave_one_group_out
from vbq.study.analysis.robustness.refit import refit
from vbq.study.analysis.robustness.sensitivity import error_corrected, sensitivity_analyses
from vbq.study.analysis.robustness.subgroups import subgroups_of
from vbq.study.analysis.table_one import describe_cohort
from vbq.study.analysis.time_to_event import TimeToEvent, time_to_event
from vbq.study.analysis.univariable import univariable_models
from vbq.study.check.checks import examine
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.columns import columns_of
from vbq.study.design import design_of
from vbq.study.plan.plan import Plan
from vbq.text import listed


def run_study(
    plan: Plan, *, simulated: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Analysis:
    """Read the tables of a plan, check them, and carry out the analyses that it declares.

    Args:
        plan: The plan as declared.
        simulated: Whether the patients are simulated, which every page of the report then states.
        progress: Called with a description of each step as it starts.

    Raises:
        InputError: the data cannot be read or analysed, or a complete-case analysis that the plan
            asks for would lose more than 5 % of the patients.
        RefusalError: a result is undefined.
    """
    progress("reading and checking the tables")
    examination = examine(plan)
    cohort = examination.cohort
    if cohort is None or examination.stopped:
        problem = examination.findings[0]
        raise InputError(
            problem.message, remedy="'vbq study check' lists all problems.", code=problem.code
        )
    assert examination.size is not None
    design = design_of(cohort)
    progress("handling missing values")
    tables, missing = _main_tables(cohort, design)
    progress("describing the patients")
    table_one = describe_cohort(cohort)
    univariable = univariable_models(cohort, design)
    progress("fitting the model")
    main = fit_association(design, tables)
    progress(f"validating {len(designs_compared(cohort, design))} models by the bootstrap")
    value = added_value(cohort, design, tables)
    progress("curves, subgroup and sensitivity analyses")
    times = time_to_event(cohort, design, tables)
    analysis = Analysis(
        plan=cohort.plan,
        software=f"vbq {__version__}",
        sources=_sources(cohort.plan),
        simulated=simulated,
        findings=(*_cautions(cohort, tables, times), *examination.findings),
        flow=cohort.flow,
        size=examination.size,
        missing=missing,
        table_one=table_one,
        univariable=univariable,
        multivariable=main,
        complete_case=_complete_case(cohort, design) if tables.imputation else None,
        added_value=value,
        curves=curves_of(cohort, design, _validated_designs(cohort, design, value), tables),
        subgroups=subgroups_of(cohort, main, tables),
        scanners=examination.scanners,
        held_out=leave_one_group_out(cohort, design, tables),
        sensitivity=sensitivity_analyses(cohort, design, tables),
        measurement_error=error_corrected(cohort, main, tables),
        controls=compare_controls(cohort),
        time_to_event=times,
        risk_model=_risk_model(cohort, main, value, tables, missing, simulated=simulated),
    )
    return with_evidence(analysis)


def _main_tables(cohort: Cohort, design: Design) -> tuple[Tables, MissingData]:
    """The tables of the main model, and what was missing in them."""
    predictors = [term.name for term in design.terms]
    auxiliary = [variable.name for variable in cohort.plan.missing.auxiliary]
    variables = [*predictors, *auxiliary]
    pattern = missingness(columns_of(cohort, variables))
    lost = 1 - complete_cases(cohort, predictors).n / cohort.n
    tables = model_tables(cohort, predictors)
    if lost == 0:
        return tables, MissingData(pattern, lost, "all patients, nothing missing", 0, 0, {})
    imputation = tables.imputation
    if imputation is None:
        return tables, MissingData(pattern, lost, "complete cases", 0, 0, {})
    r_hat = {trace.name: trace.r_hat for trace in imputation.traces if trace.name in variables}
    return tables, MissingData(
        pattern, lost, "imputed", len(tables.tables), imputation.iterations, r_hat,
        imputed_from(cohort),
    )  # fmt: skip


def _validated_designs(cohort: Cohort, design: Design, value: AddedValue) -> dict[str, Design]:
    """Designs of the models that could be validated: only these have curves."""
    designs = designs_compared(cohort, design)
    return {name: compared for name, compared in designs.items() if name in value.models}


def _complete_case(cohort: Cohort, design: Design) -> Association | None:
    return refit(design, complete_cases(cohort, [term.name for term in design.terms]))[0]


def _cautions(cohort: Cohort, tables: Tables, times: TimeToEvent | None) -> list[Finding]:
    """Findings that only the analysis can make, in the form of those of the check."""
    findings = []
    biased = main_effects_only(cohort) if tables.imputation else ()
    if biased:
        message = (
            f"Missing values are imputed from main effects only, which may weaken {listed(biased)}."
            " Compare them with the complete-case results."
        )
        findings.append(Finding("imputed_main_effects", "caution", message))
    if cohort.follow_up_years is not None and times is None:
        known = cohort.outcome[~np.isnan(cohort.follow_up_years)] == 1
        if known.any():
            patients, date = "patient without the event", "last_seen"
        else:
            patients, date = "event", "event"
        message = (
            f"No {patients} has a known time: follow-up is not analysed. Name dates.{date} in the "
            "plan."
        )
        findings.append(Finding("no_event_times", "caution", message))
    return findings


def _risk_model(
    cohort: Cohort,
    main: Association,
    value: AddedValue,
    tables: Tables,
    missing: MissingData,
    *,
    simulated: bool,
) -> RiskModel | None:
    try:
        return risk_model(
            cohort,
            main,
            value.models["full"],
            tables,
            patients=missing.headline,
            sources=_sources(cohort.plan),
            simulated=simulated,
        )
    except RefusalError:
        return None


def _sources(plan: Plan) -> tuple[SourceFile, ...]:
    files = [plan.data.file, plan.readings and plan.readings.file,
             plan.controls and plan.controls.file]  # fmt: skip
    return tuple(SourceFile.from_path(plan.path(file)) for file in files if file)
