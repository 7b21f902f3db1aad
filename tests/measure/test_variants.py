"""Variants of the score are data: their fields in ``protocols.toml`` are the formula."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import vbq
from vbq.measure import STANDARD, measure_scan, variants
from vbq.measure.protocol import protocols
from vbq.measure.reading import CsfReading, LevelReading
from vbq.measure.variants import score_variants

T12, L1, L2, L3 = 19, 20, 21, 22
MEAN_OF_L1_L2 = """
[mean_of_L1_L2]
name = "VBQ of L1 and L2"
definition = "Mean over L1 and L2 of the mean signal of each trabecular region ÷ mean CSF signal."
levels = ["L1", "L2"]
region = "trabecular"
statistic = "mean"
across_levels = "mean"
reference = "CSF at L3"
contrast = "T1"
"""
SCORE_A_PHANTOM = """
import json
from vbq.cli import app
from vbq.measure import measure_scan
from vbq.phantom import MriSettings, make_phantom
from vbq.report import COLUMNS, readings_row, report_html

phantom = make_phantom(true_vbq=3.2, acquisition=MriSettings(slices=5))
scan = phantom.as_scan()
measurement = measure_scan(scan, phantom.true_anatomy(scan))
row = readings_row("id", "path", measurement.reading)
print(json.dumps({
    "variants": measurement.reading.variants,
    "row": row,
    "columns": COLUMNS,
    "page": report_html(measurement).decode(),
}))
app(["protocols", "--json"])
"""
SIGNAL = {"sd": 1.0, "pixels": 9, "area_mm2": 9.0, "slice": 0, "centre_mm": (0.0, 0.0, 0.0)}
CSF = CsfReading(level="L3", mean=100.0, median=80.0, floor_factor=0.5, **SIGNAL)


def level(name, mean, **changes):
    fields = {"confidence": None, "used": name != "T12", "median": mean + 1} | changes
    return LevelReading(level=name, mean=mean, **SIGNAL, **fields)


LEVELS = (level("T12", 400.0), level("L1", 300.0), level("L2", 320.0), level("L3", 350.0))


@pytest.fixture
def scored_by(monkeypatch):
    """Scores of levels by the standard score with some fields changed."""

    def score(levels, gains=(), /, **changes):
        protocol = replace(STANDARD, id="new", **changes)
        monkeypatch.setattr(variants, "protocols", lambda: {"new": protocol})
        return score_variants(levels, CSF, dict(gains)).get("new")

    return score


def test_the_fields_of_a_protocol_are_its_formula(scored_by):
    assert scored_by(LEVELS) == 320 / 50
    assert scored_by(LEVELS, across_levels="mean", levels=(L1, L2)) == 310 / 50
    assert scored_by(LEVELS, statistic="median") == 321 / 40
    assert scored_by(LEVELS, levels=(T12, L1), across_levels="mean") == 350 / 50
    assert scored_by(LEVELS, levels=(L3,), across_levels="") == 350 / 50


def test_a_protocol_that_its_fields_do_not_define_is_left_to_code(scored_by):
    assert scored_by(LEVELS, region="endplates") is None
    assert scored_by(LEVELS, reference="marrow of the same level") is None
    assert scored_by(LEVELS, contrast="T2") is None
    assert scored_by(LEVELS, not_measured="T2 images are refused.") is None


def test_levels_that_are_not_scored_are_not_combined_and_too_few_have_no_score(scored_by):
    levels = (LEVELS[0], level("L1", 300.0, used=False), *LEVELS[2:])
    assert scored_by(levels) == 335 / 50
    assert scored_by(levels, levels=(L1, L2), across_levels="mean") is None
    assert scored_by(levels, levels=(L1,), across_levels="") == 300 / 50


def test_a_suspect_level_has_no_score_of_its_own_and_is_not_combined(scored_by):
    suspect = {"used": False, "findings": ("focal_lesion",)}
    levels = (level("T12", 400.0, **suspect), level("L1", 300.0, **suspect), *LEVELS[2:])
    assert scored_by(levels, levels=(L1,), across_levels="") is None
    assert scored_by(levels, levels=(T12, L2, L3), across_levels="mean") == 335 / 50


def test_a_correction_needs_the_sensitivity_of_the_coil(scored_by):
    gains = {L1: 1.0, L2: 1.5, L3: 2.0}
    assert scored_by(LEVELS, gains, correction="coil shading") == 480 / 50
    assert scored_by(LEVELS, correction="coil shading") is None


def test_the_variants_of_a_reading_keep_their_order(study):
    assert list(measure_scan(*study).reading.variants) == [
        "median_of_means",
        "mean_of_means",
        "median_of_medians",
        "mean_of_medians",
        *("T12", "L1", "L2", "L3", "L4", "S1"),
        "median_of_means_shading_corrected",
        "EBQ_csf",
        "EBQ_marrow",
    ]


def with_protocols(text, folder):
    """A folder to import ``vbq`` from that differs in ``protocols.toml`` alone."""
    source = Path(vbq.__file__).parent
    measure = folder / "vbq" / "measure"
    measure.mkdir(parents=True)
    for original, copy in ((source, measure.parent), (source / "measure", measure)):
        for path in original.iterdir():
            if path.name not in ("measure", "protocols.toml", "__pycache__"):
                (copy / path.name).symlink_to(path)
    (measure / "protocols.toml").write_text(text, "utf-8")
    return folder


def test_a_new_variant_is_an_entry_of_protocols_toml_and_nothing_else(tmp_path):
    known = (Path(vbq.__file__).parent / "measure" / "protocols.toml").read_text("utf-8")
    folder = with_protocols(known + MEAN_OF_L1_L2, tmp_path)
    result = subprocess.run(
        [sys.executable, "-c", SCORE_A_PHANTOM],
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    scored, listed = result.stdout.split("\n", 1)
    scored = json.loads(scored)
    mean = (scored["variants"]["L1"] + scored["variants"]["L2"]) / 2
    assert scored["variants"]["mean_of_L1_L2"] == pytest.approx(mean)
    assert scored["row"]["mean_of_L1_L2"] == scored["variants"]["mean_of_L1_L2"]
    assert "mean_of_L1_L2" in scored["columns"]
    assert "VBQ of L1 and L2" in scored["page"]
    ids = [protocol["id"] for protocol in json.loads(listed)]
    assert ids == [*protocols(), "mean_of_L1_L2"]
