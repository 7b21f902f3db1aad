"""Which series is the sagittal T1: with the words real scanners and sites write."""

from __future__ import annotations

import ast
import csv
from typing import Any

import pytest

from places import SHARED
from vbq.errors import GeometryError, NoScanFoundError, UsageError
from vbq.scan import Acquisition, Series, Source, best_series, rank_series, select_series

SPIDER = SHARED / "data/spider_midline/spider_overview.csv"


def series(description: str | None = None, number: int = 1, **attributes: Any) -> Series:
    """A sagittal MR series of 15 slices, unless told otherwise."""
    plane, images = attributes.pop("plane", "sagittal"), attributes.pop("images", 15)
    problem, pixel = attributes.pop("problem", None), attributes.pop("pixel", 0.6)
    attributes.setdefault("modality", "MR")
    return Series(
        source=Source("study", "dicom", images, "1.2.3", f"1.2.3.4.{number}", number),
        acquisition=Acquisition(description=description, **attributes),
        images=images,
        size=(384, 384),
        plane=plane,
        shape=(images, 384, 384),
        spacing_mm=(4.0, pixel, pixel),
        problem=problem,
    )


def times(tr: float, te: float, ti: float | None = None, sequence: tuple[str, ...] = ("SE",)):
    return {
        "repetition_time_ms": tr, "echo_time_ms": te, "inversion_time_ms": ti,
        "scanning_sequence": sequence,
    }  # fmt: skip


T1 = times(600, 11)

CASES = [
    # Siemens
    ("t1_tse_sag", T1, "chosen"),
    ("t1_tse_sag_384", {}, "chosen"),
    ("t1_tse_sag_WARP", T1, "chosen"),
    ("T1_CS_ TSE SAG", T1, "chosen"),
    ("t2_tse_sag", times(3500, 100), "rejected"),
    ("t2_tse_sag", {}, "rejected"),
    ("t2_tirm_sag", times(4000, 40, 150, ("SE", "IR")), "rejected"),
    ("t1_tse_sag_fs", T1, "rejected"),
    ("t1_tse_sag", T1 | {"scan_options": ("PFP", "FS")}, "rejected"),
    ("t1_tse_sag", T1 | {"scan_options": ("SAT1", "PFP")}, "chosen"),
    ("t1_tse_sag_KM", T1, "rejected"),
    ("t1_tse_sag", T1 | {"contrast_agent": "Gadovist"}, "rejected"),
    ("t1_tse_sag", T1 | {"contrast_agent": "None"}, "chosen"),
    ("t1_tse_dixon_sag_W", T1, "rejected"),
    ("t1_tse_dixon_sag_in", T1, "chosen"),
    ("t1_tse_dixon_sag_opp", T1, "rejected"),
    ("t1_tse_dixon_sag", T1 | {"image_type": ("DERIVED", "PRIMARY", "DIXON", "WATER")}, "rejected"),
    ("localizer", times(8, 3, None, ("GR",)), "rejected"),
    ("haste_loc_sag", times(1000, 85), "rejected"),
    ("T2_space_sag_c4", times(1000, 124), "rejected"),
    ("t1_tse_sag_MPR", T1, "rejected"),
    ("t1_tse_sag", T1 | {"image_type": ("DERIVED", "SECONDARY", "MPR")}, "rejected"),
    ("t1_tse_sag_SUB", T1, "rejected"),
    ("ep2d_diff_sag_ADC", {}, "rejected"),
    ("t1_tse_cor", T1 | {"plane": "coronal"}, "rejected"),
    ("t1_tse_tra", T1 | {"plane": "axial"}, "rejected"),
    ("t1_tse_sag HWS", T1, "rejected"),
    ("t1_tse_sag LWS", T1, "chosen"),
    ("t1_tse_sag BWS", T1, "candidate"),
    # GE
    ("Sag T1 FSE", T1, "chosen"),
    ("SAG T1 FLAIR", times(2200, 24, 860, ("SE", "IR")), "chosen"),
    ("OSag T1 FRFSE", T1, "chosen"),
    ("Sag T1 +C FS", T1, "rejected"),
    ("SAG T1 FSE +C", T1, "rejected"),
    ("Sag STIR", times(4200, 45, 150), "rejected"),
    ("Sag T2 FRFSE", times(3000, 102), "rejected"),
    ("WATER: Sag T1 IDEAL", T1, "rejected"),
    ("InPhase: Sag T1 IDEAL", T1, "chosen"),
    ("3-pl T2 FGRE S", times(7, 2, None, ("GR",)), "rejected"),
    ("Ax T1", T1 | {"plane": "axial"}, "rejected"),
    # Philips
    ("sT1W_TSE", T1, "chosen"),
    ("T1W_TSE SENSE", T1, "chosen"),
    ("SAG T1 SPIR", T1, "rejected"),
    ("STIR_longTE", times(2500, 60, 165), "rejected"),
    ("SURVEY", times(10, 5, None, ("GR",)), "rejected"),
    ("T1 TSE Dixon", T1 | {"image_type": ("ORIGINAL", "PRIMARY", "W", "W", "DERIVED")}, "rejected"),
    ("T1 TSE Dixon", T1 | {"image_type": ("DERIVED", "PRIMARY", "IP", "IP", "DERIVED")}, "chosen"),
    ("T1 TSE GD", T1, "rejected"),
    (None, T1, "chosen"),
    # Canon, Hitachi, Fujifilm
    ("T1 SAG FSE", T1, "chosen"),
    ("SAG_T1_FASE", {}, "chosen"),
    ("T1WI SAG", T1, "chosen"),
    ("矢状位T1", {}, "candidate"),
    # stripped or odd
    ("T1", {}, "chosen"),
    ("T1", {"modality": None}, "chosen"),
    ("T1", {"modality": "CT"}, "rejected"),
    ("T2", {}, "rejected"),
    ("PD sag", {}, "rejected"),
    (None, {}, "candidate"),
    ("series", {}, "candidate"),
    ("T1", times(3500, 110), "rejected"),
    ("Sag T1 3T", times(1200, 12), "chosen"),
    ("sag", times(1200, 12), "rejected"),
    ("sag", times(600, 45), "rejected"),
    ("t1_fl2d_sag", times(150, 4, None, ("GR",)), "candidate"),
    ("fl2d_sag", times(150, 4, None, ("GR",)), "rejected"),
    ("T1", {"body_part": "BRAIN"}, "rejected"),
    ("T1", {"body_part": "KNEE"}, "rejected"),
    ("T1", {"body_part": "MRI LWK"}, "chosen"),
    ("T1 LSPINE", {"body_part": "HEAD"}, "chosen"),
    ("T1", {"plane": "isotropic"}, "chosen"),
    ("02_AKa3_T1_seg", {}, "rejected"),
    ("sub-01_seg-spine_space-T1w_dseg", {}, "rejected"),
    ("label07_T1", {}, "chosen"),
    ("sub-01_acq-sag_T1w", {}, "chosen"),
]


@pytest.mark.parametrize(("description", "attributes", "verdict"), CASES)
def test_verdict(description, attributes, verdict):
    [ranked] = rank_series([series(description, **attributes)])
    assert (ranked.verdict, ranked.reason) == (verdict, ranked.reason)
    assert ranked.reason


def test_of_a_whole_study_one_is_chosen():
    study = [
        series("localizer", 1, images=9),
        series("t2_tse_sag", 2, **times(3500, 100)),
        series("t1_tse_sag BWS", 3, **T1, images=20),
        series("t1_tse_sag LWS", 4, **T1),
        series("t1_tse_tra", 5, **T1, plane="axial"),
        series("t1_tse_sag KM", 6, **T1),
        series(None, 7),
    ]
    ranking = rank_series(study)
    verdicts = {c.series.source.series_number: c.verdict for c in ranking}
    assert verdicts == {
        4: "chosen", 3: "candidate", 7: "candidate",
        1: "rejected", 2: "rejected", 5: "rejected", 6: "rejected",
    }  # fmt: skip
    assert [c.rank for c in ranking] == list(range(1, 8))
    assert best_series(ranking) is study[3]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"images": 17}, {"images": 5}),
        ({"pixel": 0.5}, {"pixel": 0.9}),
        ({"plane": "sagittal", "images": 15}, {"plane": "isotropic", "images": 160}),
        ({"body_part": "LSPINE"}, {"body_part": "SPINE"}),
        ({}, {"image_type": ("DERIVED", "PRIMARY")}),
    ],
)
def test_the_better_of_two_is_chosen_and_the_other_stays_a_candidate(better, worse):
    first, second = series("T1", 2, **T1 | better), series("T1 sag", 1, **T1 | worse)
    ranking = rank_series([second, first])
    assert ranking[0].series is first
    assert [c.verdict for c in ranking] == ["chosen", "candidate"]
    assert "series 2 is preferred" in ranking[1].reason


def test_a_suitable_series_with_a_problem_is_the_answer():
    problem = GeometryError("a slice is missing.", remedy="Export again.", code="missing_slice")
    ranking = rank_series([series("T1", 1, problem=problem), series("T2", 2)])
    with pytest.raises(GeometryError, match="a slice is missing"):
        best_series(ranking)


def test_only_the_image_can_tell_between_nameless_series():
    with pytest.raises(NoScanFoundError) as caught:
        best_series(rank_series([series(None, 1), series(None, 2)]))
    assert caught.value.code == "undecided"
    lone = series(None, 1)
    assert best_series(rank_series([lone, series("T2", 2)])) is lone


def test_no_t1_says_what_there_is():
    with pytest.raises(NoScanFoundError, match=r"series 2: T2-weighted \(by its name\)") as caught:
        best_series(rank_series([series("T2", 2), series("loc", 1)]))
    assert caught.value.code == "no_t1"


@pytest.mark.parametrize("token", ["12", "1.2.3.4.12", "SAG T1 tse", "tse"])
def test_a_person_names_the_series(token):
    study = [series("T2", 1), series("Sag T1 TSE", 12), series("Sag T1 SE", 120)]
    assert select_series(study, token) is study[1]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("9", "unknown_series"),
        ("T1", "ambiguous_series"),
        ("1.2.3.4", "ambiguous_series"),
        ("", "unknown_series"),
    ],
)
def test_a_name_that_fits_none_or_several(token, code):
    study = [series("Sag T1 TSE", 12), series("Sag T1 SE", 120)]
    with pytest.raises(UsageError) as caught:
        select_series(study, token)
    assert caught.value.code == code
    assert "series 12; series 120." in caught.value.message
    assert "Sag" not in str(caught.value)  # a description is free text


def test_acquisitions_of_218_real_patients():
    if not SPIDER.exists():
        pytest.skip("SPIDER's table of acquisitions is not at ../shared/data/spider_midline")
    with SPIDER.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 447
    for row in rows:
        is_t1 = row["new_file_name"].endswith("_t1")
        for stripped in (False, True):
            sequence = row["ScanningSequence"]
            parts = ast.literal_eval(sequence) if sequence.startswith("[") else [sequence]
            attributes = {} if stripped else times(
                float(row["RepetitionTime"]), float(row["EchoTime"]), None, tuple(parts)
            )  # fmt: skip
            description = row["SeriesDescription"] or ("T1" if is_t1 else "T2") * stripped or None
            member = series(
                description, body_part=row["BodyPartExamined"] or None,
                sequence_name=row["SequenceName"] or None, **attributes,
            )  # fmt: skip
            [ranked] = rank_series([member])
            expected = {"chosen"} if is_t1 else {"rejected"}
            if row["BodyPartExamined"] == "TSPINE":
                expected.add("candidate")
            assert ranked.verdict in expected, (row["new_file_name"], ranked.reason)
