"""A sagittal section of a labelled scan: what regions are placed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vbq.measure.regions.body_frame import BodyFrame, body_frames


@dataclass(frozen=True, eq=False)
class SagittalSection:
    """One acquired slice, or the curved midsagittal plane, with its labels.

    Attributes:
        image: Signal, shape (rows, columns); rows run from superior to inferior, columns from
            anterior to posterior.
        labels: The label map on it, same shape.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """

    image: NDArray[np.float32]
    labels: NDArray[np.uint8]
    pixel_mm: tuple[float, float]

    @cached_property
    def frames(self) -> Mapping[int, BodyFrame]:
        """Frames of the vertebral bodies, by level number."""
        return body_frames(self.labels, self.pixel_mm)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.labels.shape
        return rows, columns

    @property
    def pixel_area_mm2(self) -> float:
        """Area of a pixel, mm²."""
        return self.pixel_mm[0] * self.pixel_mm[1]

    def crop(self, window: tuple[slice, slice]) -> SagittalSection:
        """The part of the section inside a window of rows and columns."""
        return replace(self, image=self.image[window], labels=self.labels[window])

    def median_signal(self, masks: Mapping[int, NDArray[np.bool_]]) -> dict[int, float]:
        """Median signal inside each of several masks, by the key of the mask."""
        return {key: float(np.median(self.image[mask])) for key, mask in masks.items()}
