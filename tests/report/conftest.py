"""A small synthetic spine with its anatomy, regions and reading."""

from dataclasses import replace

import numpy as np
import pytest

from vbq.anatomy.anatomy import Anatomy, EngineInfo, Vertebra
from vbq.errors import RefusalError
from vbq.measure import Measurement, Roi, refused
from vbq.measure.reading import (
    CsfReading,
    Finding,
    LevelReading,
    ProtocolRecord,
    Reading,
    ScanRecord,
    SoftwareRecord,
)
from vbq.scan import Acquisition, Scan, Source

SHAPE = (5, 120, 80)
SPACING = (4.0, 2.0, 1.5)  # rows taller than columns are wide: proportions matter
LEVELS = {"L1": (20, 14), "L2": (21, 36), "L3": (22, 58), "L4": (23, 80)}
MIDDLE = 2


def body_mask(top, inset=0):
    mask = np.zeros(SHAPE[1:], bool)
    mask[top + inset : top + 16 - inset, 25 + inset : 45 - inset] = True
    return mask


def csf_mask():
    mask = np.zeros(SHAPE[1:], bool)
    mask[56:76, 50:54] = True
    return mask


def make_scan(shape=SHAPE, native_axes=((0, False), (1, False), (2, False)), spacing=SPACING):
    rng = np.random.default_rng(7)
    voxels = rng.normal(20, 3, shape).clip(0).astype(np.float32)
    if shape == SHAPE:
        voxels[:, :, 48:56] += 80
        for _, top in LEVELS.values():
            voxels[:, body_mask(top)] += 280
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) * spacing
    affine[:3, 3] = (-8.0, -60.0, 120.0)
    acquisition = Acquisition(modality="MR", field_strength_t=1.5)
    return Scan(voxels, affine, acquisition, Source("study", "dicom"), native_axes)


def make_anatomy(shape=SHAPE):
    labels = np.zeros(shape, np.uint8)
    labels[:, :, 48:56] = 61
    vertebrae = []
    for name, (number, top) in LEVELS.items():
        labels[:, body_mask(top)] = number
        vertebrae.append(Vertebra(number, name, 0.97, (0.0, -8.0, 100.0 - 2 * top), True))
    return Anatomy(
        labels=labels,
        vertebrae=tuple(vertebrae),
        midsagittal_slice=MIDDLE,
        lumbar_count=5,
        numbering="sacrum",
        numbering_confidence=0.9,
        engine=EngineInfo("vbq-unet", "1", "ab" * 32),
    )


def make_reading(**changes):
    signal = {"sd": 12.5, "pixels": 96, "area_mm2": 288.0, "centre_mm": (0.0, -8.0, 20.0)}
    levels = tuple(
        LevelReading(
            level=name,
            confidence=0.97,
            used=True,
            mean=300.25 + i,
            median=299.5 + i,
            slice=MIDDLE,
            **signal,
        )
        for i, name in enumerate(LEVELS)
    )
    reading = Reading(
        status="caution",
        score=3.0175,
        interval=None,
        levels=levels,
        csf=CsfReading(level="L3", mean=100.0, median=99.75, slice=MIDDLE, **signal),
        variants={
            "median_of_means": 3.0175,
            "mean_of_means": 3.01875,
            "L1": 3.0025,
            "L2": 3.0125,
            "T12": 2.9,
            "EBQ_csf": 3.25,
        },
        numbering="sacrum",
        numbering_confidence=0.9,
        lumbar_count=5,
        midsagittal_slice=MIDDLE,
        flags=(
            Finding(
                code="thick_slices",
                severity="caution",
                message="Slices are 6.0 mm thick; the canal is blurred with its walls.",
                evidence={"thickness_mm": 6.0},
            ),
            Finding(code="timing_unknown", severity="note", message="No TR and TE."),
        ),
        scan=ScanRecord(
            format="dicom",
            study_uid="1.2.3",
            series_uid="1.2.3.4",
            series_number=5,
            slices=SHAPE[0],
            rows=SHAPE[1],
            columns=SHAPE[2],
            spacing_mm=SPACING,
            field_strength_t=1.5,
            repetition_time_ms=550.0,
            echo_time_ms=None,
            pixel_bandwidth_hz=191.5,
            slice_thickness_mm=4.0,
            manufacturer="ACME, Inc.",
            model='Scan "One"',
            voxels_sha256="cd" * 32,
        ),
        protocol=ProtocolRecord(
            name="VBQ",
            statistic="mean",
            across_levels="median",
            levels=tuple(LEVELS),
            reference="CSF at L3",
            citation="Ehresman et al., Spine J 2020, doi 10.1016/j.spinee.2019.10.018",
        ),
        engine=EngineInfo(name="vbq-unet", version="1", model_sha256="ab" * 32),
        software=SoftwareRecord(version="9.8.7"),
    )
    return reading.model_copy(update=changes)


@pytest.fixture
def measurement():
    rois = [Roi(name, MIDDLE, body_mask(top, 4)) for name, (_, top) in LEVELS.items()]
    rois.append(Roi("CSF", MIDDLE, csf_mask()))
    return Measurement(make_reading(), make_scan(), make_anatomy(), tuple(rois))


@pytest.fixture
def refused_measurement():
    error = RefusalError("This is a T2 series.", remedy="Give the sagittal T1.", code="not_t1")
    return refused(error, scan=make_scan())


@pytest.fixture
def nothing_read():
    error = RefusalError("No image was found.", remedy="Check the path.", code="no_scan")
    return refused(error)


@pytest.fixture
def with_reading():
    """The measurement with fields of its reading changed."""

    def change(measurement, **changes):
        return replace(measurement, reading=measurement.reading.model_copy(update=changes))

    return change


@pytest.fixture
def scan_of():
    return make_scan


@pytest.fixture
def anatomy_of():
    return make_anatomy
