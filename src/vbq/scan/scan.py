"""A Scan: one MR series as an array in a fixed anatomical order, with geometry in mm.

Files store series in any orientation, slice order and handedness. A `Scan` does not: its voxels
are permuted and flipped (never interpolated) so that

* axis 0 runs from the patient's right to left: the sagittal slices,
* axis 1 runs from superior to inferior: the rows of a sagittal image,
* axis 2 runs from anterior to posterior: its columns;

in an oblique series, each stored axis takes the place of the patient axis nearest to it. The
affine maps voxel indices to LPS millimetres (DICOM's patient axes: +x left, +y posterior, +z
superior). Everything downstream therefore sees the same array however the series was stored.
"""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import RefusalError
from vbq.finding import Finding
from vbq.scan.geometry import Plane, plane_of


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Acquisition parameters of a series; ``None`` or empty where the file does not give them.

    Times are in milliseconds, field strength in tesla, bandwidth in Hz per pixel, lengths in mm,
    angles in degrees. Terms are those of DICOM PS3.3 C.8.3 (MR Image) and C.8.13. Phase encoding
    is ``"ROW"`` or ``"COL"``, along the rows or columns of the images as stored.
    """

    modality: str | None = None
    description: str | None = None
    field_strength_t: float | None = None
    repetition_time_ms: float | None = None
    echo_time_ms: float | None = None
    inversion_time_ms: float | None = None
    flip_angle_deg: float | None = None
    echo_train_length: int | None = None
    scanning_sequence: tuple[str, ...] = ()
    sequence_variant: tuple[str, ...] = ()
    scan_options: tuple[str, ...] = ()
    sequence_name: str | None = None
    image_type: tuple[str, ...] = ()
    contrast_agent: str | None = None
    pixel_bandwidth_hz: float | None = None
    phase_encoding: str | None = None
    slice_thickness_mm: float | None = None
    manufacturer: str | None = None
    model: str | None = None
    body_part: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Origin of a scan. Identifiers only; never a name, birth date or free text.

    Attributes:
        path: The file or folder the user named, or the member of an archive; bytes of a name
            that are not UTF-8 are replaced, so it is for display, not for opening.
        format: ``"dicom"``, ``"dicom-enhanced"``, ``"nifti"``, ``"nrrd"``, ``"metaimage"``.
        files: Number of files the series was read from.
        study_uid: DICOM Study Instance UID, where there is one.
        series_uid: DICOM Series Instance UID, where there is one.
        series_number: DICOM Series Number, where there is one.
        bits_stored: Bits per stored sample; 8 hints at an export that lost its signal range.
        saturation_level: Largest value the storage can hold, in the units of the voxels.
        rescale_intercept: What the header adds to every stored value, in the units of the voxels;
            0 where it adds nothing, or differs between slices.
        folder: Common folder of its files, relative to the path the user named (empty: that path
            itself). It stands in for a study UID that was stripped; ``None`` for a volume file,
            which is a study of its own.
    """

    path: str
    format: str
    files: int = 1
    study_uid: str | None = None
    series_uid: str | None = None
    series_number: int | None = None
    bits_stored: int | None = None
    saturation_level: float | None = None
    rescale_intercept: float = 0.0
    folder: str | None = None

    @property
    def is_volume_file(self) -> bool:
        """Whether it is a single file that holds one volume, as NIfTI, and not DICOM."""
        return self.study_uid is None and self.folder is None


@dataclass(frozen=True, eq=False)
class Scan:
    """One MR series.

    Attributes:
        voxels: Signal, float32, shape (slices R→L, rows S→I, columns A→P); rescaled to the
            units of the file's rescale slope and intercept; arbitrary units, 0 means no signal.
        affine: (4, 4) float64, voxel index (i, j, k) to LPS millimetres of the voxel's centre.
        acquisition: Acquisition parameters.
        source: Origin of the scan.
        native_axes: For each axis of ``voxels``: (axis of the stored array, whether flipped), so
            that a label map can be written back in the order of the file.
        flags: Findings made while reading it.
    """

    voxels: NDArray[np.float32]
    affine: NDArray[np.float64]
    acquisition: Acquisition
    source: Source
    native_axes: tuple[tuple[int, bool], tuple[int, bool], tuple[int, bool]] = (
        (0, False),
        (1, False),
        (2, False),
    )
    flags: tuple[Finding, ...] = field(default_factory=tuple)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance in mm between neighbours along each axis of ``voxels``."""
        step = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(step[0]), float(step[1]), float(step[2])

    @cached_property
    def plane(self) -> Plane:
        """The plane it was acquired in; see `vbq.scan.geometry.plane_of`."""
        return plane_of(self.voxels.shape, self.spacing_mm)

    @cached_property
    def voxels_sha256(self) -> str:
        """Digest of the voxels: the same image has the same digest however it was stored."""
        return sha256(self.voxels.tobytes()).hexdigest()

    def to_mm(self, index: ArrayLike) -> NDArray[np.float64]:
        """LPS millimetres of voxel indices, shape (..., 3)."""
        return np.asarray(index, float) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_index(self, mm: ArrayLike) -> NDArray[np.float64]:
        """Fractional voxel indices of LPS millimetres, shape (..., 3)."""
        offset = np.asarray(mm, float) - self.affine[:3, 3]
        return np.asarray(np.linalg.solve(self.affine[:3, :3], offset[..., None])[..., 0])


def require_sagittal(scan: Scan) -> None:
    """Refuse a stack that contains no sagittal slice as acquired.

    A stack of nearly cubic voxels passes: it can be reformatted in any plane.

    Raises:
        RefusalError: The scan is axial or coronal; code ``not_sagittal``.
    """
    if scan.plane not in ("sagittal", "isotropic"):
        raise RefusalError(
            f"The series is {scan.plane}; VBQ is measured on sagittal images.",
            remedy="Choose a sagittal T1 series.",
            code="not_sagittal",
        )
