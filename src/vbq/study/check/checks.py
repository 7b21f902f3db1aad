"""The check of a plan and its data, before any outcome model is fitted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.stats.imputation.missingness import Missingness, missingness
from vbq.study.check.design import check_design
from vbq.study.check.scanners import ScannerGroup, check_scanners, scanner_groups
from vbq.study.check.size import Size, check_size, size_of
from vbq.study.check.values import check_predictors, check_ranges
from vbq.study.cohort.cohort_file import assemble
from vbq.study.cohort.columns import columns_of
from vbq.text import number_of, percent

if TYPE_CHECKING:
    from vbq.study.cohort.cohort import Cohort
    from vbq.study.plan.plan import Plan

__all__ = ["Examination", "examine"]

SCHEMA = "vbq-study-check/2"
TOLERABLE_LOSS = 0.05  # of the patients; beyond it complete cases are no main result
ORDER = {"refuse": 0, "caution": 1, "note": 2}
FEW_CONTROLS = 10


@dataclass(frozen=True, eq=False)
class Examination:
    """A plan and its data, looked at.

    Attributes:
        plan: As declared.
        cohort: None where the data cannot be understood.
        findings: Stops first, then cautions, then notes.
        size: Of cohort and model; None without a cohort, as all that follows.
        missing: Missing values of the candidate predictors.
        scanners: Groups by site, scanner and field strength.
    """

    plan: Plan
    cohort: Cohort | None
    findings: tuple[Finding, ...]
    size: Size | None = None
    missing: Missingness | None = None
    scanners: tuple[ScannerGroup, ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether no study can be run."""
        return any(finding.severity == "refuse" for finding in self.findings)

    def document(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
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
        return Examination(plan, None, _sorted(findings))
    size = size_of(cohort)
    missing = missingness(columns_of(cohort, [one.name for one in plan.predictors]))
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
    if not any(one.severity == "refuse" for one in findings):  # which would have said it better
        findings += check_design(cohort)
    return Examination(plan, cohort, _sorted(findings), size, missing, groups)


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: ORDER[finding.severity]))


def _check_missing(cohort: Cohort, missing: Missingness) -> list[Finding]:
    lost = missing.n - missing.complete
    if missing.loss <= TOLERABLE_LOSS:
        return []
    message = f"Complete cases alone would lose {lost:,} of {missing.n:,} patients"
    if cohort.plan.missing.strategy == "impute":
        imputations = cohort.plan.missing.imputations
        found = [
            Finding(
                "complete_case_loss", "note", f"{message}; {imputations} imputations keep them."
            )
        ]
        # White IR, Royston P, Wood AM. Stat Med 2011;30:377-399, doi 10.1002/sim.4067
        if imputations < missing.loss * 100:
            few = (
                f"{imputations} imputations are fewer than the percentage of incomplete patients, "
                f"{percent(missing.loss, 0)}: results will depend on the seed. State more under "
                "missing."
            )
            found.append(Finding("few_imputations", "note", few))
        return found
    refused = (
        f"{message}, more than {percent(TOLERABLE_LOSS, 0)}: they are not reported as the main "
        "result. State missing.strategy: impute; complete cases are shown beside it."
    )
    return [Finding("complete_case_loss", "refuse", refused)]


def _check_purpose(cohort: Cohort) -> list[Finding]:
    plan = cohort.plan
    if plan.index is None:
        message = "No index predictor is named: nothing is compared with DXA or with controls."
        return [Finding("no_index", "note", message)]
    if not plan.comparators:
        message = f"No comparator is named: what {plan.index} adds to DXA is not examined."
        return [Finding("no_comparator", "note", message)]
    return []


def _check_follow_up(cohort: Cohort) -> list[Finding]:
    """A length of follow-up that is 0 in all who are censored: a mistyped or empty column."""
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
        f"nobody was observed. Correct {column}, or leave it out of the plan."
    )
    return [Finding("no_follow_up", "refuse", message, {"column": column})]


def _check_horizon(cohort: Cohort) -> list[Finding]:
    import numpy as np

    cohort = cohort.followed or cohort
    horizon = cohort.plan.horizon_years
    if horizon is None:
        return []
    if cohort.follow_up_years is None or cohort.status is None:
        message = (
            "horizon_years needs the time of follow-up. Name the dates, or "
            "dates.follow_up_years, in the plan."
        )
        return [Finding("no_times", "refuse", message)]
    years = cohort.follow_up_years
    lost = int(((cohort.status == 0) & (years < horizon)).sum())
    unknown = int(np.isnan(years).sum())
    found = []
    if unknown:
        message = (
            f"The follow-up of {number_of(unknown, 'patient')} is not known: no time to weigh."
        )
        found.append(Finding("no_time", "caution", message))
    if lost:
        message = (
            f"{number_of(lost, 'patient')} were last seen before {horizon:g} years without the "
            "event; they are weighed for (inverse probability of censoring)."
        )
        found.append(Finding("censored_early", "note", message))
    if not (years[~np.isnan(years)] >= horizon).any():
        message = f"Nobody was followed for {horizon:g} years. Choose an earlier horizon_years."
        found.append(Finding("horizon_too_late", "refuse", message))
    return found


def _check_controls(cohort: Cohort) -> list[Finding]:
    assert cohort.controls is not None
    names = set(cohort.controls.columns)
    variables = tuple(one for one in cohort.plan.variables if one.name in names)
    found = [
        Finding(
            one.code,
            one.severity,
            f"Controls: {one.message}",
            {"column": one.column, "rows": one.rows},
        )
        for one in check_ranges(variables, cohort.controls)
    ]
    complete = int(cohort.controls.notna().all(axis=1).sum())
    if complete < FEW_CONTROLS:
        message = f"Only {complete} controls have all of {', '.join(sorted(names))}."
        found.append(Finding("few_controls", "caution", message))
    return found
