"""Whether the index predictor and the outcome differ between scanners.

Where both differ, scanner and fracture are confounded: the field effect on VBQ exceeds the fracture
effect. A site with hardly a patient is none, and is not listed: its row would be a patient's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.finding import Finding
from vbq.text import fixed, number_of, p_equals, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.study.cohort.cohort import Cohort

__all__ = ["SMALLEST", "ScannerGroup", "check_scanners", "scanner_groups", "small_groups"]

SMALLEST = 5  # patients of a group that is listed and compared
MOST_GROUPS = 30
LEVEL = 0.05
# odds ratio of the event between two groups; confounding is of this sample, so no test tells it
ALIKE = 1.25


@dataclass(frozen=True, slots=True)
class ScannerGroup:
    """Patients of one site, scanner or field strength.

    Attributes:
        by: ``site``, ``scanner`` or ``field_strength``.
        value: Which; field strengths in tesla. Of groups of fewer than 5 patients, which are taken
            together as the last one, how many they are.
        together: Whether it is those small groups.
        n: Patients.
        events: With the event.
        index_n: With a value of the index predictor.
        index_mean: Its mean; None without values, and of an index that is no number.
        index_sd: Its standard deviation; None with fewer than two values.
    """

    by: str
    value: str
    together: bool
    n: int
    events: int
    index_n: int
    index_mean: float | None
    index_sd: float | None


def scanner_groups(cohort: Cohort) -> tuple[ScannerGroup, ...]:
    """The groups of each column that the plan names under ``scanner``, in their order."""
    groups = []
    for by in cohort.scanners.columns:
        column = cohort.scanners[by]
        counts = column.value_counts()
        for value in sorted(counts.index[counts >= SMALLEST]):
            words = f"{value:g}" if isinstance(value, float) else str(value)
            groups.append(_group(cohort, str(by), words, (column == value).to_numpy()))
        small = counts.index[counts < SMALLEST]
        rows = column.isin(small).to_numpy()
        if rows.sum() >= SMALLEST:  # or the row would be as good as a single patient's
            groups.append(_group(cohort, str(by), small_groups(len(small)), rows, together=True))
    return tuple(groups)


def small_groups(count: int) -> str:
    """What stands in the place of the names of groups that are not listed."""
    return f"{count:,} with fewer than {SMALLEST} patients{' each' if count > 1 else ''}"


def _group(
    cohort: Cohort, by: str, value: str, rows: NDArray[np.bool_], *, together: bool = False
) -> ScannerGroup:
    index, n = cohort.plan.index, int(rows.sum())
    values = cohort.table[index][rows].dropna() if index is not None else ()
    shown = _continuous(cohort)
    return ScannerGroup(
        by=by,
        value=value,
        together=together,
        n=n,
        events=int(cohort.outcome[rows].sum()),
        index_n=len(values),
        index_mean=float(np.mean(values)) if shown and len(values) else None,
        index_sd=float(np.std(values, ddof=1)) if shown and len(values) > 1 else None,
    )


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
        if stop := _tells_patients_apart(cohort, by, named):
            found.append(stop)
            continue
        if len(here) > MOST_GROUPS:
            entries = cohort.scanners[by].nunique()
            message = f"{named} has {entries} different entries: is it the {by}?"
            found.append(Finding("many_scanners", "caution", message, {"column": named}))
        large = [group for group in here if group.index_n >= SMALLEST and not group.together]
        if len(large) < 2 or not _continuous(cohort):
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
            shares = f"{percent(min(risks), 0)} to {percent(max(risks), 0)} have the event there"
            meaning = (
                f"while the outcome is alike ({shares})."
                if _alike(min(risks), max(risks))
                else f"and {shares}: confounding of scanner and outcome cannot be excluded."
            )
            message = (
                f"{cohort.plan.index} differs by {by.replace('_', ' ')} (means "
                f"{fixed(min(means), 2)} to {fixed(max(means), 2)}, analysis of variance p "
                f"{p_equals(p)}), {meaning}{remedy}"
            )
            found.append(Finding("scanner_differs", "caution", message, {"column": named}))
    return found


def _tells_patients_apart(cohort: Cohort, by: str, column: str) -> Finding | None:
    """A column of ids, or of as good as ids, in the place of sites or scanners."""
    plan, what = cohort.plan, by.replace("_", " ")
    known = cohort.scanners[by].dropna()
    entries = known.nunique()
    ids = {plan.data.id, plan.readings.id if plan.readings else None}
    if column in ids:
        message = f"{column} is the id of the patients: it cannot be the {what}."
    elif entries > 1 and entries > len(known) / SMALLEST:
        message = (
            f"{column} has {entries:,} different entries in {number_of(len(known), 'patient')}, "
            f"fewer than {SMALLEST} of them to each: it tells patients apart rather than the "
            f"{what}."
        )
    else:
        return None
    remedy = f" Name another column at scanner.{by} in the plan, or none."
    return Finding("scanner_is_id", "refuse", message + remedy, {"column": column})


def _alike(least: float, most: float) -> bool:
    """Whether two shares of events are so close that they can hardly confound."""
    return least == most or most * (1 - least) < ALIKE * least * (1 - most)


def _continuous(cohort: Cohort) -> bool:
    plan = cohort.plan
    return plan.index is not None and plan.predictor(plan.index).type == "continuous"
