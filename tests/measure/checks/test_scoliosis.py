"""A lateral curve belongs to the spine, not to its position in the slices."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from vbq import find_anatomy
from vbq.anatomy.levels import CANAL, CORD
from vbq.measure.checks.scoliosis import lateral_curve, scoliosis_findings
from vbq.phantom import MriSettings, SpineShape, make_phantom


@cache
def scanned(seed, rotation, cobb=0.0):
    settings = MriSettings(
        slices=15,
        sub_slices=1,
        matrix=(224, 192),
        pixel_mm=1.25,
        snr=35,
        rotation_deg=rotation,
    )
    return make_phantom(
        seed=seed,
        shape=SpineShape(seed=seed, scoliosis_deg=cobb),
        true_vbq=3.2,
        marrow_texture=0.03,
        acquisition=settings,
    )


def findings(phantom, *, network=False, canal=True):
    scan = phantom.as_scan()
    anatomy = find_anatomy(scan) if network else phantom.true_anatomy(scan)
    if not canal:
        labels = np.where(np.isin(anatomy.labels, (CANAL, CORD)), 0, anatomy.labels)
        anatomy = replace(anatomy, labels=labels)
    return scoliosis_findings(SimpleNamespace(scan=scan, anatomy=anatomy))


@pytest.mark.parametrize(("seed", "rotation"), [(40, (0, 0, 20)), (20, (0, 25, 0))])
def test_a_straight_spine_in_an_oblique_stack_has_no_scoliosis(seed, rotation):
    assert findings(scanned(seed, rotation), network=True) == []


def test_the_network_sees_a_scoliosis():
    (flag,) = findings(scanned(40, (0, 0, 0), 20.0), network=True)
    assert 10 <= flag.evidence["angle_deg"] <= 25


@pytest.mark.parametrize("rotation", [(25, 0, 0), (0, 25, 0), (0, 0, 25)])
@pytest.mark.parametrize("canal", [True, False])
def test_bodies_that_the_stack_cuts_make_no_scoliosis(rotation, canal):
    assert findings(scanned(20, rotation), canal=canal) == []


@pytest.mark.parametrize("rotation", [(0, 0, 0), (0, 10, 0), (0, 0, 15)])
def test_a_scoliosis_is_seen_in_an_oblique_stack_too(rotation):
    (flag,) = findings(scanned(40, rotation, 20.0))
    assert flag.evidence["angle_deg"] == pytest.approx(22, abs=6)


def test_a_curve_of_known_angle():
    """An arc of 20 degrees, radius 400 mm, leaves its chord by r (1 - cos 10°) = 6.1 mm."""
    turn = np.radians(np.linspace(-10, 10, 7))
    arc = [(400 * np.cos(t), 3.0, 400 * np.sin(t)) for t in turn]
    angle, deviation = lateral_curve(arc)
    assert angle == pytest.approx(20, abs=0.5)
    assert deviation == pytest.approx(6.1, abs=0.1)
    mirrored = [(-x, y, z) for x, y, z in arc]
    assert lateral_curve(mirrored)[1] == pytest.approx(-deviation)
    assert lateral_curve(arc[:4]) is None
