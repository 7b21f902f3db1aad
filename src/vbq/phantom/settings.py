"""MRI settings of a phantom: contrast, geometry, noise, coil shading and artefacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vbq.errors import UsageError

Plane = Literal["sagittal", "axial", "coronal"]
PhaseEncoding = Literal["COL", "ROW"]
_REALISTIC: dict[str, Any] = {"snr": 35.0, "coil_shading": 2.0}
PIXEL_BANDWIDTH_HZ = 240.0  # recorded in files; chemical shift is not simulated


@dataclass(frozen=True, slots=True)
class MriSettings:
    """Settings of one series. The defaults are an ideal T1 without noise or coil shading.

    Times are in ms, lengths in mm, angles in degrees.

    Attributes:
        field_strength_t: Field strength in tesla; determines the relaxation times.
        tr_ms: Repetition time.
        te_ms: Echo time.
        ti_ms: Inversion time of a STIR; ``None`` without an inversion pulse.
        fat_suppressed: Spectral fat suppression.
        plane: Plane of the slices.
        slices: Number of slices.
        slice_thickness_mm: Slice thickness, over which signal is averaged.
        slice_spacing_mm: Distance between the centres of adjacent slices.
        matrix: Rows and columns.
        pixel_mm: Pixel size; pixels are square.
        rotation_deg: Obliquity of the stack: rotation about the patient's x (left-right),
            y (anterior-posterior) and z (head-foot) axes.
        offset_mm: Shift of the centre of the field of view from its default, LPS: x moves the
            stack off the midline, y and z move the spine off-centre.
        lowest_level: Vertebra (e.g. ``"L5"``) just below which the field of view ends, for a scan
            that misses the sacrum; ``None`` for the default field of view.
        snr: Mean marrow signal over the sigma of the Rician noise; ``None`` for no noise.
        coil_shading: Coil sensitivity at the skin of the back over that 150 mm anterior to it;
            1 for none.
        presaturation: Share (0..1) of the signal of the abdomen that a saturation band removes.
        phase_encoding: In-plane phase-encoding direction as in DICOM: ``"COL"`` along the columns
            (head-foot in a sagittal image), ``"ROW"`` along the rows.
        oversampled: Whether phase oversampling prevents wrap-around of the body beyond the field
            of view.
        ghosting: Signal of each motion ghost as a share (0..1) of the image's.
        contrast_agent: Name of a contrast agent recorded in the file; signals are unaffected.
        sub_slices: Planes averaged in each slice, for partial volume.
        blur_px: Sigma of the in-plane point spread, in pixels.
        description: Series description.
    """

    field_strength_t: float = 1.5
    tr_ms: float = 600.0
    te_ms: float = 11.0
    ti_ms: float | None = None
    fat_suppressed: bool = False
    plane: Plane = "sagittal"
    slices: int = 15
    slice_thickness_mm: float = 4.0
    slice_spacing_mm: float = 4.4
    matrix: tuple[int, int] = (384, 384)
    pixel_mm: float = 0.75
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lowest_level: str | None = None
    snr: float | None = None
    coil_shading: float = 1.0
    presaturation: float = 0.4
    phase_encoding: PhaseEncoding = "COL"
    oversampled: bool = True
    ghosting: float = 0.0
    contrast_agent: str | None = None
    sub_slices: int = 3
    blur_px: float = 0.45
    description: str = "T1 TSE SAG"

    def __post_init__(self) -> None:
        positive = (
            self.field_strength_t, self.tr_ms, self.te_ms, self.slices, self.slice_thickness_mm,
            self.slice_spacing_mm, *self.matrix, self.pixel_mm, self.coil_shading,
            self.sub_slices, 1 if self.snr is None else self.snr,
        )  # fmt: skip
        if min(positive) <= 0:
            raise UsageError(
                "Times, sizes, counts, coil_shading and snr of a phantom must be positive."
            )
        if not 0 <= self.ghosting <= 1:
            raise UsageError(f"ghosting must lie between 0 and 1, not {self.ghosting}.")

    @classmethod
    def t1(cls, **changes: Any) -> MriSettings:
        """A realistic T1: with noise and the shading of a spine coil."""
        return cls(**_REALISTIC | changes)

    @classmethod
    def t2(cls, **changes: Any) -> MriSettings:
        """A realistic T2-weighted series."""
        contrast = {"tr_ms": 3500.0, "te_ms": 105.0, "description": "T2 TSE SAG"}
        return cls(**_REALISTIC | contrast | changes)

    @classmethod
    def stir(cls, **changes: Any) -> MriSettings:
        """A realistic STIR: fat nulled by inversion."""
        field_strength_t = float(changes.get("field_strength_t", 1.5))
        ti = np.log(2.0) * (290.0 + (field_strength_t - 1.5) / 1.5 * 90.0)  # T1 of fat, ms
        contrast = {"tr_ms": 4200.0, "te_ms": 45.0, "ti_ms": float(round(ti)),
                    "description": "STIR SAG"}  # fmt: skip
        return cls(**_REALISTIC | contrast | changes)

    @classmethod
    def t1_fat_suppressed(cls, **changes: Any) -> MriSettings:
        """A realistic T1 with spectral fat suppression, as a negative control."""
        contrast = {"fat_suppressed": True, "description": "T1 TSE FS SAG"}
        return cls(**_REALISTIC | contrast | changes)

    def directions(self) -> NDArray[np.float64]:
        """Unit steps in LPS, shape (3, 3): columns along slices, rows and columns of the image.

        Sagittal slices run R→L with rows S→I and columns A→P; axial ones S→I with rows A→P and
        columns R→L; coronal ones A→P with rows S→I and columns R→L.
        """
        left, back, down = np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), np.array([0, 0, -1.0])
        steps = {
            "sagittal": (left, down, back),
            "axial": (down, back, left),
            "coronal": (back, down, left),
        }[self.plane]
        a, b, c = np.radians(self.rotation_deg)
        about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
        return np.asarray(about_z @ about_y @ about_x @ np.stack(steps, axis=1))
