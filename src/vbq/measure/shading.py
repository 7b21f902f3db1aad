"""Coil shading along the anterior-posterior axis, seen in the marrow itself.

A spine coil lies behind the patient, so signal falls off forwards, and CSF, which lies nearer to
it than the bodies, is brightened against them. Within one vertebral body marrow is one tissue; a
slope of its log-signal from front to back, common to all bodies, is therefore the coil's. Where
marrow itself differs from front to back the estimate takes that for shading, so it is offered
beside the score, not in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["shading_slope"]


def shading_slope(
    image: NDArray[np.float32], regions: Iterable[NDArray[np.bool_]], column_mm: float
) -> float:
    """Relative growth of signal per mm towards the back, from regions of one tissue each.

    Least squares of log-signal on position, each region with its own mean; 0 where there is
    nothing to fit.

    Args:
        image: One sagittal slice, columns running from anterior to posterior.
        regions: Masks of trabecular regions on it.
        column_mm: Distance between columns, mm.
    """
    products, squares = 0.0, 0.0
    for region in regions:
        lit = region & (image > 0)
        if not lit.any():
            continue
        position = np.nonzero(lit)[1] * column_mm
        position = position - position.mean()
        log_signal = np.log(image[lit].astype(float))
        products += float(position @ (log_signal - log_signal.mean()))
        squares += float(position @ position)
    return products / squares if squares > 0 else 0.0
