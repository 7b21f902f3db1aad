"""Where a reading lies in reference populations of its own field strength.

Absolute VBQ differs between field strengths by more than between people with and without
fractures, so across them, or where one is not known, nothing is compared, and the reading says so.
Nor is a scan of another contrast or timing than the populations'.
"""

from __future__ import annotations

from math import erf, sqrt
from typing import TYPE_CHECKING

from vbq.measure.protocol import STANDARD_ID
from vbq.measure.reading import ReferenceRecord
from vbq.reference.comparable_contrast import unlike
from vbq.reference.population import shipped
from vbq.scan.field_strength import same_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vbq.measure.reading import Reading
    from vbq.reference.population import Band, Population, Sex
    from vbq.reference.site import SiteGroup, SiteNorm

__all__ = ["compare", "in_population", "in_site", "percentile_of"]

SITE = "site"
METHOD = "LMS method, doi 10.1002/sim.4780111005"
FIELD_NOT_GIVEN = "the scan does not say its field strength"


def compare(
    reading: Reading,
    *,
    age: float | None = None,
    sex: Sex | None = None,
    site: SiteNorm | None = None,
) -> Reading:
    """The reading with its ``references``: a site's own norm, then the published populations.

    Percentiles are those of z in a normal distribution. A refused reading is returned as it is.

    Args:
        reading: The reading.
        age: The person's age in years, where it is known.
        sex: ``"F"`` or ``"M"``, where it is known.
        site: The site's own norm, where there is one.
    """
    if reading.score is None:
        return reading
    scores, field = reading.variants, _field(reading)
    records = [] if site is None else [in_site(scores, field, site, age, sex)]
    records += [in_population(scores, field, p, age, sex) for p in shipped().populations]
    codes = unlike({flag.code for flag in reading.flags})
    if codes:
        why = f"acquired unlike the population ({codes})"
        nothing = {"z": None, "percentile": None, "not_compared": why}
        records = [record.model_copy(update=nothing) for record in records]
    records.sort(key=lambda record: record.not_compared is not None)  # stable: compared ones first
    return reading.model_copy(update={"references": tuple(records)})


def in_site(
    scores: Mapping[str, float],
    field: float | None,
    site: SiteNorm,
    age: float | None,
    sex: Sex | None,
) -> ReferenceRecord:
    """Where scores, by protocol, at a field strength in tesla lie in a site's own norm."""
    score = scores.get(site.protocol)
    group: SiteGroup | None = None
    why = None
    if score is None:
        why = f"{site.protocol} was not measured"
    elif field is None:
        why = FIELD_NOT_GIVEN
    elif age is None or sex is None:
        why = "age or sex of the person is not given"
    else:
        mine = [g for g in site.groups if g.sex == sex and same_field(g.field_strength_t, field)]
        group = mine[0] if mine else None
        if group is None:
            why = f"it has no norm for {sex} at {field:g} T"
        elif not group.curve.covers(age):
            low, high = group.ages
            why = f"an age of {age:g} lies outside its {low:.1f}–{high:.1f} years"
    z = None
    if why is None and group is not None and score is not None and age is not None:
        z = float(group.curve.z(score, age))
    what = "this site's own norm"
    if site.protocol != STANDARD_ID:
        what += f" of {site.protocol}"
    return ReferenceRecord(
        population=SITE,
        description=what + (f", {sex}, {age:g} years" if z is not None else ""),
        protocol=site.protocol,
        z=z,
        percentile=None if z is None else percentile_of(z),
        n=group.n if group else sum(g.n for g in site.groups),
        citation=METHOD,
        not_compared=why,
    )


def in_population(
    scores: Mapping[str, float],
    field: float | None,
    population: Population,
    age: float | None,
    sex: Sex | None,
) -> ReferenceRecord:
    """Where scores, by protocol, at a field strength in tesla lie in a published population."""
    score = scores.get(population.protocol)
    band = _band(population, age)
    why = _mismatch(scores, field, population, age, sex, band)
    z = None
    if why is None and score is not None and band is not None and band.sd is not None:
        z = (score - band.mean) / band.sd
    return ReferenceRecord(
        population=population.id,
        description=population.description,
        protocol=population.protocol,
        z=z,
        percentile=None if z is None else percentile_of(z),
        n=population.n,
        citation=population.citation.where,
        not_compared=why,
    )


def _mismatch(
    scores: Mapping[str, float],
    field: float | None,
    population: Population,
    age: float | None,
    sex: Sex | None,
    band: Band | None,
) -> str | None:
    """Why a reading may not be compared with a population; ``None`` where it may."""
    theirs = population.field_strength_t
    if population.protocol not in scores:
        return f"{population.protocol} was not measured"
    if theirs is None:
        return "the source at hand names no field strength"
    if field is None:
        return FIELD_NOT_GIVEN
    if not same_field(field, theirs):
        return f"measured at {theirs:g} T, this scan at {field:g} T"
    if population.sex not in ("both", sex):
        return "another sex, or that of the person is not given"
    if band is None:
        return "no age is given" if age is None else f"no one of {age:g} years is in it"
    if band.sd is None:
        return "no SD was published"
    return None


def _band(population: Population, age: float | None) -> Band | None:
    for band in population.bands:
        if band.age is None or (age is not None and band.age[0] <= age < band.age[1] + 1):
            return band
    return None


def _field(reading: Reading) -> float | None:
    return reading.scan.field_strength_t if reading.scan else None


def percentile_of(z: float) -> float:
    """The percentile of z in a normal distribution."""
    return 50.0 * (1 + erf(z / sqrt(2)))
