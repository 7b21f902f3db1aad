from __future__ import annotations

import pytest

from vbq.scan.description import meanings, tokens


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("t1_tse_sag_384", ["t1", "tse", "sag", "384"]),
        ("SagT1FS", ["sag", "t1", "fs"]),
        ("t1_tfse", ["t1", "tfse"]),
        ("T1W/TSE/SAG", ["t1w", "tse", "sag"]),
        ("Schädel", ["schadel"]),
        ("sub-01_ses-2_T1w", ["t1w"]),
        ("3-Plane Loc", ["loc", "loc"]),
    ],
)
def test_tokens(description, expected):
    assert tokens(description) == expected


@pytest.mark.parametrize(
    ("description", "meaning", "present"),
    [
        ("t1_tfse_sag", "fat suppressed", False),
        ("T1 fs sag", "fat suppressed", True),
        ("T1 FAT SAT SAG", "fat suppressed", True),
        ("T1 sag no fs", "fat suppressed", False),
        ("fast T1", "fat suppressed", False),
        ("fast T1", "diffusion", False),
        ("T1 sag without contrast", "contrast", False),
        ("T1 SAG W/O CONTRAST", "contrast", False),
        ("T1 SAG WITHOUT IV CONTRAST", "contrast", False),
        ("T1 sag pre GD", "contrast", False),
        ("T1 SAG +C", "contrast", True),
        ("T1 SAG C+", "contrast", True),
        ("SAG T1 +GD", "contrast", True),
        ("t1_tse_sag_KM", "contrast", True),
        ("t1 sag post", "contrast", True),
        ("T1 SAG POSTOP", "contrast", False),
        ("T1 SAG POST OP", "contrast", False),
        ("T1 sag ohne KM", "contrast", False),
        ("T1 sag gadolinio", "contrast", True),
        ("T1 SAG PRE", "t1", True),
        ("PRE T1 SAG", "t1", True),
        ("T12-L5 sag", "t1", False),
        ("sT1W_TSE", "t1", True),
        ("T2* sag", "other weighting", True),
        ("T2*", "t2", False),
        ("sub-17_T1w", "derived", False),
        ("SUB T1", "derived", True),
        ("L-SPINE SAG T1", "lumbar", True),
        ("T1_L_SPINE", "lumbar", True),
        ("C SPINE T1", "cervical", True),
        ("LWS sag", "lumbar", True),
        ("矢状位 T1 腰椎", "lumbar", True),
        ("Tête", "head", True),
    ],
)
def test_meanings(description, meaning, present):
    assert (meaning in meanings(description)) is present
