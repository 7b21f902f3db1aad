"""Scores of a cohort as z within field strength, or within the groups of a column such as site.

What is compared is of one protocol and one contrast. The reference is a site's own norm or, where
there is none, a published population of the same field strength and protocol; a field strength at
which neither has anyone is standardised against the cohort's own readings at it, and says so.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from vbq.errors import RefusalError
from vbq.reference.comparable_contrast import unlike
from vbq.reference.comparison import FIELD_NOT_GIVEN, in_population, in_site, percentile_of
from vbq.reference.field_strengths import FIELD, refuse_mixed_fields
from vbq.reference.people import read_age, read_sex
from vbq.reference.population import shipped
from vbq.scan.field_strength import nominal_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vbq.measure.reading import ReferenceRecord
    from vbq.reference.population import Sex
    from vbq.reference.readings_table import ReadingsTable
    from vbq.reference.site import SiteNorm

__all__ = ["FEWEST", "StandardScore", "standard_scores_csv", "standardise"]

FEWEST = (
    20  # readings of a group of the cohort; this program's own: an SD of 20 is uncertain by 16 %
)
COHORT = "this cohort"


@dataclass(frozen=True, slots=True)
class StandardScore:
    """One reading on the scale of its reference.

    Attributes:
        id: Of the reading.
        group: Its field strength or group; empty where it is not known.
        protocol: Id of the protocol.
        score: As it was measured; ``None`` where there is none.
        z: (score - mean) / SD of the reference, or by its centiles; ``None`` where not compared.
        percentile: Of z in a normal distribution.
        reference: ``site``, the id of a published population, or ``this cohort``; empty where not
            compared.
        n: People behind it.
        not_compared: Why there is no z; empty where there is one.
    """

    id: str
    group: str
    protocol: str
    score: float | None = None
    z: float | None = None
    percentile: float | None = None
    reference: str = ""
    n: int | None = None
    not_compared: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """What of a row is compared."""

    id: str
    group: str
    field: float | None
    score: float | None
    age: float | None
    sex: Sex | None
    unfit: str


def standardise(
    table: ReadingsTable,
    *,
    site: SiteNorm | None = None,
    within: str | None = None,
    score: str = "score",
) -> tuple[StandardScore, ...]:
    """Standardise every reading of a table; one answer a row, in its order.

    Columns ``field_strength_t``, ``age`` and ``sex`` are used where they are there.

    Args:
        table: The readings.
        site: A site's own norm to compare with, rather than published populations.
        within: A column whose groups are each standardised against themselves, such as a scanner,
            rather than against a reference.
        score: The column of scores.

    Raises:
        UsageError: a column is not there.
        InputError: a cell cannot be read.
        RefusalError: protocols are mixed, the norm is of another protocol, a group holds more than
            one field strength, or nothing can be compared.
    """
    table.require([score, FIELD if within is None else within], "--score or --within")
    protocol = table.protocol_of(score)
    if site is not None and site.protocol != protocol:
        raise RefusalError(
            f"The norm is of {site.protocol}, column {score} of {protocol}.",
            remedy="Give the column of that protocol with --score, or a norm of this one.",
            code="protocols_mixed",
        )
    rows = [_row(table, number, score, within) for number in range(len(table.rows))]
    if within is not None:
        refuse_mixed_fields(
            ((row.group, row.field) for row in rows if not row.unfit),
            within,
            "Name a column that tells scanners apart.",
        )
    fit = [row for row in rows if not row.unfit]
    groups: dict[str, list[float]] = {}
    for row in fit:
        groups.setdefault(row.group, []).append(row.score or 0.0)  # a fit row has a score
    records = {row.id: _references(row, protocol, site) for row in fit if within is None}
    matched = {
        row.group
        for row in fit
        if any(record.z is not None for record in records.get(row.id, ()))
        or _norm_has_field(row.field, site)
    }
    answers = []
    for row in rows:
        start = StandardScore(row.id, row.group, protocol, row.score)
        if row.unfit:
            answers.append(replace(start, not_compared=row.unfit))
        elif row.group in matched and within is None:
            answers.append(_by_record(start, records[row.id]))
        else:
            answers.append(_by_cohort(start, groups[row.group]))
    if all(answer.z is None for answer in answers):
        why, _ = Counter(answer.not_compared for answer in answers).most_common(1)[0]
        raise RefusalError(
            f"No reading of {table.path} can be standardised; most often {why}.",
            code="nothing_compared",
        )
    return tuple(answers)


def standard_scores_csv(scores: Iterable[StandardScore]) -> bytes:
    """The table: numbers with all their digits, an empty cell where there is none."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    names = ("id", "group", "protocol", "score", "z", "percentile", "reference", "reference_n")
    writer.writerow([*names, "not_compared"])
    for s in scores:
        cells = (s.id, s.group, s.protocol, s.score, s.z, s.percentile, s.reference, s.n)
        writer.writerow([*cells, s.not_compared])
    return text.getvalue().encode()


def _row(table: ReadingsTable, number: int, score: str, within: str | None) -> _Row:
    value = table.number(number, score, positive=True)
    field = table.number(number, FIELD, positive=True)
    by_field = within in (None, FIELD)
    group = (f"{nominal_field(field):g} T" if field else "") if by_field else None
    if group is None:
        group = table.text(number, str(within)) or ""
    codes = unlike(table.flags(number))
    unfit = ""
    if value is None:
        unfit = "there is no score"
    elif codes:
        unfit = f"acquired unlike the population ({codes})"
    elif not group:
        unfit = FIELD_NOT_GIVEN if by_field else f"its {within} is not given"
    return _Row(
        table.rows[number]["id"],
        group,
        field,
        value,
        read_age(table, number),
        read_sex(table, number),
        unfit,
    )


def _references(row: _Row, protocol: str, site: SiteNorm | None) -> list[ReferenceRecord]:
    assert row.score is not None
    scores = {protocol: row.score}
    if site is not None:
        return [in_site(scores, row.field, site, row.age, row.sex)]
    known = shipped().populations
    return [in_population(scores, row.field, p, row.age, row.sex) for p in known]


def _norm_has_field(field: float | None, site: SiteNorm | None) -> bool:
    """Whether a norm has people at a field strength: it is then age or sex that does not match."""
    if site is None or field is None:
        return False
    return nominal_field(field) in {nominal_field(g.field_strength_t) for g in site.groups}


def _by_record(start: StandardScore, records: Sequence[ReferenceRecord]) -> StandardScore:
    """The first reference that compares, in the order of the list."""
    for record in records:
        if record.z is not None:
            return replace(
                start,
                z=record.z,
                percentile=record.percentile,
                reference=record.population,
                n=record.n,
            )
    return replace(start, not_compared=records[0].not_compared or "")


def _by_cohort(start: StandardScore, group: Sequence[float]) -> StandardScore:
    if len(group) < FEWEST:
        why = f"{len(group)} readings in its group are fewer than {FEWEST}"
        return replace(start, not_compared=f"no reference matches, and {why}")
    sd = stdev(group)
    if sd <= 1e-9 * max(group):
        return replace(start, not_compared="the scores of its group do not differ")
    assert start.score is not None
    z = (start.score - fmean(group)) / sd
    return replace(start, z=z, percentile=percentile_of(z), reference=COHORT, n=len(group))
