"""Readings of a digital spine against its known truth."""

from dataclasses import replace

import pytest

from vbq.phantom import MriSettings, SpineShape
from vbq.validation import DigitalSpine, ScanCondition, read_spine, read_spines
from vbq.validation.csf_contamination import CSF_CONTAMINANTS

SMALL = MriSettings(slices=3, matrix=(300, 150), pixel_mm=0.9, sub_slices=1)


def spine(*conditions, **changes):
    digital_spine = DigitalSpine(
        "core", 4, 3.0, conditions, SMALL, SpineShape(seed=4, fat_mm=34), 0.0
    )
    return replace(digital_spine, **changes)


@pytest.fixture(scope="module")
def outcomes():
    """One spine whose sac holds CSF alone, scanned under five conditions."""
    contaminated = [ScanCondition(snr=None, csf_contamination=key) for key in CSF_CONTAMINANTS]
    noisy, shaded = ScanCondition(snr=25.0, repeat=1), ScanCondition(snr=None, shading=5.0)
    return read_spine(spine(ScanCondition(snr=None), noisy, shaded, *contaminated, clear_sac=True))


def by_true_masks(outcomes):
    return [o for o in outcomes if o.method == "true masks"]


def test_an_ideal_scan_gives_the_true_score(outcomes):
    assert [o.method for o in outcomes[:2]] == ["true masks", "network"]
    for outcome in outcomes[:2]:
        assert outcome.score == pytest.approx(3.0, abs=0.02)
        assert outcome.error == pytest.approx(outcome.score - 3.0)
        assert outcome.low < outcome.score < outcome.high


def test_noise_and_shading_are_added_under_their_conditions(outcomes):
    ideal, noisy, shaded, *_ = by_true_masks(outcomes)
    assert noisy.score != ideal.score
    assert noisy.score == pytest.approx(3.0, abs=0.2)
    assert shaded.score < 2.6
    assert "coil_shading" in shaded.flags
    assert shaded.corrected_low < 3.0 < shaded.corrected_high
    assert noisy.corrected_low is None


def test_contaminated_csf_shifts_the_naive_score_as_predicted(outcomes):
    clean, _, _, *contaminated = by_true_masks(outcomes)
    assert clean.naive == pytest.approx(clean.score, rel=0.02)
    for outcome, contaminant in zip(contaminated, CSF_CONTAMINANTS.values(), strict=True):
        naive = 3.0 / (1 + contaminant.share * (contaminant.ratio - 1))
        assert outcome.naive == pytest.approx(naive, abs=0.08)
        assert outcome.score == pytest.approx(clean.score, abs=0.05)


def test_the_same_spine_gives_the_same_outcomes():
    repeated = spine(ScanCondition(snr=25.0))
    first, second = read_spines([repeated, repeated])
    assert first == second


def test_an_image_that_is_not_t1_has_no_score():
    outcome = read_spine(spine(ScanCondition(snr=None), true_vbq=1.0))[0]
    assert outcome.status == "refused"
    assert outcome.score is None
    assert "not_t1" in outcome.flags
