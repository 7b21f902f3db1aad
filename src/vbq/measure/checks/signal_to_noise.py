"""Noise against marrow: a score from little signal moves from repeat to repeat.

Two estimates are made and the lower ratio counts. In air behind the back noise is free of anatomy
(`vbq.measure.regions.background`), but intensity normalisation and parallel imaging make it differ
from that inside the body, and some exports blank it. Inside, noise is the spread of pixels about
their local average, in CSF or in marrow, whichever varies less: both have texture of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.finding import Finding
from vbq.measure.regions.background import spread_about_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.measure.regions.background import Background

__all__ = ["LEAST_SNR", "noise_flags"]

LEAST_SNR = 10.0  # of marrow; CSF at a score of 3 is then at 3.3, and its mean lifted by noise
LOCAL_MM = 2.0


def noise_flags(
    image: NDArray[np.float32],
    regions: Sequence[NDArray[np.bool_]],
    csf: NDArray[np.bool_],
    marrow: float,
    background: Background | None,
    pixel_mm: tuple[float, float],
) -> list[Finding]:
    """Whether marrow is less than ten times the noise.

    Args:
        image: The slice measured, shape (rows, columns).
        regions: Trabecular regions of the scored levels, at least one.
        csf: The CSF region.
        marrow: Median signal of the scored levels.
        background: The air behind the back, where it is seen.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    in_marrow = float(np.median([_noise(image, region, pixel_mm) for region in regions]))
    local = marrow / max(min(in_marrow, _noise(image, csf, pixel_mm)), 1e-9)
    air = None
    if background is not None and background.noise_sd is not None:
        air = marrow / max(background.noise_sd, 1e-9)
    snr = local if air is None else min(local, air)
    if snr >= LEAST_SNR:
        return []
    return [
        Finding(
            "low_snr",
            "caution",
            f"Marrow is only {snr:.0f} times the noise; the score would differ from repeat to "
            "repeat. See its interval, and prefer a scan with more signal.",
            {
                "snr_in_air": None if air is None else round(air, 2),
                "snr_in_tissue": round(local, 2),
            },
        )
    ]


def _noise(
    image: NDArray[np.float32], region: NDArray[np.bool_], pixel_mm: tuple[float, float]
) -> float:
    return spread_about_mean(image, region, LOCAL_MM, pixel_mm)
