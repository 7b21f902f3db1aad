"""The check of a plan and its data, before any outcome model is fitted."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from vbq.finding import Finding, any_refusal, by_severity
from vbq.stats.imputation.missingness import Missingness, missingness
from vbq.study.check.design import check_design
from vbq.study.check.scanners import ScannerGroup, check_scanners, scanner_groups
from vbq.study.check.size import Size, check_size, size_of
from vbq.study.check.values import check_predictors, check_ranges
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.cohort_file import assemble
from vbq.study.cohort.columns import columns_of
from vbq.study.plan.plan import Plan
from vbq.text import listed, number_of, percent

SCHEMA = "vbq.study-check/2"
TOLERABLE_LOSS = 0.05  # share of the patients; beyond it complete cases are no main result
MIN_CONTROLS = 10


@dataclass(frozen=True, eq=False)
class Examination:
    """The result of checking a plan and its data.

    Attributes:
        plan: The plan as declared.
        cohort: The patients; None where the data cannot be understood.
        findings: What was found, the gravest first.
        size: Size of the cohort and of its model; None without a cohort.
        missing: Missing values of the candidate predictors; None without a cohort.
        scanners: Patients by site, scanner and field strength; empty without a cohort.
    """

    plan: Plan
    cohort: Cohort | None
    findings: tuple[Finding, ...]
    size: Size | None = None
    missing: Missingness | None = None
    scanners: tuple[ScannerGroup, ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether the study cannot be run."""
        return any_refusal(self.findings)

    def document(self) -> dict[str, Any]:
        """The check as a JSON document, of schema ``vbq.study-check/2``."""
        plan = self.cohort.plan if self.cohort else self.plan
        return {
            "schema": SCHEMA,
            "stopped": self.stopped,
            "findings": [asdict(finding) for finding in self.findings],
            "flow": [asdict(step) for step in self.cohort.flow] if self.cohort else [],
            "size": asdict(self.size) if self.size else None,
            "missing": asdict(self.missing) if self.missing else None,
            "scanners": [asdict(group) for group in self.scanners],
            "plan": plan.model_dump(mode="json"),
        }


def examine(plan: Plan) -> Examination:
    """Read the data of a plan and check both.

    Raises:
        InputError: a table cannot be read at all.
    """
    cohort, findings = assemble(plan)
    if cohort is None:
        return Examination(plan, None, tuple(by_severity(findings)))
    size = size_of(cohort)
    missing = missingness(columns_of(cohort, [predictor.name for predictor in plan.predictors]))
    groups = scanner_groups(cohort)
    findings += check_size(size)
    findings += check_ranges(cohort.plan.variables, (cohort.followed or cohort).table)
    findings += check_predictors(cohort)
    findings += _check_missing(cohort, missing)
    findings += check_scanners(cohort, groups)
    findings += _check_purpose(cohort)
    findings += _check_follow_up(cohort)
    findings += _check_horizon(cohort)
    if cohort.controls is not None:
        findings += _check_controls(cohort)
    if not any_refusal(findings):  # a refusal explains a singular design better
        findings += check_design(cohort)
    return Examination(plan, cohort, tuple(by_severity(findings)), size, missing, groups)


def _check_missing(cohort: Cohort, missing: Missingness) -> list[Finding]:
    if missing.loss <= TOLERABLE_LOSS:
        return []
    lost = missing.n - missing.complete
    loss = f"A complete-case analysis would lose {lost:,} of {missing.n:,} patients"
    if cohort.plan.missing.strategy != "impute":
        message = (
            f"{loss}, more than {percent(TOLERABLE_LOSS, 0)}, and cannot be the main result. Set "
            "missing.strategy: impute; complete cases are then reported alongside."
        )
        return [Finding("complete_case_loss", "refuse", message)]
    imputations = cohort.plan.missing.imputations
    message = f"{loss}; multiple imputation ({imputations} imputations) keeps them."
    findings = [Finding("complete_case_loss", "note", message)]
    # White IR, Royston P, Wood AM. Stat Med 2011;30:377-399, doi 10.1002/sim.4067
    if imputations < missing.loss * 100:
        message = (
            f"The number of imputations, {imputations}, is below the percentage of incomplete "
            f"patients, {percent(missing.loss, 0)}: results will depend on the seed. Raise "
            "missing.imputations in the plan."
        )
        findings.append(Finding("few_imputations", "note", message))
    return findings


def _check_purpose(cohort: Cohort) -> list[Finding]:
    plan = cohort.plan
    if plan.index is None:
        message = (
            "The plan names no index predictor: nothing is compared with DXA or with controls."
        )
        return [Finding("no_index", "note", message)]
    if not plan.comparators:
        message = (
            f"The plan names no comparator: the added value of {plan.index} over DXA is not "
            "examined."
        )
        return [Finding("no_comparator", "note", message)]
    return []


def _check_follow_up(cohort: Cohort) -> list[Finding]:
    """A follow-up of 0 years in all censored patients: a mistyped or empty column."""
    import numpy as np

    cohort = cohort.followed or cohort
    if cohort.follow_up_years is None or cohort.status is None:
        return []
    years = cohort.follow_up_years[(cohort.status != 1) & ~np.isnan(cohort.follow_up_years)]
    if not years.size or years.max() > 0:
        return []
    column = cohort.plan.dates.follow_up_years or cohort.plan.dates.last_seen or ""
    message = (
        f"The follow-up of all {number_of(years.size, 'patient')} without the event is 0 years: "
        f"none of them was observed. Correct {column}, or remove it from the plan."
    )
    return [Finding("no_follow_up", "refuse", message, {"column": column})]


def _check_horizon(cohort: Cohort) -> list[Finding]:
    """Whether patients were followed long enough to predict the event by the plan's horizon."""
    import numpy as np

    cohort = cohort.followed or cohort
    horizon = cohort.plan.horizon_years
    if horizon is None:
        return []
    if cohort.follow_up_years is None or cohort.status is None:
        message = (
            "horizon_years requires follow-up times. Name the columns of the dates, or "
            "dates.follow_up_years, in the plan."
        )
        return [Finding("no_times", "refuse", message)]
    years = cohort.follow_up_years
    censored = int(((cohort.status == 0) & (years < horizon)).sum())
    unknown = int(np.isnan(years).sum())
    findings = []
    if unknown:
        message = (
            f"The follow-up of {number_of(unknown, 'patient')} is unknown: they do not contribute "
            "to the analysis at the horizon."
        )
        findings.append(Finding("no_time", "caution", message))
    if censored:
        message = (
            f"{number_of(censored, 'patient')} {'was' if censored == 1 else 'were'} last seen "
            f"before {horizon:g} years without the event; inverse probability of censoring weights "
            "account for this."
        )
        findings.append(Finding("censored_early", "note", message))
    if not (years[~np.isnan(years)] >= horizon).any():
        message = f"No patient was followed for {horizon:g} years. Choose a shorter horizon_years."
        findings.append(Finding("horizon_too_late", "refuse", message))
    return findings


def _check_controls(cohort: Cohort) -> list[Finding]:
    assert cohort.controls is not None
    names = set(cohort.controls.columns)
    variables = tuple(variable for variable in cohort.plan.variables if variable.name in names)
    findings = [
        replace(finding, message=f"Controls: {finding.message}")
        for finding in check_ranges(variables, cohort.controls)
    ]
    complete = int(cohort.controls.notna().all(axis=1).sum())
    if complete < MIN_CONTROLS:
        message = (
            f"Only {number_of(complete, 'control')} with known {listed(sorted(names))}: too few "
            "for a reliable comparison."
        )
        findings.append(Finding("few_controls", "caution", message))
    return findings
