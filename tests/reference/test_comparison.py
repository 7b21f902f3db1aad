"""A score is compared with its own field strength, age and sex, or not at all and says why."""

import json
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vbq.finding import Finding
from vbq.measure.protocol import protocols
from vbq.measure.reading import Reading, schema_text
from vbq.reference import compare, fit_site, published_data, read_readings, standardise


def compared(reading):
    return {record.population: record for record in reading.references if record.z is not None}


@pytest.mark.parametrize(
    ("field", "population", "mean", "sd"),
    [
        (1.5, "josr2023-1.5T", 2.769, 0.494),
        (1.494, "josr2023-1.5T", 2.769, 0.494),
        (3.0, "josr2023-3T", 2.199, 0.432),
        (2.89, "josr2023-3T", 2.199, 0.432),
    ],
)
def test_z_is_that_of_the_population_of_the_same_field(reading_of, field, population, mean, sd):
    records = compared(compare(reading_of(3.0, field), age=55, sex="F"))
    assert set(records) == {population}
    assert records[population].z == pytest.approx((3.0 - mean) / sd)
    assert records[population].percentile == pytest.approx(100 * stats.norm.cdf((3.0 - mean) / sd))
    assert records[population].n == 1200


@pytest.mark.parametrize(
    ("field", "reason"),
    [(None, "does not say its field strength"), (1.0, "measured at 1.5 T, this scan at 1 T")],
)
def test_across_field_strengths_nothing_is_compared_and_it_says_so(reading_of, site, field, reason):
    reading = compare(reading_of(3.0, field), age=55, sex="F", site=site)
    assert compared(reading) == {}
    reasons = {record.population: record.not_compared for record in reading.references}
    assert all(reasons.values())
    assert reason in reasons["josr2023-1.5T"]
    assert reasons["normative107"] == "the source at hand names no field strength"


def test_every_population_is_answered_for_and_compared_ones_come_first(reading_of, site):
    references = compare(reading_of(), age=55, sex="M", site=site).references
    assert {r.population for r in references} == {
        "site",
        *(p.id for p in published_data().populations),
    }
    assert [r.population for r in references[:2]] == ["site", "josr2023-1.5T"]
    assert all((r.z is None) == (r.not_compared is not None) for r in references)


@pytest.mark.parametrize(
    ("age", "sex", "reason"),
    [
        (None, "F", "age or sex of the person is not given"),
        (55, None, "age or sex of the person is not given"),
        (95, "F", "age 95 lies outside the site norm's 20.0–79.8 years"),
    ],
)
def test_a_site_norm_is_never_stretched(reading_of, site, age, sex, reason):
    references = compare(reading_of(), age=age, sex=sex, site=site).references
    (mine,) = (record for record in references if record.population == "site")
    assert mine.z is None
    assert mine.not_compared == reason


@settings(max_examples=25, deadline=None)
@given(st.floats(-2.5, 2.5), st.floats(21, 79), st.sampled_from([1.5, 3.0]))
def test_a_site_norm_gives_the_z_a_person_was_made_with(reading_of, truth, site, z, age, field):
    score = float(truth(field).centile(z, age))
    records = compared(compare(reading_of(score, field), age=age, sex="F", site=site))
    assert records["site"].z == pytest.approx(z, abs=0.6)  # n = 400: SD of z up to 0.17


@pytest.mark.parametrize(
    "code", ["contrast_agent", "series_overridden", "tr_outside", "te_outside"]
)
def test_a_scan_acquired_otherwise_is_not_compared_here_nor_in_a_table(
    reading_of, site, tmp_path, code
):
    flags = tuple(Finding(code=c, severity="caution", message="") for c in ("low_snr", code))
    reading = reading_of().model_copy(update={"flags": flags})
    references = compare(reading, age=55, sex="F", site=site).references
    assert {r.not_compared for r in references} == {f"acquired unlike the population ({code})"}
    assert {(r.z, r.percentile) for r in references} == {(None, None)}
    table = tmp_path / "readings.csv"
    lines = ["id,score,field_strength_t,age,sex,flags", f"a,3.0,1.5,55,F,low_snr;{code}",
             "b,3.0,1.5,55,F,low_snr"]  # fmt: skip
    table.write_text("\n".join(lines), encoding="utf-8")
    for norm in (site, None):
        contrast, plain = standardise(read_readings(table), site=norm)
        assert contrast.not_compared == references[0].not_compared
        assert plain.z is not None


def test_a_norm_of_another_protocol_is_compared_with_that_only(reading_of, people):
    norm, _ = fit_site(people(n=120, fields=(1.5,), sexes="F"), "L1")
    (mine,) = (r for r in compare(reading_of(), age=55, sex="F", site=norm).references
               if r.population == "site")  # fmt: skip
    assert (mine.z, mine.not_compared) == (None, "L1 was not measured")
    reading = reading_of().model_copy(update={"variants": {"median_of_means": 9.0, "L1": 2.8}})
    first = compare(reading, age=55, sex="F", site=norm).references[0]
    assert first.protocol == "L1"
    assert abs(first.z) < 1
    assert first.description == "this site's own norm of L1, F, 55 years"


def test_a_refused_reading_is_not_compared(reading_of):
    refused = reading_of(score=None)
    assert compare(refused, age=55, sex="F") is refused


def test_the_document_stays_valid(reading_of, site):
    reading = compare(reading_of(), age=55, sex="F", site=site)
    assert Reading.from_json(reading.to_json()) == reading
    jsonschema.validate(json.loads(reading.to_json()), json.loads(schema_text()))


def test_published_data_are_cited_and_sensible():
    known = published_data()
    assert len({p.id for p in known.populations}) == len(known.populations)
    for entry in (*known.populations, *known.cutoffs):
        assert re.match(r"doi 10\.\d{4,}/\S+$|https://\S+$", entry.citation.locator)
        assert entry.protocol in protocols()
    for population in known.populations:
        assert population.n > 0
        for band in population.bands:
            assert 0 < band.mean < 10
            assert band.sd is None or 0 < band.sd < band.mean
