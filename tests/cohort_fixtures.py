"""Small cohorts on disk, and plans for them."""

import numpy as np
import pandas as pd
import pytest
import yaml

from places import SHARED
from vbq.study.check.checks import examine
from vbq.study.plan.plan_file import read_plan

REFERENCES = SHARED / "references" / "data"


@pytest.fixture(scope="session")
def real_table():
    """Path of one of the tables behind R's answers, by its file name without .csv."""
    if not REFERENCES.is_dir():
        pytest.skip("the tables behind R's answers (shared/references) are not on this machine")
    return lambda name: REFERENCES / f"{name}.csv"


@pytest.fixture
def patients():
    """60 patients, 24 with a fracture, nothing wrong with them."""
    random = np.random.default_rng(7)
    n = 60
    fracture = np.arange(n) % 5 < 2
    return pd.DataFrame(
        {
            "id": [f"P{i:03d}" for i in range(n)],
            "fracture": fracture.astype(int),
            "vbq": (3 + 0.4 * fracture + random.normal(0, 0.6, n)).round(3),
            "age": random.integers(50, 90, n),
            "bmi": random.normal(26, 4, n).round(2),
            "dxa_t": (-2 - 0.3 * fracture + random.normal(0, 0.8, n)).round(2),
            "steroid": np.where(random.random(n) < 0.4, "yes", "no"),
        }
    )


PLAN = {
    "data": {"file": "cohort.csv", "id": "id"},
    "outcome": {"column": "fracture"},
    "predictors": ["vbq", "age"],
}


@pytest.fixture
def write(tmp_path):
    """Writes a table and a plan for it; returns the plan's path."""

    def write(table=None, name="cohort.csv", *, extra="", **plan):
        text = yaml.safe_dump(PLAN | {"data": {"file": name, "id": "id"}} | plan)
        path = tmp_path / "plan.yaml"
        path.write_text(text + extra, encoding="utf-8")
        target = tmp_path / name
        if isinstance(table, bytes):
            target.write_bytes(table)
        elif isinstance(table, str):
            target.write_text(table, encoding="utf-8", newline="")
        elif table is not None:
            table.to_csv(target, index=False)
        return path

    return write


@pytest.fixture
def check(write):
    """Writes a table and a plan, and examines them."""
    return lambda table=None, **plan: examine(read_plan(write(table, **plan)))


@pytest.fixture
def stop(check):
    """The one finding that stops the study."""

    def stop(table=None, **plan):
        examination = check(table, **plan)
        refusals = [finding for finding in examination.findings if finding.severity == "refuse"]
        assert len(refusals) == 1, [finding.message for finding in examination.findings]
        return refusals[0]

    return stop
