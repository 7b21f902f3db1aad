"""Whether signal begins at zero: a ratio means nothing on a scale that was shifted.

Air gives no signal, so on a magnitude image it is as dark as noise makes it: the mean of Rayleigh
noise is 1.91 of its SD (Gudbjartsson & Patz, Magn Reson Med 1995, doi 10.1002/mrm.1910340618). Any
signal above that is an offset added by a rescale intercept or by processing, or the noise floor of
many coils that were summed. In relative terms either raises CSF more than marrow.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.finding import Finding
from vbq.measure.measured_scan import ScoredScan
from vbq.measure.regions.csf import distance_to
from vbq.measure.regions.rician import RAYLEIGH_SNR
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.text import percent

BLUR_MM = 2.0
SPINE_DISTANCE_MM = 5.0  # CSF is dark too
DARKEST_PERCENTILE = 1.0
SAME_AIR = 1.25  # signal over the darkest signal up to which a pixel is the same air
SMALLEST_MM2 = 1500.0
STRONG = 0.10  # change of the score, as a difference of logarithms


def offset_findings(scored: ScoredScan) -> list[Finding]:
    """Whether air is brighter than noise makes it, by enough to change the score.

    Nothing is found where no air is in view, or CSF has no signal.
    """
    image = scored.section.image
    csf = float(image[scored.csf_region.mask].mean())
    air = _air(scored.section)
    if air is None or csf <= 0:
        return []
    signal = image[air].astype(np.float64)
    offset = (float(signal.mean()) - RAYLEIGH_SNR * float(signal.std())) / csf
    if offset <= 0:
        return []
    score = scored.marrow / csf
    corrected = score_without_offset(score, offset)
    if corrected <= score * np.exp(STRONG):
        return []
    finite = bool(np.isfinite(corrected))
    consequence = f": without it VBQ would be about {corrected:.2f}" if finite else ""
    return [
        Finding(
            "signal_offset",
            "caution",
            f"Air has {percent(signal.mean() / csf, 0)} of the signal of CSF, more than noise "
            "explains: an offset was added to the image, or the noise of many coils was "
            f"summed{consequence}. Use the image as the scanner reconstructed it.",
            {
                "air_over_csf": round(float(signal.mean()) / csf, 4),
                "offset_over_csf": round(offset, 4),
                "without": round(float(corrected), 4) if finite else None,
            },
        )
    ]


def score_without_offset(score: float, offset: float) -> float:
    """The score with an offset taken off the signals of marrow and CSF.

    Args:
        score: Marrow signal over CSF signal, both with the offset.
        offset: The offset over the CSF signal.

    Returns:
        The score; infinite where CSF would have no signal left.
    """
    return (score - offset) / (1 - offset) if offset < 1 else np.inf


def _air(section: SagittalSection) -> NDArray[np.bool_] | None:
    """The largest dark area away from the spine and from blank margins."""
    image, pixel_mm = section.image, section.pixel_mm
    blank = ndimage.binary_opening(image <= 0, iterations=2)
    candidates = distance_to(section.labels > 0, pixel_mm) > SPINE_DISTANCE_MM
    candidates &= distance_to(blank, pixel_mm) > 2 * BLUR_MM
    if not candidates.any():
        return None
    smooth = ndimage.gaussian_filter(image, [BLUR_MM / size for size in pixel_mm])
    darkest = np.percentile(smooth[candidates], DARKEST_PERCENTILE)
    areas, _ = ndimage.label(candidates & (smooth <= SAME_AIR * darkest))
    pixels = np.bincount(areas.ravel())
    pixels[0] = 0
    if pixels.max() * section.pixel_area_mm2 < SMALLEST_MM2:
        return None
    return np.asarray(areas == pixels.argmax())
