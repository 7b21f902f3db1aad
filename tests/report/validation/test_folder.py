"""The report folder of a validation: complete, reproducible and clear about claims not met."""

import csv
import io
import json
from dataclasses import replace

import pytest

from vbq.report.validation.figures import FIGURES
from vbq.report.validation.folder import _document, refusals, write_validation
from vbq.validation import assess


@pytest.fixture(scope="module")
def written(simulate, tmp_path_factory):
    outcomes = simulate(offset=0.03)
    folder = tmp_path_factory.mktemp("out")
    return write_validation(folder, outcomes, assess(outcomes), seed=0), outcomes


def test_the_folder_holds_page_document_table_and_figures(written):
    paths, outcomes = written
    assert {name for name in paths if "/" not in name} == {
        "validation.html", "validation.json", "phantoms.csv",
    }  # fmt: skip
    assert {f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "png")} < set(paths)
    rows = list(csv.DictReader(io.StringIO(paths["phantoms.csv"].read_text(encoding="utf-8"))))
    assert len(rows) == len(outcomes)
    assert float(rows[0]["score"]) - float(rows[0]["true_vbq"]) == pytest.approx(0.03)


def test_claims_not_met_are_listed(written):
    paths, _ = written
    document = json.loads(paths["validation.json"].read_text(encoding="utf-8"))
    missed = [c for c in document["claims"] if not c["met"]]
    assert not document["all_met"]
    assert (missed[0]["topic"], missed[0]["method"]) == ("Bias", "true masks")
    page = paths["validation.html"].read_text(encoding="utf-8")
    assert "Not met:" in page
    assert page.count("not met</td>") == len(missed)


def test_the_same_outcomes_give_the_same_bytes(written, tmp_path):
    paths, outcomes = written
    second = write_validation(tmp_path / "second", outcomes, assess(outcomes), seed=0)
    assert {name: p.read_bytes() for name, p in paths.items()} == {
        name: p.read_bytes() for name, p in second.items()
    }


def test_scans_without_a_score_are_listed(simulate):
    outcomes = [
        replace(o, score=None, low=None, high=None, corrected=None, flags=("not_t1",))
        if o.spine.part == "floor"
        else o
        for o in simulate()
    ]
    lines = refusals(outcomes)
    assert lines == [
        "floor, true masks: 24 (not_t1), true score 3",
        "floor, network: 24 (not_t1), true score 3",
    ]
    document = _document(outcomes, assess(outcomes), 0)
    assert json.loads(document, parse_constant=pytest.fail)["refusals"] == lines
