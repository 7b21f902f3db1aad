"""The slices of a scan that a report shows, oriented by radiological convention."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vbq.measure.measurement import Measurement
from vbq.scan.scan import Scan

# Acquired plane -> (axis across it, letters at left, right, top and bottom). Sagittal pictures
# have anterior on the left; axial and coronal ones the patient's right.
HANGING: dict[str, tuple[int, str]] = {
    "sagittal": (0, "APSI"),
    "axial": (1, "RLAP"),
    "coronal": (2, "RLSI"),
}
BLACK, WHITE = 1.0, 98.0  # percentiles of the window
LAST_BODY = 26  # the sacrum; see `vbq.anatomy.levels`
VERTICAL_MM, HORIZONTAL_MM = 12.0, 42.0  # margins of a cropped view around bodies and ROIs
MARGIN_MM = 20.0  # around the vertebral bodies: what the window is fitted to


@dataclass(frozen=True, eq=False)
class View:
    """One slice ready to draw.

    Attributes:
        image: float32 in 0..1, shape (rows, columns), windowed.
        pixel_mm: Height and width of a pixel.
        plane: ``"sagittal"``, ``"axial"`` or ``"coronal"``.
        index: Number of the slice, from 0.
        slices: How many slices there are.
        letters: Patient directions at left, right, top and bottom.
        origin: Row and column of the slice at which the image begins.
    """

    image: NDArray[np.float32]
    pixel_mm: tuple[float, float]
    plane: str
    index: int
    slices: int
    letters: str
    origin: tuple[int, int] = (0, 0)

    def cut(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The part of a mask of the whole slice that this view shows."""
        (top, left), (rows, columns) = self.origin, self.image.shape
        return mask[top : top + rows, left : left + columns]


def choose_views(measurement: Measurement) -> tuple[View, ...]:
    """The measured slices in order; empty if there is no scan.

    If nothing was measured, the mid-sagittal slice; the middle slice as acquired if no anatomy was
    found either.
    """
    scan, anatomy = measurement.scan, measurement.anatomy
    if scan is None:
        return ()
    plane = "sagittal" if anatomy or scan.plane == "isotropic" else scan.plane
    common = anatomy.midsagittal_slice if anatomy else scan.voxels.shape[HANGING[plane][0]] // 2
    slices = sorted({roi.slice for roi in measurement.rois}) or [common]
    return tuple(_view(measurement, scan, plane, index) for index in slices)


def _view(measurement: Measurement, scan: Scan, plane: str, index: int) -> View:
    across, letters = HANGING[plane]
    pixels = np.nan_to_num(np.take(scan.voxels, index, axis=across), posinf=0.0, neginf=0.0)
    spacing = [mm for axis, mm in enumerate(scan.spacing_mm) if axis != across]
    region = pixels
    if measurement.anatomy is not None:
        labels = measurement.anatomy.labels[index]
        region = pixels[_around_bodies(labels, (spacing[0], spacing[1]))]
    low, high = _window(pixels, region)
    image = np.clip((pixels - low) / max(high - low, 1e-12), 0.0, 1.0).astype(np.float32)
    if plane != "sagittal":  # these have the patient's right-to-left axis first: make it columns
        image = image.T
        spacing.reverse()
    slices = scan.voxels.shape[across]
    return View(image, (spacing[0], spacing[1]), plane, index, slices, letters)


def crop_to_spine(view: View, measurement: Measurement) -> View:
    """The part of the view around vertebral bodies and ROIs, also those of other measured slices.

    The view itself if there are none.
    """
    shape = view.image.shape
    shown = np.zeros(shape, bool)
    if measurement.anatomy is not None:
        for index in {view.index, *(roi.slice for roi in measurement.rois)}:
            labels = measurement.anatomy.labels[index]
            shown |= (labels > 0) & (labels <= LAST_BODY)
    for roi in measurement.rois:
        shown |= roi.mask
    rows, columns = np.nonzero(shown)
    if not rows.size:
        return view
    y, x = view.pixel_mm
    top = max(int(rows.min() - VERTICAL_MM / y), 0)
    bottom = min(int(rows.max() + VERTICAL_MM / y) + 1, shape[0])
    front, back = columns.min() - HORIZONTAL_MM / x, columns.max() + HORIZONTAL_MM / x
    lacking = max(0.5 * (bottom - top) * y / x - (back - front), 0.0)  # to half as wide as tall
    left = max(int(front - lacking / 2), 0)
    right = min(int(back + lacking / 2) + 1, shape[1])
    return replace(view, image=view.image[top:bottom, left:right], origin=(top, left))


def _window(image: NDArray[np.float32], region: NDArray[np.float32]) -> tuple[float, float]:
    """Black and white levels: air is black, marrow bright but not clipped."""
    low = float(np.percentile(image, BLACK))
    high = float(np.percentile(region, WHITE))
    if high <= low:
        low, high = float(image.min()), float(image.max())
    return low, high


def _around_bodies(labels: NDArray[np.uint8], pixel_mm: tuple[float, float]) -> tuple[slice, slice]:
    """The part of a slice around the vertebral bodies, without the bright subcutaneous fat."""
    rows, columns = np.nonzero((labels > 0) & (labels <= LAST_BODY))
    if not rows.size:
        return slice(None), slice(None)
    y, x = (round(MARGIN_MM / mm) for mm in pixel_mm)
    return (
        slice(max(int(rows.min()) - y, 0), int(rows.max()) + y + 1),
        slice(max(int(columns.min()) - x, 0), int(columns.max()) + x + 1),
    )
