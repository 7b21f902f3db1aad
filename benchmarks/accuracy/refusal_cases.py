"""Cases of the refusal table: images that must be refused, and real and digital T1.

Only voxels and geometry are passed on, none of the attributes of a file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import drawings
import numpy as np
from PIL import Image
from scipy import ndimage
from volumes import SPLIT, T1_IN_SIEGEN, Volume, plain_scan, real, sources

from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.phantom import MriSettings, make_phantom, random_phantom
from vbq.phantom.negative_control import make_negative_control
from vbq.phantom.random_patients import random_shape
from vbq.phantom.tissue import TISSUES, Tissue
from vbq.scan import Acquisition, Scan

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL: dict[str, Any] = {"slices": 3, "matrix": (300, 300), "pixel_mm": 1.0}
SLICE_MM = 4.0
TRAINING_EACH = 6  # training patients per source, on whom the limits were set
CERVICAL = 0.5  # lumbar to cervical: bodies 35 and 17 mm deep, 36 and 18 mm apart
# Pixel size in mm assumed for SPIDER's midline pictures: neighbouring bodies 36 mm apart.
MIDLINE_MM = {11: 0.5, 12: 0.5, 13: 0.9, 14: 0.75, 15: 0.75, 16: 0.9, 18: 0.7, 19: 0.7, 20: 0.75,
              21: 0.75, 22: 0.75, 23: 0.75, 24: 0.4, 25: 0.4, 26: 0.36, 27: 0.42, 28: 0.65,
              29: 0.65}  # fmt: skip
DUPLICATE = "spider_midline 20"  # slice 10009_7 of spider_png once more
# Pictures that trained the network: the T1, and the T2 whose labels were carried over.
MARKS = json.loads(Path(sources.__file__).with_name("t1_landmarks.json").read_text("utf-8"))
TRAINED = {name for t1, mark in MARKS.items() for name in (t1, mark.get("t2"))}


@dataclass(frozen=True, eq=False)
class RefusalCase:
    """One scan; `unseen` if its patient was not used to train the network."""

    group: str
    name: str
    scan: Scan
    is_lumbar_t1: bool
    unseen: bool = True


def refusal_cases(data: Path, seeds: range) -> Iterator[RefusalCase]:
    """All cases; those whose data are absent are omitted."""
    if data.is_dir():
        yield from _real_t1(data)
        yield from _other_contrasts(data)
        yield from _other_planes(data)
        yield from _shrunk(data)
    for seed in seeds:
        yield from _phantoms(seed)
        yield from _noise(seed)


def ordinary(volume: Volume) -> Scan:
    """Three slices about 4 mm apart around the middle of the labelled bodies."""
    step = max(1, round(SLICE_MM / volume.spacing_mm[0]))
    bodies = (volume.labels >= LEVEL_NUMBERS["L1"]) & (volume.labels <= LEVEL_NUMBERS["L5"])
    middle = round(float(np.nonzero(bodies.any(axis=(1, 2)))[0].mean()))
    slices = [k for k in (middle - step, middle, middle + step) if 0 <= k < len(volume.voxels)]
    spacing = (step * volume.spacing_mm[0], *volume.spacing_mm[1:])
    return plain_scan(volume.voxels[slices], spacing, volume.name)


def _real_t1(data: Path) -> Iterator[RefusalCase]:
    for patient in T1_IN_SIEGEN:
        volume = real(data, "siegen", patient)
        yield RefusalCase("real T1", volume.name, ordinary(volume), True)
    for name, scan, unseen in midline_pictures(data, "T1"):
        if name != DUPLICATE:
            yield RefusalCase("real T1", name, scan, True, unseen)
    for patient, volume in drawings.t1_slices(data):
        yield RefusalCase("real T1", f"spider_png {patient}", ordinary(volume), True)


def midline_pictures(data: Path, contrast: str) -> Iterator[tuple[str, Scan, bool]]:
    """SPIDER's midline pictures of one contrast, T1 or T2: name, scan, and whether unseen."""
    for path in sorted((data / "spider_midline" / "images").glob(f"*_{contrast}.png")):
        number = int(path.name.split("_")[0])
        pixel = MIDLINE_MM[number]
        image = np.array(Image.open(path).convert("L"))[None]
        scan = plain_scan(image, (4.0, pixel, pixel), path.stem)
        yield f"spider_midline {number}", scan, path.stem not in TRAINED


def _other_contrasts(data: Path) -> Iterator[RefusalCase]:
    for source, group in (("siegen", "T2, TIRM"), ("chu", "T2, TIRM"), ("myosegmentum", "water")):
        for part in ("train", "held_out"):
            patients = SPLIT[part][source]
            for patient in patients[:TRAINING_EACH] if part == "train" else patients:
                if not (source == "siegen" and patient in T1_IN_SIEGEN):
                    scan = ordinary(real(data, source, patient))
                    yield RefusalCase(group, f"{source} {patient}", scan, False, part != "train")
    for part in ("train", "held_out"):
        patients = SPLIT[part]["spider_t2space"]
        for patient in patients[:TRAINING_EACH] if part == "train" else patients:
            scan = ordinary(drawings.t2space(data, patient))
            yield RefusalCase("T2, TIRM", f"spider_t2space {patient}", scan, False, part != "train")
    for name, scan, unseen in midline_pictures(data, "T2"):
        yield RefusalCase("T2, TIRM", name, scan, False, unseen)


def _other_planes(data: Path) -> Iterator[RefusalCase]:
    """Siegen's cubic voxels cut axially and coronally but described as sagittal."""
    for part in ("train", "held_out"):
        for patient in SPLIT[part]["siegen"]:
            volume = real(data, "siegen", patient)
            unseen = part != "train"
            yield from _planes(volume.voxels, volume.name, unseen)


def _planes(voxels: np.ndarray, name: str, unseen: bool) -> Iterator[RefusalCase]:
    """Planes of the middle half, as stored and turned by 90°; and with their true planes."""
    for plane, axes in (("axial", (1, 2, 0)), ("coronal", (2, 1, 0))):
        stack = voxels.transpose(axes)
        stack = stack[len(stack) // 4 : -len(stack) // 4 : 16]
        for turn in (0, 1):
            scan = plain_scan(np.rot90(stack, turn, (1, 2)), (4.0, 1.0, 1.0), name)
            yield RefusalCase(
                f"{plane}, said sagittal", f"{name} turned {90 * turn}°", scan, False, unseen
            )
        truth = plain_scan(voxels, (1.0, 1.0, 1.0), name)
        step = np.diag(
            [1.0, 4.0 if plane == "axial" else 1.0, 4.0 if plane == "coronal" else 1.0, 1.0]
        )
        thinned = voxels[:, ::4] if plane == "axial" else voxels[:, :, ::4]
        honest = replace(truth, voxels=thinned.astype(np.float32), affine=truth.affine @ step)
        yield RefusalCase(f"{plane}, said so", name, honest, False, unseen)


def _shrunk(data: Path) -> Iterator[RefusalCase]:
    """Real lumbar T1 with half its spacing: of cervical size."""
    for patient in T1_IN_SIEGEN:
        volume = real(data, "siegen", patient)
        yield RefusalCase("cervical size", volume.name, scaled(ordinary(volume), CERVICAL), False)
    for name, scan, unseen in midline_pictures(data, "T1"):
        yield RefusalCase("cervical size", name, scaled(scan, CERVICAL), False, unseen)


def scaled(scan: Scan, factor: float) -> Scan:
    """The same picture of a smaller patient; slices stay as thick as they are."""
    return replace(scan, affine=scan.affine @ np.diag([1.0, factor, factor, 1.0]))


def _phantoms(seed: int) -> Iterator[RefusalCase]:
    def rng() -> np.random.Generator:
        return np.random.default_rng([seed, 97])

    def stripped(phantom: Any) -> Scan:
        return replace(phantom.as_scan(), acquisition=Acquisition())

    name = f"phantom {seed}"
    t1 = random_phantom(rng(), **SMALL)
    yield RefusalCase("phantom T1", name, stripped(t1), True)
    shape = random_shape(rng())
    for group, settings in (
        ("phantom T2, STIR", MriSettings.t2),
        ("phantom T2, STIR", MriSettings.stir),
        ("fat-suppressed T1", MriSettings.t1_fat_suppressed),
    ):
        field = (1.5, 3.0)[seed % 2]
        acquired = settings(**SMALL, field_strength_t=field, coil_shading=1.0 + seed % 3)
        phantom = make_phantom(shape=shape, acquisition=acquired, marrow_texture=0.08, seed=seed)
        yield RefusalCase(group, f"{name} {acquired.description}", stripped(phantom), False)
    for plane in ("axial", "coronal"):
        acquired = MriSettings.t1(plane=plane, slices=7, matrix=(300, 300), pixel_mm=1.2)
        phantom = make_phantom(shape=shape, acquisition=acquired, true_vbq=3.0, seed=seed)
        axes = (1, 2, 0) if plane == "axial" else (2, 1, 0)
        stack = phantom.voxels.transpose(axes)
        yield RefusalCase(f"{plane}, said so", name, stripped(phantom), False)
        for turn in (0, 1):
            scan = plain_scan(np.rot90(stack, turn, (1, 2)), (4.4, 1.2, 1.2), name)
            yield RefusalCase(f"{plane}, said sagittal", f"{name} turned {90 * turn}°", scan, False)
    # T5-L1 cut above L2 and shrunk: no sacrum, cord in the canal
    up = make_phantom(
        shape=replace(shape, lumbar_count=5, scoliosis_deg=0.0),
        acquisition=MriSettings.t1(slices=3, matrix=(260, 300), pixel_mm=1.0, lowest_level="L1"),
        true_vbq=3.0,
        marrow_texture=0.08,
        seed=seed,
    )
    yield RefusalCase("cervical size", f"{name} T5–L1 shrunk", scaled(stripped(up), 0.56), False)
    yield RefusalCase(
        "cervical size", f"{name} whole, shrunk", scaled(stripped(t1), CERVICAL), False
    )
    high = replace(up.settings, lowest_level="T11", matrix=(210, 300))
    thorax = make_phantom(
        shape=up.shape, acquisition=high, true_vbq=3.0, marrow_texture=0.08, seed=seed
    )
    yield RefusalCase("thoracic only", f"{name} T5–T11", stripped(thorax), False)
    yield from _ct(seed, shape)


# Hounsfield units + 1024 over 1000: what a CT is once it is stored unsigned.
_CT = {"air": 24, "fat": 924, "marrow_water": 1420, "csf": 1034, "cord": 1060, "root": 1060,
       "muscle": 1080, "nucleus": 1110, "annulus": 1120, "ligament": 1100, "cortex": 1900,
       "skin": 1070, "blood": 1065, "organ": 1080, "bowel": 1060, "urine": 1034}  # fmt: skip


def _ct(seed: int, shape: Any) -> Iterator[RefusalCase]:
    tissues = {
        k: Tissue(hu / 1000, (1e-3, 1e-3), (1e9, 1e9), is_fat=TISSUES[k].is_fat)
        for k, hu in _CT.items()
    }
    phantom = make_phantom(
        shape=shape,
        acquisition=MriSettings(**SMALL, presaturation=0.0, snr=(15, 30, 60)[seed % 3]),
        tissues=tissues,
        marrow_fat=0.5,
        marrow_texture=0.05,
        seed=seed,
    )
    scan = replace(phantom.as_scan(), acquisition=Acquisition())
    yield RefusalCase("CT", f"phantom {seed} without sign", scan, False)
    signed = replace(scan, voxels=scan.voxels - np.float32(1024))
    yield RefusalCase("CT", f"phantom {seed} in HU", signed, False)


def _noise(seed: int) -> Iterator[RefusalCase]:
    for part in ("brain", "knee"):
        yield RefusalCase(part, f"{part} {seed}", make_negative_control(part, seed), False)
    rng = np.random.default_rng([seed, 89])
    shape = (9, 280, 280)
    white = rng.normal(0, 100, (2, *shape))
    for name, voxels in (
        ("Rician", np.hypot(*white)),
        ("uniform", rng.uniform(0, 1000, shape)),
        ("salt and pepper", 1000.0 * (rng.random(shape) < 0.1)),
        ("smooth", 500 + 3000 * ndimage.gaussian_filter(white[0] / 100, (0, 4, 4))),
        ("blobs", 300 + 9000 * np.abs(ndimage.gaussian_filter(white[1] / 100, (0, 12, 12)))),
        ("stripes", 500 + 400 * np.sin(np.indices(shape)[1] / (4 + seed)) + 20 * rng.random(shape)),
    ):
        scan = plain_scan(np.maximum(voxels, 0), (4.0, 1.0, 1.0), name)
        yield RefusalCase("noise", f"{name} {seed}", scan, False)
    for value in (0.0, 1.0 + seed):
        constant = plain_scan(np.full(shape, value), (4.0, 1.0, 1.0), "constant")
        yield RefusalCase("constant", f"all {value:g}", constant, False)
