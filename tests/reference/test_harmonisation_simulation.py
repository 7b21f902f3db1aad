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
    found = simulate("balanced", 0.49, COHORTS, seed=1)[method]
    assert found.error < 0.008
    assert found.effect == pytest.approx(0.49, abs=3 * found.error)


def test_unbalanced_scanners_take_part_of_it_and_raw_scores_add_to_it(simulate):
    found = simulate("unbalanced", 0.49, COHORTS, seed=2)
    assert found["as measured"].effect > 0.65
    assert found["harmonised"].effect < 0.45
    kept = found["harmonised, fracture kept"]
    assert kept.effect == pytest.approx(0.49, abs=3 * kept.error)


def test_keeping_the_outcome_makes_p_values_too_small(simulate):
    found = simulate("nearly confounded", 0.0, COHORTS, seed=3)
    assert found["harmonised, fracture kept"].significant > 0.15
    assert found["scanner as a term"].significant < 0.11  # 5 % within 4 standard errors


def test_a_confounded_effect_is_gone(simulate):
    found = simulate("confounded", 0.49, COHORTS, seed=4)
    assert abs(found["harmonised"].effect) < 0.01
