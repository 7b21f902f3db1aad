"""The registry of protocols is what readings carry, and cites only what can be looked up."""

import re

import pytest

from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.measure import STANDARD, measure_scan
from vbq.measure.protocol import protocols

MEASURED = {name for name, protocol in protocols().items() if not protocol.not_measured}


def test_a_whole_view_carries_every_measured_protocol_and_nothing_else(study):
    reading = measure_scan(*study).reading
    assert set(reading.variants) == MEASURED
    assert reading.score == reading.variants[STANDARD.id]


def test_a_level_that_is_cut_by_the_edge_has_no_score_of_its_own(relabelled):
    scan, anatomy = relabelled(lambda labels: labels.__setitem__(labels == 26, 0))
    assert set(measure_scan(scan, anatomy).reading.variants) == MEASURED - {"S1"}


def test_the_standard_is_the_median_of_level_means_of_l1_to_l4():
    assert next(iter(protocols())) == STANDARD.id
    assert (STANDARD.statistic, STANDARD.across_levels) == ("mean", "median")
    assert STANDARD.levels == tuple(LEVEL_NUMBERS[name] for name in ("L1", "L2", "L3", "L4"))
    assert STANDARD.source == "Ehresman et al., Spine J 2020, doi 10.1016/j.spinee.2019.10.018"


@pytest.mark.parametrize("protocol", protocols().values(), ids=lambda p: p.id)
def test_what_is_cited_can_be_looked_up(protocol):
    assert bool(protocol.citation) == bool(protocol.doi or protocol.url)
    assert not protocol.doi or re.fullmatch(r"10\.\d{4,}/\S+", protocol.doi)
    assert not protocol.url or protocol.url.startswith("https://")
    assert protocol.levels
    assert protocol.correction in ("", "coil shading")
    assert protocol.statistic in ("mean", "median")
    assert protocol.across_levels in (("mean", "median") if len(protocol.levels) > 1 else ("",))
