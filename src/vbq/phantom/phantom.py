"""Making a phantom: geometry, signals and settings become voxels, labels and the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES, LEVEL_NUMBERS, SACRUM, SCORED_LEVELS
from vbq.errors import UsageError
from vbq.phantom.artefacts import (
    add_motion_ghosts,
    add_wraparound,
    crop_to_field_of_view,
    extend_field_of_view,
)
from vbq.phantom.painting.palette import Palette
from vbq.phantom.painting.render import add_noise, coil_sensitivity, render
from vbq.phantom.painting.torso import build_torso
from vbq.phantom.settings import PIXEL_BANDWIDTH_HZ, MriSettings
from vbq.phantom.spine import Spine, build_spine
from vbq.phantom.spine_shape import SpineShape
from vbq.phantom.tissue import TISSUES, Tissue, marrow_signal, spin_echo

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import Anatomy
    from vbq.phantom.pathology import Pathology
    from vbq.scan.scan import Scan

__all__ = ["Phantom", "Truth", "make_phantom"]

# Fat fraction of the marrow where none is asked for: rises caudally (recalled).
_FAT_FRACTION = {"T11": 0.38, "T12": 0.40, "L1": 0.42, "L2": 0.44, "L3": 0.46, "L4": 0.48,
                 "L5": 0.50, "S1": 0.55}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """The known answer.

    Attributes:
        vbq: Median of the signals of L1–L4 over the signal of CSF, without noise, shading or
            disease.
        levels: Per level name, marrow signal over CSF signal.
        marrow: Per level name, marrow signal.
        csf: Signal of CSF.
        fat_fraction: Per level name.
        marrow_density: Factor that was put on the marrow's proton density.
        sigma: Noise of each channel, 0 for none.
    """

    vbq: float
    levels: dict[str, float]
    marrow: dict[str, float]
    csf: float
    fat_fraction: dict[str, float]
    marrow_density: float
    sigma: float


@dataclass(frozen=True, eq=False)
class Phantom:
    """A digital scan with its known answer.

    Attributes:
        voxels: float32 signal, axes R→L, S→I, A→P as in `vbq.scan.scan.Scan`.
        affine: Voxel index to LPS mm.
        labels: uint8, same grid; numbering of `vbq.anatomy.levels`. Thoracic levels above T10
            carry their numbers too; S2–S5 carry none. A diseased body keeps its label.
        abnormal: bool, same grid: where a body's marrow is diseased.
        truth: The known answer.
        shape, settings, seed: What it was made from.
        spine: Its geometry.
    """

    voxels: NDArray[np.float32]
    affine: NDArray[np.float64]
    labels: NDArray[np.uint8]
    abnormal: NDArray[np.bool_]
    truth: Truth
    shape: SpineShape
    settings: MriSettings
    seed: int
    spine: Spine = field(repr=False)

    def write_dicom(self, folder: Path | str, *, series_number: int = 1) -> list[Path]:
        """Write one DICOM file a slice; see `vbq.phantom.files.dicom.write_dicom`."""
        from vbq.phantom.files.dicom import write_dicom

        return write_dicom(self, folder, series_number=series_number)

    def write_nifti(self, path: Path | str, *, labels: Path | str | None = None) -> None:
        """Write the voxels, and the label map if a path is given; see `vbq.phantom.files.nifti`."""
        from vbq.phantom.files.nifti import write_nifti

        write_nifti(self.voxels, self.affine, path)
        if labels is not None:
            write_nifti(self.labels, self.affine, labels)

    def as_scan(self) -> Scan:
        """The phantom as a Scan, as if read from a file."""
        from vbq.scan.scan import Acquisition, Scan, Source

        s = self.settings
        return Scan(
            voxels=self.voxels,
            affine=self.affine,
            acquisition=Acquisition(
                modality="MR",
                description=s.description,
                field_strength_t=s.field_strength_t,
                repetition_time_ms=s.tr_ms,
                echo_time_ms=s.te_ms,
                inversion_time_ms=s.ti_ms,
                flip_angle_deg=90.0,
                scanning_sequence=("SE",) if s.ti_ms is None else ("SE", "IR"),
                contrast_agent=s.contrast_agent,
                pixel_bandwidth_hz=PIXEL_BANDWIDTH_HZ,
                phase_encoding=s.phase_encoding,
                slice_thickness_mm=s.slice_thickness_mm,
                manufacturer="VBQ digital phantom",
                body_part="LSPINE",
            ),
            source=Source(path="phantom", format="phantom"),
        )

    def true_anatomy(self, scan: Scan) -> Anatomy:
        """The anatomy it really has, in a scan of it."""
        from vbq.anatomy.anatomy import EngineInfo
        from vbq.anatomy.from_labels import anatomy_from_labels

        return anatomy_from_labels(
            scan,
            self.labels,
            engine=EngineInfo("truth", "1"),
            numbering="label map",
            numbering_confidence=None,
        )


def make_phantom(
    *,
    shape: SpineShape | None = None,
    acquisition: MriSettings | None = None,
    marrow_fat: Mapping[str, float] | float | None = None,
    true_vbq: float | None = None,
    marrow_density: float = 1.0,
    tissues: Mapping[str, Tissue] | None = None,
    marrow_texture: float = 0.0,
    pathology: Mapping[str, Pathology] | None = None,
    seed: int = 0,
) -> Phantom:
    """Make a phantom. The same arguments give the same bytes.

    Args:
        shape: The spine; an average adult's by default.
        acquisition: How it is scanned; an ideal T1, free of noise and shading, by default.
        marrow_fat: Fat fraction (0..1) of the marrow, one for all or per level name; levels
            not named keep their default.
        true_vbq: Scale the marrow's proton density so that the true score is this. The plain
            physical model gives 2.8 to 4.5, depending on field strength, TR and TE.
        marrow_density: Factor on the marrow's proton density, where no ``true_vbq`` is asked for.
        tissues: Tissues to use in place of those of the same name in
            `vbq.phantom.tissue.TISSUES`.
        marrow_texture: SD of the trabecular heterogeneity as a share of the marrow's signal;
            0.08 looks real, 0 gives exact answers.
        pathology: What is wrong with a level, by its name. The truth is that of the marrow
            without it.
        seed: Seed of noise and textures (the shape has its own).

    Returns:
        The phantom.

    Raises:
        UsageError: A value is out of range or a level does not exist.
    """
    shape = shape or SpineShape()
    settings = acquisition or MriSettings()
    wrong = {LEVEL_NUMBERS.get(name, 0): ill for name, ill in (pathology or {}).items()}
    spine = build_spine(shape, {level: ill.height_loss for level, ill in wrong.items()})
    if not wrong.keys() <= {vertebra.level for vertebra in spine.vertebrae}:
        raise UsageError(f"This phantom lacks one of {', '.join(pathology or {})}.")
    fractions = _fractions(spine, marrow_fat)
    known = TISSUES | dict(tissues or {})
    if marrow_density <= 0 or known.keys() != TISSUES.keys():
        raise UsageError("marrow_density must be positive, and tissues named as in TISSUES.")
    signals = {
        level: marrow_density * marrow_signal(f, settings, known) for level, f in fractions.items()
    }
    signal = {name: spin_echo(tissue, settings) for name, tissue in known.items()}
    scored = [signals[level] for level in SCORED_LEVELS]
    if true_vbq is not None:
        if not 0 < true_vbq < 100:
            raise UsageError(f"true_vbq must be a positive ratio, not {true_vbq}.")
        scale = true_vbq * signal["csf"] / float(np.median(scored))
        marrow_density *= scale
        signals = {level: scale * s for level, s in signals.items()}
        scored = [signals[level] for level in SCORED_LEVELS]
    palette = Palette(signal, signals, marrow_texture, seed, wrong)
    acquired = settings if settings.oversampled else extend_field_of_view(settings)
    voxels, labels, abnormal, affine = render(spine, build_torso(spine), palette, acquired)
    if settings.coil_shading != 1:
        voxels *= coil_sensitivity(spine, acquired, affine)
    if not settings.oversampled:
        voxels = add_wraparound(voxels, settings)
        labels, abnormal, affine = crop_to_field_of_view(settings, labels, abnormal, affine)
    if settings.ghosting:
        voxels = add_motion_ghosts(voxels, settings)
    sigma = 0.0 if settings.snr is None else float(np.mean(scored)) / settings.snr
    if sigma:
        voxels = add_noise(voxels, sigma, np.random.default_rng([seed, 5]))
    order = {"sagittal": (0, 1, 2), "axial": (2, 0, 1), "coronal": (2, 1, 0)}[settings.plane]
    affine[:3, :3] = affine[:3, order]  # axes R→L, S→I, A→P, whichever plane was acquired
    voxels = np.ascontiguousarray(voxels.transpose(order))
    labels = np.ascontiguousarray(labels.transpose(order))
    abnormal = np.ascontiguousarray(abnormal.transpose(order))
    names = {level: LEVEL_NAMES[level] for level in signals}
    csf = signal["csf"]
    truth = Truth(
        vbq=float(np.median(scored)) / csf,
        levels={names[level]: s / csf for level, s in signals.items()},
        marrow={names[level]: s for level, s in signals.items()},
        csf=csf,
        fat_fraction={names[level]: f for level, f in fractions.items()},
        marrow_density=marrow_density,
        sigma=sigma,
    )
    return Phantom(voxels, affine, labels, abnormal, truth, shape, settings, seed, spine)


def _fractions(spine: Spine, asked: Mapping[str, float] | float | None) -> dict[int, float]:
    """Fat fraction per level number, T11 to S1."""
    rng = np.random.default_rng([spine.shape.seed, 53])
    here = [v for v in spine.vertebrae if 18 <= v.level <= SACRUM]
    fractions = {}
    for vertebra in here:
        natural = _FAT_FRACTION.get(vertebra.name, 0.5)
        fractions[vertebra.level] = natural + 0.015 * spine.shape.variation * float(rng.normal())
    if isinstance(asked, Mapping):
        for name, fraction in asked.items():
            fractions[spine.vertebra(name).level] = float(fraction)
    elif asked is not None:
        fractions = dict.fromkeys(fractions, float(asked))
    if not all(0 <= f <= 1 for f in fractions.values()):
        raise UsageError("A fat fraction must lie between 0 and 1.")
    return fractions
