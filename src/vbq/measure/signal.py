"""The signal of one region."""

from typing import TypedDict

import numpy as np

from vbq.measure.measurement import Roi
from vbq.scan.scan import Scan


class Signal(TypedDict):
    """The fields of `vbq.measure.reading.RegionSignal`."""

    mean: float
    median: float
    sd: float
    pixels: int
    area_mm2: float
    slice: int
    centre_mm: tuple[float, float, float]


def measure_signal(scan: Scan, roi: Roi) -> Signal:
    """Mean, median, SD (n - 1), number, area (mm²) and centre (LPS mm) of pixels of a region."""
    values = scan.voxels[roi.slice][roi.mask].astype(np.float64)
    row, column = np.argwhere(roi.mask).mean(axis=0)
    centre = scan.to_mm([roi.slice, row, column])
    _, row_mm, column_mm = scan.spacing_mm
    return Signal(
        mean=float(values.mean()),
        median=float(np.median(values)),
        sd=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        pixels=int(values.size),
        area_mm2=round(float(values.size * row_mm * column_mm), 3),
        slice=roi.slice,
        centre_mm=(round(centre[0], 3), round(centre[1], 3), round(centre[2], 3)),
    )
