"""A reading of a given score and field strength, and a site's norm with a known truth."""

import numpy as np
import pytest

from vbq.measure.reading import ProtocolRecord, Reading, ScanRecord, SoftwareRecord
from vbq.reference.people import Person
from vbq.reference.site import fit_site


@pytest.fixture(scope="session")
def reading_of():
    def make(score=3.0, field=1.5):
        return Reading(
            status="refused" if score is None else "ok",
            score=score,
            interval=None,
            levels=(),
            csf=None,
            variants={} if score is None else {"median_of_means": score},
            numbering=None,
            numbering_confidence=None,
            lumbar_count=None,
            midsagittal_slice=None,
            flags=(),
            scan=ScanRecord(
                format="phantom",
                study_uid=None,
                series_uid=None,
                series_number=None,
                slices=1,
                rows=9,
                columns=9,
                spacing_mm=(4.0, 1.0, 1.0),
                field_strength_t=field,
                repetition_time_ms=None,
                echo_time_ms=None,
                manufacturer=None,
                model=None,
                voxels_sha256="00",
            ),
            protocol=ProtocolRecord(
                name="VBQ",
                statistic="mean",
                across_levels="median",
                levels=("L1", "L2", "L3", "L4"),
                reference="CSF at L3",
                citation="",
            ),
            engine=None,
            software=SoftwareRecord(version="0"),
        )

    return make


MEDIAN = {1.5: 2.8, 3.0: 2.2}  # at 50 years


class Truth:
    """Scores whose logarithm is normal at each age: median 3 % a decade, SD 0.15 to 0.2."""

    def __init__(self, field):
        self.field = field

    def lines(self, age):
        decades = (np.asarray(age) - 50) / 10
        return np.log(MEDIAN[self.field]) + 0.03 * decades, np.exp(-1.75 + 0.04 * decades)

    def centile(self, z, age):
        median, sd = self.lines(age)
        return np.exp(median + z * sd)

    def sample(self, n, seed):
        rng = np.random.default_rng(seed)
        ages = rng.uniform(20, 80, n)
        return ages, self.centile(rng.standard_normal(n), ages)


@pytest.fixture(scope="session")
def truth():
    return Truth


@pytest.fixture(scope="session")
def people():
    def draw(n=400, fields=(1.5, 3.0), sexes="FM"):
        return [
            Person(score, age, sex, field)
            for number, (field, sex) in enumerate((f, s) for f in fields for s in sexes)
            for age, score in zip(*Truth(field).sample(n, number), strict=True)
        ]

    return draw


@pytest.fixture(scope="session")
def site(people):
    return fit_site(people())[0]
