"""Whether the index predictor and the outcome differ between scanners.

Where both differ, scanner and fracture are confounded: the effect of field strength on VBQ exceeds
that of a fracture. Groups of very few patients are not listed: their rows would describe a patient.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.finding import Finding
from vbq.stats.checks import SIGNIFICANCE_LEVEL
from vbq.study.cohort.cohort import Cohort
from vbq.text import fixed, number_of, p_equals, percent

MIN_GROUP_SIZE = 5  # patients of a group that is listed and compared
MAX_GROUPS = 30
# odds ratio of the event between groups below which they are balanced; confounding is a property of
# this sample, so no test decides it
BALANCED_ODDS_RATIO = 1.25


@dataclass(frozen=True, slots=True)
class ScannerGroup:
    """Patients of one site, scanner or field strength.

    Attributes:
        by: ``site``, ``scanner`` or ``field_strength``.
        value: Name of the group; field strengths in tesla. Groups of fewer than 5 patients are
            merged into one, the last, which is named by their number.
        together: Whether it is the merged small groups.
        n: Number of patients.
        events: Patients with the event.
        index_n: Patients with a known value of the index predictor.
        index_mean: Mean of the index; None without values, and for an index that is not
            continuous.
        index_sd: Standard deviation of the index; None with fewer than two values.
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
    """The groups of each column that the plan names under ``scanner``, in that order."""
    groups = []
    for key in map(str, cohort.scanners.columns):
        column = cohort.scanners[key]
        counts = column.value_counts()
        groups += [
            _group(cohort, key, _name(value), (column == value).to_numpy())
            for value in sorted(counts.index[counts >= MIN_GROUP_SIZE])
        ]
        small = counts.index[counts < MIN_GROUP_SIZE]
        rows = column.isin(small).to_numpy()
        if rows.sum() >= MIN_GROUP_SIZE:  # a smaller row would as good as describe a patient
            label = small_groups_label(len(small))
            groups.append(_group(cohort, key, label, rows, merged=True))
    return tuple(groups)


def small_groups_label(count: int) -> str:
    """The name that stands for so many groups that are too small to be listed."""
    return f"{count:,} with fewer than {MIN_GROUP_SIZE} patients{' each' if count > 1 else ''}"


def _name(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _group(
    cohort: Cohort, key: str, name: str, rows: NDArray[np.bool_], *, merged: bool = False
) -> ScannerGroup:
    index = cohort.plan.index
    values = cohort.table[index][rows].dropna() if index is not None else ()
    continuous = _has_continuous_index(cohort)
    return ScannerGroup(
        by=key,
        value=name,
        together=merged,
        n=int(rows.sum()),
        events=int(cohort.outcome[rows].sum()),
        index_n=len(values),
        index_mean=float(np.mean(values)) if continuous and len(values) else None,
        index_sd=float(np.std(values, ddof=1)) if continuous and len(values) > 1 else None,
    )


def check_scanners(cohort: Cohort, groups: tuple[ScannerGroup, ...]) -> list[Finding]:
    """Differences of the index between groups, and groups that are too many or too small."""
    if cohort.scanners.empty:
        message = (
            "The plan names no site, scanner or field strength: whether VBQ differs between them "
            "cannot be checked. Absolute VBQ is not comparable between scanners."
        )
        return [Finding("no_scanner", "note", message)]
    findings = []
    for key in map(str, cohort.scanners.columns):
        column = getattr(cohort.plan.scanner, key)
        label = key.replace("_", " ")
        if identifier := _patient_identifier(cohort, key, column):
            findings.append(identifier)
            continue
        listed_groups = [group for group in groups if group.by == key]
        if len(listed_groups) > MAX_GROUPS:
            entries = cohort.scanners[key].nunique()
            message = f"{column} has {entries} different entries. Is it really the {label}?"
            findings.append(Finding("many_scanners", "caution", message, {"column": column}))
        large = [g for g in listed_groups if g.index_n >= MIN_GROUP_SIZE and not g.together]
        if len(large) >= 2 and _has_continuous_index(cohort):
            findings += _index_difference(cohort, key, column, large)
    return findings


def _index_difference(
    cohort: Cohort, key: str, column: str, groups: list[ScannerGroup]
) -> list[Finding]:
    """A difference of the index between groups, and whether the outcome differs too."""
    from scipy import stats

    names = cohort.scanners[key].map(_name, na_action="ignore")
    values = cohort.table[cohort.plan.index]
    samples = [values[(names == group.value).to_numpy()].dropna() for group in groups]
    if all(sample.nunique() < 2 for sample in samples):
        return []
    p = float(stats.f_oneway(*samples).pvalue)
    if not p < SIGNIFICANCE_LEVEL:
        return []
    means = [group.index_mean for group in groups if group.index_mean is not None]
    risks = [group.events / group.n for group in groups]
    shares = f"{percent(min(risks), 0)} to {percent(max(risks), 0)}"
    consequence = (
        f"while the share of patients with the event is similar ({shares})."
        if _balanced(min(risks), max(risks))
        else f"and so does the share of patients with the event ({shares}): confounding by scanner "
        "cannot be excluded."
    )
    modelled = {predictor.column for predictor in cohort.plan.predictors}
    remedy = "" if column in modelled else " Declare it as a predictor, or standardise the index."
    message = (
        f"{cohort.plan.index} differs by {key.replace('_', ' ')} (means {fixed(min(means), 2)} to "
        f"{fixed(max(means), 2)}, analysis of variance p {p_equals(p)}), {consequence}{remedy}"
    )
    return [Finding("scanner_differs", "caution", message, {"column": column})]


def _patient_identifier(cohort: Cohort, key: str, column: str) -> Finding | None:
    """A column that identifies patients, named in the plan as a site or scanner."""
    plan, label = cohort.plan, key.replace("_", " ")
    known = cohort.scanners[key].dropna()
    entries = known.nunique()
    ids = {plan.data.id, plan.readings.id if plan.readings else None}
    if column in ids:
        message = f"{column} is the patient id and cannot be the {label}."
    elif entries > 1 and entries > len(known) / MIN_GROUP_SIZE:
        message = (
            f"{column} has {entries:,} different entries in {number_of(len(known), 'patient')}, "
            f"fewer than {MIN_GROUP_SIZE} patients per entry: it identifies patients rather than "
            f"the {label}."
        )
    else:
        return None
    remedy = f" Name another column under scanner.{key} in the plan, or none."
    return Finding("scanner_is_id", "refuse", message + remedy, {"column": column})


def _balanced(lowest: float, highest: float) -> bool:
    """Whether two shares of patients with the event are too close for confounding."""
    odds_product = BALANCED_ODDS_RATIO * lowest * (1 - highest)
    return lowest == highest or highest * (1 - lowest) < odds_product


def _has_continuous_index(cohort: Cohort) -> bool:
    plan = cohort.plan
    return plan.index is not None and plan.predictor(plan.index).type == "continuous"
