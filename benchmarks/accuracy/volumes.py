"""Finely sampled volumes with known labels: digital spines and held-out patients."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import nibabel as nib
import numpy as np

from vbq.phantom import MriSettings, make_phantom
from vbq.phantom.random_patients import random_shape
from vbq.scan import Acquisition, Scan, Source

sys.path.append(str(Path(__file__).parents[2] / "training"))
import contrast
import sources

__all__ = [
    "HELD_OUT",
    "T1_IN_SIEGEN",
    "Volume",
    "contrast",
    "phantom_volume",
    "plain_scan",
    "real",
    "sources",
]

SPLIT = sources.load_split(Path(sources.__file__).with_name("split.json"))
HELD_OUT = SPLIT["held_out"]
T1_IN_SIEGEN = ("02", "06", "08")


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels and labels, axes as in `vbq.scan.Scan`, and the size of a voxel in mm."""

    name: str
    group: str
    voxels: np.ndarray
    labels: np.ndarray
    spacing_mm: tuple[float, float, float]

    @property
    def width_mm(self) -> float:
        """How far its slices reach from the patient's right to the left."""
        return len(self.voxels) * self.spacing_mm[0]

    def as_scan(self) -> Scan:
        """The volume as if read from a file without attributes other than its geometry."""
        return plain_scan(self.voxels, self.spacing_mm, self.name)


def plain_scan(voxels: np.ndarray, spacing_mm: tuple[float, float, float], name: str) -> Scan:
    """A sagittal stack without attributes other than its geometry."""
    affine = np.eye(4)
    affine[:3, :3] = np.diag(spacing_mm)[[0, 2, 1]]
    affine[2, 1] *= -1
    return Scan(voxels.astype(np.float32), affine, Acquisition(), Source(name, "benchmark"))


def phantom_volume(seed: int) -> Volume:
    """A digital spine of five lumbar vertebrae in 2.2 mm slices, without noise or shading."""
    shape = replace(random_shape(np.random.default_rng([seed, 71])), lumbar_count=5)
    settings = MriSettings(
        slices=26, slice_spacing_mm=2.2, slice_thickness_mm=2.2, matrix=(460, 400),
        pixel_mm=1.0, sub_slices=1, field_strength_t=(1.5, 3.0)[seed % 2],
    )  # fmt: skip
    phantom = make_phantom(
        shape=shape, acquisition=settings, true_vbq=2.2 + 0.5 * seed, marrow_texture=0.08, seed=seed
    )
    return Volume(f"phantom {seed}", "phantom", phantom.voxels, phantom.labels, (2.2, 1.0, 1.0))


def real(data: Path, source: str, patient: str, group: str = "") -> Volume:
    """A volume of siegen, chu or myosegmentum as it is."""
    path = min((data / source).glob(f"{patient}_*.nii.gz"), key=lambda p: len(p.name))
    image = nib.load(path)
    mask = nib.load(path.with_name(path.name.replace(".nii.gz", "_seg.nii.gz")))
    rows, columns, slices = (float(z) for z in image.header.get_zooms())
    voxels, labels = (np.asarray(n.dataobj).transpose(2, 0, 1) for n in (image, mask))
    return Volume(
        f"{source} {patient}",
        group or source,
        np.ascontiguousarray(voxels, np.float32),
        np.ascontiguousarray(labels, np.uint8),
        (slices, rows, columns),
    )
