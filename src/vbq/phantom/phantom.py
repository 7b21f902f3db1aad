"""A phantom: voxels and labels made from geometry, tissue signals and MRI settings; its truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.anatomy import Anatomy
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
from vbq.phantom.pathology import Pathology
from vbq.phantom.settings import PIXEL_BANDWIDTH_HZ, MriSettings
from vbq.phantom.spine import Spine, build_spine
from vbq.phantom.spine_shape import SpineShape
from vbq.phantom.tissue import TISSUES, Tissue, marrow_signal, spin_echo
from vbq.scan.scan import Scan

# Default fat fraction of the marrow; it rises caudally (typical values, from memory).
_FAT_FRACTIONS = {"T11": 0.38, "T12": 0.40, "L1": 0.42, "L2": 0.44, "L3": 0.46, "L4": 0.48,
                  "L5": 0.50, "S1": 0.55}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """The known answer of a phantom.

    Attributes:
        vbq: Median marrow signal of L1–L4 over the CSF signal, without noise, coil shading or
            pathology.
        levels: Marrow signal over CSF signal, by level name.
        marrow: Marrow signal, by level name, arbitrary units.
        csf: CSF signal, arbitrary units.
        fat_fraction: Fat fraction of the marrow (0..1), by level name.
        marrow_density: Factor applied to the marrow's proton density.
        sigma: SD of the Gaussian noise in each channel; 0 for no noise.
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
        affine: (4, 4), voxel index to LPS mm.
        labels: uint8 label map on the same grid, numbered as in `vbq.anatomy.levels`. Thoracic
            levels above T10 are labelled too, S2–S5 are not. A diseased body keeps its label.
        abnormal: bool mask on the same grid: diseased marrow.
        truth: The known answer.
        shape, settings, seed: The parameters it was made from.
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
        """Write one DICOM file for each slice; see `vbq.phantom.files.dicom.write_dicom`."""
        from vbq.phantom.files.dicom import write_dicom

        return write_dicom(self, folder, series_number=series_number)

    def write_nifti(self, path: Path | str, *, labels: Path | str | None = None) -> None:
        """Write the voxels and, given a path, the label map; see `vbq.phantom.files.nifti`."""
        from vbq.phantom.files.nifti import write_nifti

        write_nifti(self.voxels, self.affine, path)
        if labels is not None:
            write_nifti(self.labels, self.affine, labels)

    def as_scan(self) -> Scan:
        """The phantom as a `Scan`, as if read from a file."""
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
        """The true anatomy in a scan of the phantom, from its label map."""
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
        shape: Spine parameters; those of an average adult by default.
        acquisition: MRI settings; an ideal T1 without noise or coil shading by default.
        marrow_fat: Fat fraction (0..1) of the marrow, for all levels or by level name; levels
            not named keep their default.
        true_vbq: The true score, reached by scaling the marrow's proton density. Unscaled, the
            physical model gives 2.8 to 4.5, depending on field strength, TR and TE.
        marrow_density: Factor on the marrow's proton density, if ``true_vbq`` is not given.
        tissues: Replacements for tissues of `vbq.phantom.tissue.TISSUES`, by name.
        marrow_texture: SD of the trabecular heterogeneity over the marrow's mean signal; 0.08
            looks realistic, 0 gives exact answers.
        pathology: Pathology by level name. It does not change the truth.
        seed: Seed of noise and textures; the shape has a seed of its own.

    Raises:
        UsageError: A value is out of range, or a level or tissue does not exist.
    """
    shape = shape or SpineShape()
    settings = acquisition or MriSettings()
    diseased = {LEVEL_NUMBERS.get(name, 0): disease for name, disease in (pathology or {}).items()}
    spine = build_spine(shape, {level: disease.height_loss for level, disease in diseased.items()})
    if not diseased.keys() <= {vertebra.level for vertebra in spine.vertebrae}:
        raise UsageError(f"This phantom does not have all of {', '.join(pathology or {})}.")
    fractions = _fat_fractions(spine, marrow_fat)
    all_tissues = TISSUES | dict(tissues or {})
    if all_tissues.keys() != TISSUES.keys():
        raise UsageError(
            f"Unknown tissue: {', '.join(sorted(all_tissues.keys() - TISSUES.keys()))}.",
            remedy=f"Choose from {', '.join(sorted(TISSUES))}.",
        )
    if marrow_density <= 0:
        raise UsageError(f"marrow_density must be positive, not {marrow_density}.")
    marrow = {
        level: marrow_density * marrow_signal(f, settings, all_tissues)
        for level, f in fractions.items()
    }
    signal = {name: spin_echo(tissue, settings) for name, tissue in all_tissues.items()}
    csf = signal["csf"]
    if true_vbq is not None:
        if not 0 < true_vbq < 100:
            raise UsageError(f"true_vbq must lie between 0 and 100, not {true_vbq}.")
        scale = true_vbq * csf / float(np.median([marrow[level] for level in SCORED_LEVELS]))
        marrow_density *= scale
        marrow = {level: scale * value for level, value in marrow.items()}
    scored = [marrow[level] for level in SCORED_LEVELS]
    truth = Truth(
        vbq=float(np.median(scored)) / csf,
        levels={LEVEL_NAMES[level]: value / csf for level, value in marrow.items()},
        marrow={LEVEL_NAMES[level]: value for level, value in marrow.items()},
        csf=csf,
        fat_fraction={LEVEL_NAMES[level]: f for level, f in fractions.items()},
        marrow_density=marrow_density,
        sigma=0.0 if settings.snr is None else float(np.mean(scored)) / settings.snr,
    )
    palette = Palette(signal, marrow, marrow_texture, seed, diseased)
    voxels, labels, abnormal, affine = _acquire(spine, palette, settings, truth.sigma)
    return Phantom(
        voxels=voxels,
        affine=affine,
        labels=labels,
        abnormal=abnormal,
        truth=truth,
        shape=shape,
        settings=settings,
        seed=seed,
        spine=spine,
    )


def _acquire(
    spine: Spine, palette: Palette, settings: MriSettings, sigma: float
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.bool_], NDArray[np.float64]]:
    """Render the slices with coil shading, artefacts and noise; axes R→L, S→I, A→P.

    Returns:
        Signal, labels and mask of diseased marrow, all of one shape; the affine to LPS mm.
    """
    rendered = settings if settings.oversampled else extend_field_of_view(settings)
    voxels, labels, abnormal, affine = render(spine, build_torso(spine), palette, rendered)
    if settings.coil_shading != 1:
        voxels *= coil_sensitivity(spine, rendered, affine)
    if not settings.oversampled:
        voxels = add_wraparound(voxels, settings)
        labels, abnormal, affine = crop_to_field_of_view(settings, labels, abnormal, affine)
    if settings.ghosting:
        voxels = add_motion_ghosts(voxels, settings)
    if sigma:
        voxels = add_noise(voxels, sigma, np.random.default_rng([palette.seed, 5]))
    order = {"sagittal": (0, 1, 2), "axial": (2, 0, 1), "coronal": (2, 1, 0)}[settings.plane]
    affine[:3, :3] = affine[:3, order]
    return (
        np.ascontiguousarray(voxels.transpose(order)),
        np.ascontiguousarray(labels.transpose(order)),
        np.ascontiguousarray(abnormal.transpose(order)),
        affine,
    )


def _fat_fractions(
    spine: Spine, marrow_fat: Mapping[str, float] | float | None
) -> dict[int, float]:
    """Fat fraction (0..1) by level number, T11 to S1."""
    rng = np.random.default_rng([spine.shape.seed, 53])
    fractions = {}
    for vertebra in spine.vertebrae:
        if LEVEL_NUMBERS["T11"] <= vertebra.level <= SACRUM:
            typical = _FAT_FRACTIONS.get(vertebra.name, 0.5)
            variation = 0.015 * spine.shape.variation * float(rng.normal())
            fractions[vertebra.level] = typical + variation
    if isinstance(marrow_fat, Mapping):
        for name, fraction in marrow_fat.items():
            fractions[spine.vertebra(name).level] = float(fraction)
    elif marrow_fat is not None:
        fractions = dict.fromkeys(fractions, float(marrow_fat))
    if not all(0 <= fraction <= 1 for fraction in fractions.values()):
        raise UsageError("A fat fraction must lie between 0 and 1.")
    return fractions
