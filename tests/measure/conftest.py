from dataclasses import replace

import pytest

from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.phantom import MriSettings, make_phantom


def true_anatomy(phantom):
    """A phantom as a scan and the anatomy it really has."""
    scan = phantom.as_scan()
    anatomy = phantom.true_anatomy(scan)
    return scan, anatomy


@pytest.fixture(scope="session")
def phantom():
    return make_phantom(true_vbq=3.2, acquisition=MriSettings(slices=5))


@pytest.fixture
def with_true_labels():
    return true_anatomy


@pytest.fixture
def study(phantom):
    return true_anatomy(phantom)


@pytest.fixture
def relabelled(study):
    """The study with labels changed by a function of the label array."""
    scan, anatomy = study

    def change(edit):
        labels = anatomy.labels.copy()
        edit(labels)
        described = anatomy_from_labels(
            scan,
            labels,
            engine=anatomy.engine,
            numbering="label map",
            numbering_confidence=None,
        )
        return scan, described

    return change


@pytest.fixture
def revoxelled(study):
    """The study with its signal changed by a function of the voxels."""
    scan, anatomy = study

    def change(edit):
        voxels = scan.voxels.copy()
        edit(voxels)
        return replace(scan, voxels=voxels), anatomy

    return change
