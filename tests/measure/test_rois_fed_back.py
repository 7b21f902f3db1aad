"""The regions of a reading, fed back from their file, give the very same reading."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vbq.measure import measure_scan, read_rois
from vbq.measure.regions.roi_file import rois_bytes
from vbq.phantom import MriSettings, Pathology, SpineShape, make_phantom

PATHOLOGY = {
    "fracture": {"L2": Pathology(height_loss=(0.35, 0.18, 0))},
    "small focus": {"L3": Pathology(focus=1.6, focus_mm=3)},
    "screw": {"L4": Pathology(screw_mm=4.5)},
    "two levels": {"L1": Pathology(focus=0.5), "T12": Pathology(height_loss=(0.4, 0.4, 0.4))},
}
PHANTOMS = st.fixed_dictionaries(
    {
        "slices": st.sampled_from([1, 5, 9]),
        "scoliosis_deg": st.sampled_from([0, 25]),
        "canal_mm": st.sampled_from([7.0, 15.0]),
        "snr": st.sampled_from([8, 40]),
        "coil_shading": st.sampled_from([1.0, 3.0]),
        "pathology": st.sampled_from([None, *PATHOLOGY]),
        "seed": st.integers(0, 50),
    }
)
PLAIN = {
    "slices": 9,
    "scoliosis_deg": 25,
    "canal_mm": 15.0,
    "snr": 40,
    "coil_shading": 1.0,
    "pathology": "fracture",
    "seed": 1,
}
TINY_CSF = {**PLAIN, "slices": 1, "snr": 8, "pathology": None, "seed": 19}  # of three pixels


def make(pathology, seed, scoliosis_deg, canal_mm, **acquisition):
    phantom = make_phantom(
        acquisition=MriSettings(matrix=(160, 120), pixel_mm=1.5, sub_slices=1, **acquisition),
        shape=SpineShape(seed=seed, scoliosis_deg=scoliosis_deg, canal_mm=canal_mm),
        pathology=PATHOLOGY.get(pathology, {}),
        true_vbq=3.2,
        marrow_texture=0.06,
        seed=seed,
    )
    scan = phantom.as_scan()
    return scan, phantom.true_anatomy(scan)


def edited(rois, shifted, unused):
    """Some regions moved by one pixel as by a reader, some levels excluded by hand."""
    return [
        replace(
            roi,
            source="drawn" if roi.name in shifted else roi.source,
            mask=np.roll(roi.mask, 1, axis=1) if roi.name in shifted else roi.mask,
            used=roi.used and roi.name not in unused,
        )
        for roi in rois
    ]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    phantom=PHANTOMS,
    shifted=st.sets(st.sampled_from(["L1", "L3", "CSF"]), max_size=2),
    unused=st.sets(st.sampled_from(["L2", "L4"]), max_size=1),
)
@example(phantom=PLAIN, shifted=set(), unused=set())
@example(phantom=PLAIN, shifted={"L3", "CSF"}, unused={"L4"})
@example(phantom=TINY_CSF, shifted=set(), unused=set())
def test_fed_back_regions_give_the_same_bytes(phantom, shifted, unused, tmp_path):
    scan, anatomy = make(**phantom)
    rois = edited(measure_scan(scan, anatomy).rois, shifted, unused)
    measured = measure_scan(scan, anatomy, rois=rois)
    content = rois_bytes(scan, measured.rois, measured.reading.protocol.name)
    file = tmp_path / "rois.json"
    file.write_bytes(content)
    repeated = measure_scan(scan, anatomy, rois=read_rois(file, scan))
    assert repeated.reading.to_json() == measured.reading.to_json()
    assert rois_bytes(scan, repeated.rois, measured.reading.protocol.name) == content
