"""Bodies are cut out of whole vertebrae, with a canal to go by and without."""

import numpy as np
import pytest

from vbq.anatomy.engines.vertebral_bodies import extract_bodies
from vbq.anatomy.levels import CANAL, CORD, SACRUM


def dice(first, second):
    return 2 * (first & second).sum() / (first.sum() + second.sum())


@pytest.mark.parametrize("canal", [True, False], ids=["with canal", "by shape"])
def test_posterior_elements_are_taken_off(phantom, with_arches, scan, canal):
    labels = with_arches if canal else np.where(np.isin(with_arches, (CANAL, CORD)), 0, with_arches)
    bodies = extract_bodies(labels, scan.spacing_mm)
    for level in range(19, 25):
        true = phantom.labels == level
        arch = (with_arches == level) & ~true
        assert arch.sum() > 0.2 * true.sum()  # there was something to take off
        assert ((bodies == level) & arch).sum() < 0.06 * true.sum()
        assert (true & (bodies != level)).sum() < 0.01 * true.sum()


@pytest.mark.parametrize("canal", [True, False], ids=["with canal", "by shape"])
def test_of_a_whole_sacrum_the_first_body_is_kept(phantom, with_arches, scan, canal):
    labels = with_arches if canal else np.where(np.isin(with_arches, (CANAL, CORD)), 0, with_arches)
    true = phantom.labels == SACRUM
    assert (with_arches == SACRUM).sum() > 2 * true.sum()
    assert dice(extract_bodies(labels, scan.spacing_mm) == SACRUM, true) > 0.75


def test_bodies_without_arches_are_left_as_they_are(phantom, scan):
    bodies = extract_bodies(phantom.labels, scan.spacing_mm)
    cut_by_the_edge = phantom.labels == 18
    assert (bodies == phantom.labels)[~cut_by_the_edge].all()
    assert (bodies == 18).sum() > 0.99 * cut_by_the_edge.sum()


def test_a_body_alone_on_one_slice(phantom, scan):
    first = np.where(phantom.labels[4:5] == 22, np.uint8(22), np.uint8(0))
    assert (extract_bodies(first, scan.spacing_mm) == first).all()


def test_a_bridge_between_body_and_arch_on_the_midline_is_cut(phantom, with_arches, scan):
    """As where the canal of a thick slice is bridged by a pedicle in it."""
    bridged = np.where(np.isin(with_arches, (CANAL, CORD)), 0, with_arches)
    level = 22
    for k in (3, 4, 5):
        rows = np.nonzero((phantom.labels[k] == level).any(axis=1))[0]
        row = int(rows.mean())
        columns = np.nonzero(bridged[k, row - 3 : row + 4] == level)[1]
        bridged[k, row - 2 : row + 3, columns.min() : columns.max() + 1] = level
    bodies = extract_bodies(bridged, scan.spacing_mm)
    true = phantom.labels[4] == level
    assert (bodies[4] == level)[true].all()
    assert ((bodies[4] == level) & ~true).sum() < 0.08 * true.sum()
