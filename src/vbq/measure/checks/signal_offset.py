"""Whether the signal begins at zero: a ratio means nothing on a scale that was shifted.

Air gives no signal, so on a magnitude image it is as dark as noise makes it: the mean of Rayleigh
noise is 1.91 of its SD (Gudbjartsson & Patz, Magn Reson Med 1995, doi 10.1002/mrm.1910340618).
What it stands above that is an offset that somebody added, by a rescale intercept or by
processing, or the floor of many coils' summed noise. Either lifts CSF more than marrow, in ratio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.finding import Finding
from vbq.measure.regions.csf import distance_to
from vbq.measure.regions.rician import RAYLEIGH_SNR

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["offset_flags"]

BLUR_MM = 2.0
BESIDE_MM = 5.0  # of the spine: CSF is dark too
DARKEST = 1.0  # percentile
ALIKE = 1.25  # times the darkest: one piece of air
LEAST_MM2 = 1500.0
STRONG = 0.10  # of the score, by the logarithm: from here on it is off


def offset_flags(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    marrow: float,
    csf: float,
    pixel_mm: tuple[float, float],
) -> list[Finding]:
    """Whether air is brighter than noise makes it, by enough to move the score.

    Args:
        image: The picture measured, shape (rows, columns).
        labels: The label map on it.
        marrow: Typical signal of marrow.
        csf: Mean signal of CSF.
        pixel_mm: Size of a pixel along rows and columns, mm.

    Returns:
        Nothing where no air is in view, or CSF has no signal.
    """
    air = _air(image, labels, pixel_mm)
    if air is None or csf <= 0:
        return []
    signal = image[air].astype(np.float64)
    share = (float(signal.mean()) - RAYLEIGH_SNR * float(signal.std())) / csf
    if share <= 0:
        return []
    score = marrow / csf
    without = (score - share) / (1 - share) if share < 1 else np.inf
    if without <= score * np.exp(STRONG):
        return []
    would = f": without it VBQ would be about {without:.2f}" if np.isfinite(without) else ""
    return [
        Finding(
            "signal_offset",
            "caution",
            f"Air has {signal.mean() / csf:.0%} of the signal of CSF, more than noise explains: "
            f"an offset was added to the image, or the noise of many coils{would}. Use the image "
            "as the scanner reconstructed it.",
            {
                "air_over_csf": round(float(signal.mean()) / csf, 4),
                "offset_over_csf": round(share, 4),
                "without": round(float(without), 4) if np.isfinite(without) else None,
            },
        )
    ]


def _air(
    image: NDArray[np.float32], labels: NDArray[np.uint8], pixel_mm: tuple[float, float]
) -> NDArray[np.bool_] | None:
    """The largest piece of darkness away from the spine and from blank margins."""
    blank = ndimage.binary_opening(image <= 0, iterations=2)
    away = distance_to(labels > 0, pixel_mm) > BESIDE_MM
    away &= distance_to(blank, pixel_mm) > 2 * BLUR_MM
    if not away.any():
        return None
    smooth = ndimage.gaussian_filter(image, [BLUR_MM / size for size in pixel_mm])
    dark = away & (smooth <= ALIKE * np.percentile(smooth[away], DARKEST))
    pieces, _ = ndimage.label(dark)
    pixels = np.bincount(pieces.ravel())
    pixels[0] = 0
    if pixels.max() * pixel_mm[0] * pixel_mm[1] < LEAST_MM2:
        return None
    return np.asarray(pieces == pixels.argmax())
