"""Scores of a cohort as z within field strength, or within the groups of a column such as site.

Only readings of one protocol and one contrast are compared. The reference is a site's own norm or,
without one, a published population of the same field strength and protocol. If neither has anyone
at a field strength, the cohort's own readings at it are the reference, and the result says so.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from vbq.errors import RefusalError
from vbq.measure.reading import ReferenceRecord
from vbq.reference.comparability import incomparable_codes
from vbq.reference.comparison import FIELD_NOT_GIVEN, Subject, in_population, in_site, percentile_of
from vbq.reference.field_strengths import FIELD, refuse_mixed_fields
from vbq.reference.joined_readings import ReadingsTable
from vbq.reference.people import read_ages, read_sexes
from vbq.reference.population import Sex, published_data
from vbq.reference.site import SiteNorm
from vbq.scan.field_strength import nominal_field
from vbq.tables.csv_write import csv_bytes

# readings of a group of the cohort; our own choice: an SD from 20 has a standard error of 16 %
FEWEST = 20
COLUMNS = (
    "id",
    "group",
    "protocol",
    "score",
    "z",
    "percentile",
    "reference",
    "reference_n",
    "not_compared",
)
COHORT = "this cohort"


@dataclass(frozen=True, slots=True)
class StandardScore:
    """One reading on the scale of its reference.

    Attributes:
        id: Id of the reading.
        group: Field strength or group of the reading; empty if not known.
        protocol: Id of the protocol.
        score: The score as measured; None if there is none.
        z: (score - mean) / SD of the reference, or z by its centile curves; None if not compared.
        percentile: Percentile of z in a normal distribution.
        reference: ``site``, the id of a published population, or ``this cohort``; empty if not
            compared.
        n: Number of people in the reference.
        not_compared: Why there is no z; empty if there is one.
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
    """The data of one reading that a comparison needs; ``exclusion`` says why there is none."""

    id: str
    group: str
    field: float | None
    score: float | None
    age: float | None
    sex: Sex | None
    exclusion: str


def standardise(
    table: ReadingsTable,
    *,
    site: SiteNorm | None = None,
    within: str | None = None,
    score: str = "score",
) -> tuple[StandardScore, ...]:
    """Standardise every reading of a table; one result for each row, in the same order.

    Columns ``field_strength_t``, ``age`` and ``sex`` are used if they exist.

    Args:
        table: The readings.
        site: A site's own norm to compare with, instead of published populations.
        within: A column, such as the scanner, whose groups are each standardised against
            themselves instead of a reference.
        score: The column of scores.

    Raises:
        UsageError: a column does not exist.
        InputError: a cell cannot be read.
        RefusalError: protocols are mixed, the norm has another protocol, a group holds more than
            one field strength, or nothing can be compared.
    """
    table.require([score, FIELD if within is None else within], "--score or --within")
    protocol = table.protocol_of(score)
    if site is not None and site.protocol != protocol:
        raise RefusalError(
            f"The norm is of {site.protocol}, column {score} of {protocol}.",
            remedy="Name the column of that protocol with --score, or give a norm of this one.",
            code="protocols_mixed",
        )
    rows = _rows(table, score, within)
    comparable = [row for row in rows if not row.exclusion]
    if within is not None:
        refuse_mixed_fields(
            ((row.group, row.field) for row in comparable),
            within,
            "Name a column that identifies the scanner.",
        )
    groups: dict[str, list[float]] = {}
    for row in comparable:
        groups.setdefault(row.group, []).append(row.score or 0.0)  # a comparable row has a score
    records = {row.id: _references(row, protocol, site) for row in comparable if within is None}
    matched = {
        row.group
        for row in comparable
        if any(record.z is not None for record in records.get(row.id, ()))
        or _norm_has_field(row.field, site)
    }
    results = []
    for row in rows:
        result = StandardScore(row.id, row.group, protocol, row.score)
        if row.exclusion:
            results.append(replace(result, not_compared=row.exclusion))
        elif row.group in matched and within is None:
            results.append(_by_record(result, records[row.id]))
        else:
            results.append(_by_cohort(result, groups[row.group]))
    if all(result.z is None for result in results):
        reason, _ = Counter(result.not_compared for result in results).most_common(1)[0]
        raise RefusalError(
            f"No reading of {table.path} can be standardised; the most frequent reason: {reason}.",
            code="nothing_compared",
        )
    return tuple(results)


def standard_scores_csv(scores: Iterable[StandardScore]) -> bytes:
    """The table: numbers with all their digits, an empty cell if there is none."""
    return csv_bytes(
        COLUMNS,
        (
            (
                s.id,
                s.group,
                s.protocol,
                s.score,
                s.z,
                s.percentile,
                s.reference,
                s.n,
                s.not_compared,
            )
            for s in scores
        ),
    )


def _rows(table: ReadingsTable, score: str, within: str | None) -> list[_Row]:
    by_field = within in (None, FIELD)
    fields = table.numbers(FIELD, positive=True)
    if by_field:
        groups = [f"{nominal_field(field):g} T" if field else "" for field in fields]
    else:
        groups = [text or "" for text in table.texts(str(within))]
    flags, ids = table.flags(), table.ids
    rows = []
    for row, group, field, value, age, sex in zip(
        table.rows,
        groups,
        fields,
        table.numbers(score, positive=True),
        read_ages(table),
        read_sexes(table),
        strict=True,
    ):
        codes = incomparable_codes(flags[row])
        exclusion = ""
        if value is None:
            exclusion = "there is no score"
        elif codes:
            exclusion = f"acquired unlike the population ({codes})"
        elif not group:
            exclusion = FIELD_NOT_GIVEN if by_field else f"its {within} is not given"
        rows.append(_Row(ids[row], group, field, value, age, sex, exclusion))
    return rows


def _references(row: _Row, protocol: str, site: SiteNorm | None) -> list[ReferenceRecord]:
    assert row.score is not None
    subject = Subject({protocol: row.score}, row.field, row.age, row.sex)
    if site is not None:
        return [in_site(subject, site)]
    return [in_population(subject, population) for population in published_data().populations]


def _norm_has_field(field: float | None, site: SiteNorm | None) -> bool:
    """Whether a norm has people at a field strength: only age or sex can then fail to match."""
    if site is None or field is None:
        return False
    return nominal_field(field) in {nominal_field(g.field_strength_t) for g in site.groups}


def _by_record(result: StandardScore, records: Sequence[ReferenceRecord]) -> StandardScore:
    """The result by the first reference that can be compared, in the order of the list."""
    for record in records:
        if record.z is not None:
            return replace(
                result,
                z=record.z,
                percentile=record.percentile,
                reference=record.population,
                n=record.n,
            )
    return replace(result, not_compared=records[0].not_compared or "")


def _by_cohort(result: StandardScore, group: Sequence[float]) -> StandardScore:
    """The result by the mean and SD of the scores of its own group in the cohort."""
    if len(group) < FEWEST:
        reason = f"{len(group)} readings in its group are fewer than {FEWEST}"
        return replace(result, not_compared=f"no reference matches, and {reason}")
    sd = stdev(group)
    if sd <= 1e-9 * max(group):
        return replace(result, not_compared="the scores of its group do not differ")
    assert result.score is not None
    z = (result.score - fmean(group)) / sd
    return replace(result, z=z, percentile=percentile_of(z), reference=COHORT, n=len(group))
