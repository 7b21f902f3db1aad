"""Claims reproduce the errors put into the outcomes and are met exactly where they should be."""

from dataclasses import replace

import pytest

from vbq.validation import Claim, assess, claim_texts


def claims_about(topic, outcomes, method="network"):
    return [c for c in assess(outcomes) if c.topic == topic and c.method == method]


def test_an_accurate_program_meets_every_claim(simulate):
    claims = assess(simulate())
    assert [c.figure for c in claims if not c.met] == []
    assert {c.method for c in claims} == {"true masks", "network"}
    assert all(c.n >= 3 for c in claims)


def test_bias_is_the_mean_error_with_its_interval(simulate):
    (claim,) = claims_about("Bias", simulate(offset=0.06))
    low, high = claim.interval
    assert claim.value == pytest.approx(0.06, abs=0.006)
    assert low < claim.value < high
    assert not claim.met


def test_the_limits_of_the_network_are_wider_than_those_of_the_true_masks(simulate):
    outcomes = simulate(offset=0.03)
    assert not claims_about("Bias", outcomes, "true masks")[0].met
    assert claims_about("Bias", outcomes, "network")[0].met


def test_slope_and_intercept_are_those_of_the_line(simulate):
    slope, deviation = claims_about("Linearity", simulate(slope=1.05, offset=-0.2))
    assert slope.value == pytest.approx(1.05, abs=0.005)
    assert float(slope.note.split()[1].replace("−", "-")) == pytest.approx(-0.2, abs=0.01)
    assert not slope.met
    assert deviation.met


def test_a_nonlinear_relation_is_detected(simulate):
    curved = [replace(o, score=o.score + 0.05 * (o.spine.true_vbq - 3.5) ** 2) for o in simulate()]
    _, deviation = claims_about("Linearity", curved)
    assert deviation.value > 0.1
    assert not deviation.met


def test_the_repeatability_coefficient_is_277_within_subject_sds(simulate):
    coefficient, _ = claims_about("Repeatability", simulate(noise=0.07))
    low, high = coefficient.interval
    assert low < 2.77 * 0.07 < high
    assert not coefficient.met


def test_an_interval_that_is_too_narrow_or_too_wide_is_not_met(simulate):
    (narrow,) = claims_about("Uncertainty", simulate(noise=0.05, half_width=0.05))
    (fair,) = claims_about("Uncertainty", simulate(noise=0.025, half_width=0.05))
    (wide,) = claims_about("Uncertainty", simulate(noise=0.01, half_width=1.0))
    assert (narrow.met, fair.met, wide.met) == (False, True, False)
    assert wide.value == 1


def test_a_biased_setting_is_named(simulate):
    off = [
        replace(o, score=o.score + 0.2) if o.condition.setting == "5 mm" else o for o in simulate()
    ]
    claim = next(c for c in claims_about("Robustness", off) if "thickness" in c.figure)
    assert not claim.met
    assert "at 5 mm" in claim.note


def test_coil_shading_must_always_be_flagged(simulate):
    outcomes = simulate()
    quiet = next(o for o in outcomes if o.condition.shading == 5 and o.method == "network")
    silenced = [replace(o, flags=()) if o is quiet else o for o in outcomes]
    assert all(c.met for c in claims_about("Coil shading", outcomes))
    assert [c.met for c in claims_about("Coil shading", silenced)] == [True, False, True]


def test_false_alarms_of_shading_are_counted_over_the_whole_grid(simulate):
    outcomes = simulate()
    even = [o for o in outcomes if o.method == "network" and o.condition.shading == 1]
    alarms = [replace(o, flags=("coil_shading",)) if o in even[:5] else o for o in outcomes]
    for sample, expected in ((outcomes, 0), (alarms, 5)):
        claim = claims_about("Coil shading", sample)[1]
        assert claim.note.endswith(f": {expected} of {len(even)}")


def test_a_scan_without_a_score_is_not_counted(simulate):
    def refuse(o):
        return replace(o, status="refused", score=None, low=None, high=None, corrected=None)

    all_outcomes = simulate()
    partly_refused = [
        refuse(o) if o.spine.part == "core" and o.spine.true_vbq == 1 else o for o in all_outcomes
    ]
    assert (
        claims_about("Bias", partly_refused)[0].n
        == claims_about("Bias", all_outcomes)[0].n * 5 // 6
    )
    all_refused = assess([refuse(o) for o in all_outcomes])
    assert all_refused
    assert not any(c.met for c in all_refused)
    assert claim_texts(all_refused[0]) == ("–", "–", "not met")


@pytest.mark.parametrize(
    ("lower", "upper", "share", "limit"),
    [
        (-0.02, 0.02, False, "± 0.02"),
        (None, 0.15, False, "≤ 0.15"),
        (0.97, 1.03, False, "0.97 to 1.03"),
        (0.9, 0.99, True, "90 % to 99 %"),
        (1.0, None, True, "≥ 100 %"),
    ],
)
def test_limits_read_as_they_are_written(lower, upper, share, limit):
    claim = Claim("x", "network", "y", 9, 0.5, lower=lower, upper=upper, share=share)
    assert claim_texts(claim)[1] == limit
