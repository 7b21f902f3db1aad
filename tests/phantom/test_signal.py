"""The signal equations against answers computed by hand."""

import math

import numpy as np
import pytest

from vbq.errors import UsageError
from vbq.phantom import MriSettings, make_phantom
from vbq.phantom.tissue import TISSUES, Tissue, marrow_signal, spin_echo

ONE_PIXEL = MriSettings(slices=1, matrix=(8, 8), pixel_mm=1)


def test_spin_echo_follows_its_equation():
    tissue = Tissue(0.5, (600.0, 900.0), (50.0, 40.0))
    settings = MriSettings(tr_ms=600, te_ms=10)
    expected = 1000 * 0.5 * (1 - math.exp(-1)) * math.exp(-0.2)
    assert spin_echo(tissue, settings) == pytest.approx(expected, rel=1e-12)


def test_relaxation_times_change_with_field_strength():
    tissue = Tissue(1.0, (600.0, 900.0), (50.0, 40.0))
    assert tissue.times(1.5) == (600.0, 50.0)
    assert tissue.times(3.0) == (900.0, 40.0)
    assert tissue.times(2.25) == (750.0, 45.0)


def test_marrow_is_a_mix_of_fat_and_water():
    settings = MriSettings()
    fat = spin_echo(TISSUES["fat"], settings)
    water = spin_echo(TISSUES["marrow_water"], settings)
    assert marrow_signal(1.0, settings) == fat
    assert marrow_signal(0.0, settings) == water
    assert marrow_signal(0.25, settings) == pytest.approx(0.25 * fat + 0.75 * water)


def test_inversion_nulls_fat_in_a_stir():
    settings = MriSettings.stir()
    suppressed = spin_echo(TISSUES["fat"], settings)
    plain = spin_echo(TISSUES["fat"], MriSettings.t2(tr_ms=settings.tr_ms, te_ms=settings.te_ms))
    assert suppressed < 0.02 * plain


def test_fat_suppression_darkens_fat_and_nothing_else():
    plain, suppressed = MriSettings(), MriSettings(fat_suppressed=True)
    assert spin_echo(TISSUES["fat"], suppressed) < 0.1 * spin_echo(TISSUES["fat"], plain)
    assert spin_echo(TISSUES["csf"], suppressed) == spin_echo(TISSUES["csf"], plain)


def test_contrast_is_that_of_t1_and_t2():
    def ratio(settings):
        return marrow_signal(0.45, settings) / spin_echo(TISSUES["csf"], settings)

    assert ratio(MriSettings()) > 2
    assert ratio(MriSettings(field_strength_t=3.0)) < ratio(MriSettings())
    assert ratio(MriSettings.t2()) < 1


def test_more_fat_gives_a_higher_score():
    scores = [make_phantom(acquisition=ONE_PIXEL, marrow_fat=f).truth.vbq for f in (0.2, 0.5, 0.8)]
    assert scores == sorted(scores)
    assert scores[0] < scores[2]


@pytest.mark.parametrize("requested", [1.0, 3.2, 6.0])
def test_any_true_score_can_be_requested(requested):
    truth = make_phantom(acquisition=ONE_PIXEL, true_vbq=requested).truth
    assert truth.vbq == pytest.approx(requested, rel=1e-12)
    assert np.median([truth.levels[n] for n in ("L1", "L2", "L3", "L4")]) == pytest.approx(
        requested
    )


def test_fat_fraction_can_be_set_per_level():
    truth = make_phantom(acquisition=ONE_PIXEL, marrow_fat={"L2": 0.9, "L3": 0.1}).truth
    assert truth.fat_fraction["L2"] == 0.9
    assert truth.levels["L2"] > truth.levels["L1"] > truth.levels["L3"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"marrow_fat": 1.2},
        {"marrow_fat": {"L9": 0.5}},
        {"true_vbq": -1.0},
        {"marrow_density": 0.0},
        {"tissues": {"gold": TISSUES["fat"]}},
    ],
)
def test_impossible_arguments_are_refused(wrong):
    with pytest.raises(UsageError):
        make_phantom(acquisition=ONE_PIXEL, **wrong)


def test_impossible_settings_are_refused():
    with pytest.raises(UsageError):
        MriSettings(tr_ms=0)
    with pytest.raises(UsageError):
        MriSettings(snr=-3)
