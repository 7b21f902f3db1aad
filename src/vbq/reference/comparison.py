"""Where a reading lies in reference populations of its own field strength.

Absolute VBQ differs more between field strengths than between people with and without fractures.
A reading is therefore not compared across field strengths, or if its own is not known, nor if its
contrast or timing differs from the population's; its record then says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, sqrt

from vbq.measure.protocol import STANDARD_ID
from vbq.measure.reading import Reading, ReferenceRecord
from vbq.reference.comparability import incomparable_codes
from vbq.reference.population import Band, Population, Sex, published_data
from vbq.reference.site import SiteGroup, SiteNorm
from vbq.scan.field_strength import same_field
from vbq.text import fixed

SITE = "site"
METHOD = "LMS method, doi 10.1002/sim.4780111005"
FIELD_NOT_GIVEN = "the scan does not say its field strength"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a comparison needs of a person and a scan.

    Attributes:
        scores: Scores by protocol.
        field: Field strength in tesla; None if it is not known.
        age: Age in years; None if it is not known.
        sex: ``"F"`` or ``"M"``; None if it is not known.
    """

    scores: Mapping[str, float]
    field: float | None
    age: float | None
    sex: Sex | None


def compare(
    reading: Reading,
    *,
    age: float | None = None,
    sex: Sex | None = None,
    site: SiteNorm | None = None,
) -> Reading:
    """The reading with its ``references``: a site's own norm, then the published populations.

    Percentiles assume that z has a normal distribution. A refused reading is returned unchanged.

    Args:
        reading: The reading.
        age: The person's age in years, if it is known.
        sex: ``"F"`` or ``"M"``, if it is known.
        site: The site's own norm, if there is one.
    """
    if reading.score is None:
        return reading
    field = reading.scan.field_strength_t if reading.scan else None
    subject = Subject(reading.variants, field, age, sex)
    records = [] if site is None else [in_site(subject, site)]
    records += [in_population(subject, p) for p in published_data().populations]
    codes = incomparable_codes({flag.code for flag in reading.flags})
    if codes:
        reason = f"acquired unlike the population ({codes})"
        cleared = {"z": None, "percentile": None, "not_compared": reason}
        records = [record.model_copy(update=cleared) for record in records]
    records.sort(key=lambda record: record.not_compared is not None)  # stable; compared ones first
    return reading.model_copy(update={"references": tuple(records)})


def in_site(subject: Subject, site: SiteNorm) -> ReferenceRecord:
    """Compare a subject with a site's own norm."""
    score, field = subject.scores.get(site.protocol), subject.field
    age, sex = subject.age, subject.sex
    group: SiteGroup | None = None
    reason = None
    if score is None:
        reason = f"{site.protocol} was not measured"
    elif field is None:
        reason = FIELD_NOT_GIVEN
    elif age is None or sex is None:
        reason = "age or sex of the person is not given"
    else:
        group = next(
            (g for g in site.groups if g.sex == sex and same_field(g.field_strength_t, field)), None
        )
        if group is None:
            reason = f"the site norm has no group for {sex} at {field:g} T"
        elif not group.curve.covers(age):
            low, high = group.ages
            reason = (
                f"age {age:g} lies outside the site norm's {fixed(low, 1)}–{fixed(high, 1)} years"
            )
    z = None
    if reason is None and group is not None and score is not None and age is not None:
        z = float(group.curve.z(score, age))
    description = "this site's own norm"
    if site.protocol != STANDARD_ID:
        description += f" of {site.protocol}"
    if z is not None:
        description += f", {sex}, {age:g} years"
    return ReferenceRecord(
        population=SITE,
        description=description,
        protocol=site.protocol,
        z=z,
        percentile=None if z is None else percentile_of(z),
        n=group.n if group else sum(g.n for g in site.groups),
        citation=METHOD,
        not_compared=reason,
    )


def in_population(subject: Subject, population: Population) -> ReferenceRecord:
    """Compare a subject with a published population."""
    score = subject.scores.get(population.protocol)
    band = _band(population, subject.age)
    reason = _mismatch(subject, population, band)
    z = None
    if reason is None and score is not None and band is not None and band.sd is not None:
        z = (score - band.mean) / band.sd
    return ReferenceRecord(
        population=population.id,
        description=population.description,
        protocol=population.protocol,
        z=z,
        percentile=None if z is None else percentile_of(z),
        n=population.n,
        citation=population.citation.locator,
        not_compared=reason,
    )


def _mismatch(subject: Subject, population: Population, band: Band | None) -> str | None:
    """Why a subject may not be compared with a population; None if it may."""
    field, age = subject.field, subject.age
    population_field = population.field_strength_t
    if population.protocol not in subject.scores:
        return f"{population.protocol} was not measured"
    if population_field is None:
        return "the source at hand names no field strength"
    if field is None:
        return FIELD_NOT_GIVEN
    if not same_field(field, population_field):
        return f"measured at {population_field:g} T, this scan at {field:g} T"
    if population.sex not in ("both", subject.sex):
        return "the population is of the other sex, or the sex of the person is not given"
    if band is None:
        return (
            "no age is given"
            if age is None
            else f"the population has no age group for {age:g} years"
        )
    if band.sd is None:
        return "no SD was published"
    return None


def _band(population: Population, age: float | None) -> Band | None:
    """The age band of a person, or the one of all ages; None if there is neither."""
    for band in population.bands:
        if band.age is None or (age is not None and band.age[0] <= age < band.age[1] + 1):
            return band
    return None


def percentile_of(z: float) -> float:
    """The percentile of z in a normal distribution."""
    return 50.0 * (1 + erf(z / sqrt(2)))
