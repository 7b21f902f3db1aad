"""In simulated cohorts harmonisation gives the fracture's effect back where it can be known."""

import importlib.util
import sys

import pytest

from places import ROOT

SCRIPT = ROOT / "benchmarks" / "harmonisation.py"
COHORTS = 200


@pytest.fixture(scope="module")
def simulate():
    spec = importlib.util.spec_from_file_location("harmonisation_simulation", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module.simulate
    del sys.modules[spec.name]


@pytest.mark.parametrize("method", ["harmonised", "harmonised, fracture kept"])
def test_balanced_scanners_give_the_effect_back(simulate, method):
    summary = simulate("balanced", 0.49, COHORTS, seed=1)[method]
    assert summary.error < 0.008
    assert summary.effect == pytest.approx(0.49, abs=3 * summary.error)


def test_unbalanced_scanners_take_part_of_it_and_raw_scores_add_to_it(simulate):
    summary = simulate("unbalanced", 0.49, COHORTS, seed=2)
    assert summary["as measured"].effect > 0.65
    assert summary["harmonised"].effect < 0.45
    adjusted = summary["harmonised, fracture kept"]
    assert adjusted.effect == pytest.approx(0.49, abs=3 * adjusted.error)


def test_keeping_the_outcome_makes_p_values_too_small(simulate):
    summary = simulate("nearly confounded", 0.0, COHORTS, seed=3)
    assert summary["harmonised, fracture kept"].significant > 0.15
    assert summary["scanner as a term"].significant < 0.11  # 5 % within 4 standard errors


def test_a_confounded_effect_is_gone(simulate):
    summary = simulate("confounded", 0.49, COHORTS, seed=4)
    assert abs(summary["harmonised"].effect) < 0.01
