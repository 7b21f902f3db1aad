"""Whether the index predictor and the outcome differ between scanners.

Where both differ, scanner and fracture are confounded: the field effect on VBQ exceeds the fracture
effect. Where the index alone does, the scanner adds noise to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.study.check.finding import Finding

if TYPE_CHECKING:
    from vbq.study.cohort.cohort import Cohort

__all__ = ["ScannerGroup", "check_scanners", "scanner_groups"]

SMALLEST = 5  # patients of a group that is compared
MOST_GROUPS = 30
LEVEL = 0.05
IMBALANCE = 0.1  # difference between shares of events; of this sample, so no test tells it


@dataclass(frozen=True, slots=True)
class ScannerGroup:
    """Patients of one site, scanner or field strength.

    Attributes:
        by: ``site``, ``scanner`` or ``field_strength``.
        value: Which; field strengths in tesla.
        n: Patients.
        events: With the event.
        index_n: With a value of the index predictor.
        index_mean: Its mean; None without values.
        index_sd: Its standard deviation; None with fewer than two values.
    """

    by: str
    value: str
    n: int
    events: int
    index_n: int
    index_mean: float | None
    index_sd: float | None


def scanner_groups(cohort: Cohort) -> tuple[ScannerGroup, ...]:
    """The groups of each column that the plan names under ``scanner``, in their order."""
    groups = []
    index = cohort.plan.index
    for by in cohort.scanners.columns:
        column = cohort.scanners[by]
        for value in sorted(column.dropna().unique()):
            rows = (column == value).to_numpy()
            values = cohort.table[index][rows].dropna() if _continuous(cohort) else None
            known = 0 if values is None else len(values)
            groups.append(
                ScannerGroup(
                    by=str(by),
                    value=f"{value:g}" if isinstance(value, float) else str(value),
                    n=int(rows.sum()),
                    events=int(cohort.outcome[rows].sum()),
                    index_n=known,
                    index_mean=float(values.mean()) if values is not None and known else None,
                    index_sd=float(values.std()) if values is not None and known > 1 else None,
                )
            )
    return tuple(groups)


def check_scanners(cohort: Cohort, groups: tuple[ScannerGroup, ...]) -> list[Finding]:
    """Differences of the index between groups, and groups that are too many or too small."""
    from scipy import stats

    found = []
    if cohort.scanners.empty:
        message = (
            "The plan names no site, scanner or field strength: whether VBQ differs between them "
            "cannot be checked. Absolute VBQ does not travel between scanners."
        )
        return [Finding("no_scanner", "note", message)]
    modelled = {predictor.column for predictor in cohort.plan.predictors}
    for by in map(str, cohort.scanners.columns):
        named = getattr(cohort.plan.scanner, by)
        here = [group for group in groups if group.by == by]
        if len(here) > MOST_GROUPS:
            message = f"{named} has {len(here)} different entries: is it the {by}?"
            found.append(Finding("many_scanners", "caution", message, named))
        large = [group for group in here if group.index_n >= SMALLEST]
        if len(large) < 2 or cohort.plan.index is None:
            continue
        column = cohort.scanners[by].map(lambda v: f"{v:g}" if isinstance(v, float) else v)
        values = cohort.table[cohort.plan.index]
        samples = [values[(column == group.value).to_numpy()].dropna() for group in large]
        if all(sample.nunique() < 2 for sample in samples):
            continue
        p = float(stats.f_oneway(*samples).pvalue)
        means = [group.index_mean for group in large if group.index_mean is not None]
        risks = [group.events / group.n for group in large]
        if p < LEVEL:
            remedy = "" if named in modelled else " Declare it as a predictor, or standardise."
            shares = f"{min(risks):.0%} to {max(risks):.0%} have the event there"
            meaning = (
                f"and {shares}: scanner and outcome may be confounded."
                if max(risks) - min(risks) >= IMBALANCE
                else f"while the outcome hardly does ({shares}): the scanner adds noise to "
                f"{cohort.plan.index}."
            )
            message = (
                f"{cohort.plan.index} differs by {by.replace('_', ' ')} (means {min(means):.2f} to "
                f"{max(means):.2f}, analysis of variance p {_p(p)}), {meaning}{remedy}"
            )
            found.append(Finding("scanner_differs", "caution", message, named))
    return found


def _continuous(cohort: Cohort) -> bool:
    plan = cohort.plan
    return plan.index is not None and plan.predictor(plan.index).type == "continuous"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
