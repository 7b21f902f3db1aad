"""Simulated clinics: a fixed cut-off fails at another field strength, a matched z does not."""

import importlib.util
import sys

import pytest

from places import ROOT

SCRIPT = ROOT / "benchmarks" / "field_strength.py"

if not SCRIPT.is_file():
    pytest.skip("needs the source tree: benchmarks/", allow_module_level=True)


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("field_strength", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_a_cut_off_of_1_5_t_misses_at_3_t_what_the_matched_z_finds(benchmark):
    rules = benchmark.compare_rules(people=1500, error=0.0, seed=5)
    fixed, matched = "cut-off of 1.5 T", "z of its own field, by age"
    assert rules[1.5][fixed].sensitivity > rules[3.0][fixed].sensitivity + 0.4
    assert rules[3.0][fixed].sensitivity < 0.2
    for field in (1.5, 3.0):
        assert rules[field][matched].sensitivity > 0.85
        assert rules[field][matched].specificity > 0.97


@pytest.mark.parametrize("field", [1.5, 3.0])
def test_the_score_of_an_image_is_that_of_the_physics(benchmark, field):
    measured, physics = benchmark.image_score(0.5, field)
    assert measured == pytest.approx(physics, rel=0.01)
