import json
from importlib.resources import files

import jsonschema
import pytest
from pydantic import ValidationError

from vbq.errors import RefusalError
from vbq.measure import measure_scan, refused
from vbq.measure.reading import Reading, schema_text


def test_the_shipped_schema_is_that_of_the_program():
    shipped = files("vbq.measure").joinpath("reading.schema.json").read_text("utf-8")
    assert shipped == schema_text()


def test_readings_and_refusals_pass_other_peoples_validator(study):
    schema = json.loads(schema_text())
    refusal = refused(RefusalError("Nothing here.", code="no_lumbar_spine"))
    for measurement in (measure_scan(*study), refusal):
        jsonschema.validate(json.loads(measurement.reading.to_json()), schema)


def test_a_reading_names_the_variant_that_is_its_score(study):
    reading = measure_scan(*study).reading
    assert reading.variants[reading.protocol.id] == reading.score


def test_a_reading_of_before_protocols_had_an_id_is_of_the_standard(study):
    reading = measure_scan(*study).reading
    document = json.loads(reading.to_json())
    del document["protocol"]["id"]
    assert Reading.model_validate(document) == reading


def test_a_refusal_says_why():
    reading = refused(RefusalError("Too dark.", remedy="Brighten.", code="dark")).reading
    assert reading.status == "refused"
    assert reading.score is None
    assert reading.flags[-1].code == "dark"
    assert reading.flags[-1].message == "Too dark. Brighten."


@pytest.mark.parametrize(
    "change", [{"score": float("nan")}, {"score": -1.0}, {"status": "fine"}, {"patient": "x"}]
)
def test_what_is_not_a_reading_is_not_written(study, change):
    document = json.loads(measure_scan(*study).reading.to_json()) | change
    with pytest.raises(ValidationError):
        Reading.model_validate(document)
