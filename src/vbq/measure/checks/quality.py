"""Quality flags: what makes a score doubtful or meaningless, with the numbers behind it.

Thresholds that come from a paper name it; the others are this program's own and are stated in
``docs/flags.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.errors import RefusalError
from vbq.finding import Finding
from vbq.measure.checks.scoliosis import scoliosis_flags
from vbq.measure.protocol import SHADING_CORRECTED, STANDARD, STANDARD_ID
from vbq.scan.contrast_agent import contrast_agent_source
from vbq.scan.scan import require_sagittal
from vbq.stats.checks import NORMAL_95

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import Anatomy
    from vbq.measure.uncertainty import Uncertainty
    from vbq.scan.scan import Scan

__all__ = [
    "coverage_flags",
    "scan_flags",
    "shading_flags",
    "signal_flags",
    "stop_if_meaningless",
]

# Accepted acquisition of the normative study (Mierke et al.): outside was excluded.
TR_MS = (400.0, 850.0)
TE_MS = (8.0, 20.0)

THICKEST_MM = 6.0
FURTHEST_OFF_MIDLINE_MM = 6.0
LEAST_CONFIDENCE = 0.6
STRONG_SHADING = 0.10  # of the score, by the logarithm: from here on it may be off


def stop_if_meaningless(scan: Scan) -> None:
    """Refuse what cannot be a magnitude MR image, before anything is looked for in it.

    Raises:
        RefusalError: another modality, negative or constant signal, or not a sagittal image.
    """
    modality = scan.acquisition.modality
    if modality not in (None, "MR"):
        raise RefusalError(
            f"This is a {modality} series, not MR.",
            remedy="Choose the sagittal T1 of a lumbar MRI.",
            code="not_mr",
        )
    if not np.isfinite(scan.voxels).all():
        raise RefusalError(
            "The image holds values that are not numbers.",
            remedy="Export the series again from the scanner or PACS.",
            code="not_numbers",
        )
    if scan.voxels.max() == scan.voxels.min():
        raise RefusalError(
            "Every pixel of the image has the same value.",
            remedy="Export the series again from the scanner or PACS.",
            code="constant_image",
        )
    negative = float(np.mean(scan.voxels < 0))
    if negative > 0.01:
        raise RefusalError(
            f"{negative:.0%} of the signal is negative: this is CT, a phase image or a processed "
            "one, and a ratio of its signals means nothing.",
            remedy="Use the magnitude image as the scanner reconstructed it.",
            code="negative_signal",
        )
    require_sagittal(scan)


def scan_flags(scan: Scan) -> list[Finding]:
    """What acquisition and geometry say against the reading."""
    flags = []
    a = scan.acquisition
    tr, te = a.repetition_time_ms, a.echo_time_ms
    if tr is not None and not TR_MS[0] <= tr <= TR_MS[1]:
        message = _outside("Repetition time", tr, TR_MS)
        flags.append(Finding("tr_outside", "caution", message, {"value_ms": tr}))
    if te is not None and not TE_MS[0] <= te <= TE_MS[1]:
        message = _outside("Echo time", te, TE_MS)
        flags.append(Finding("te_outside", "caution", message, {"value_ms": te}))
    if a.repetition_time_ms is None or a.echo_time_ms is None:
        flags.append(
            Finding(
                "timing_unknown",
                "note",
                "The file does not give TR and TE; contrast was judged from the image.",
            )
        )
    if a.field_strength_t is None:
        flags.append(
            Finding(
                "field_strength_unknown",
                "note",
                "The file does not give the field strength; VBQ differs by about 0.6 between "
                "1.5 T and 3 T, so compare with care.",
            )
        )
    if a.pixel_bandwidth_hz is None:
        flags.append(
            Finding(
                "bandwidth_unknown",
                "note",
                "The file does not give the receiver bandwidth, on which noise and the chemical "
                "shift of marrow fat depend; compare only with scans of the same protocol.",
            )
        )
    agent = contrast_agent_source(a)
    if agent is not None:
        flags.append(
            Finding(
                "contrast_agent",
                "caution",
                f"The series is contrast-enhanced ({agent}): marrow and epidural veins take up "
                "the agent and CSF does not, so the score is too high. Use the series before "
                "contrast.",
                {"known_from": agent},
            )
        )
    thickness = a.slice_thickness_mm or scan.spacing_mm[0]
    if scan.voxels.shape[0] > 1 and thickness > THICKEST_MM:
        flags.append(
            Finding(
                "thick_slices",
                "caution",
                f"Slices are {thickness:.1f} mm thick; the canal is blurred with its walls.",
                {"thickness_mm": round(thickness, 2)},
            )
        )
    return flags


def _outside(name: str, value: float, limits: tuple[float, float]) -> str:
    return (
        f"{name} {value:g} ms lies outside the {limits[0]:g}–{limits[1]:g} ms of the normative "
        "study; compare only with scans acquired alike."
    )


def coverage_flags(
    scan: Scan, anatomy: Anatomy, used: Sequence[str], off_midline_mm: Mapping[str, float]
) -> list[Finding]:
    """Levels missing, uncertain, off the midline, unusual in number or on a lateral curve.

    Args:
        scan: The scan.
        anatomy: What is where in it.
        used: Names of the scored levels.
        off_midline_mm: Of levels, by name: from the slice measured to the body's own middle, mm.
    """
    flags = []
    wanted, fewest = [LEVEL_NAMES[n] for n in STANDARD.levels], STANDARD.fewest_levels
    missing = [name for name in wanted if name not in used]
    if len(used) < fewest:
        flags.append(
            Finding(
                "too_few_levels",
                "refuse",
                f"Only {len(used)} of {', '.join(wanted)} can be scored; at least {fewest} are "
                "needed.",
                {"used": " ".join(used), "missing": " ".join(missing)},
            )
        )
    elif missing:
        flags.append(
            Finding(
                "levels_missing",
                "caution",
                f"Scored without {', '.join(missing)}: the standard score has four levels.",
                {"used": " ".join(used), "missing": " ".join(missing)},
            )
        )
    unsure = {
        v.name: v.confidence
        for v in anatomy.vertebrae
        if v.name in used and v.confidence is not None and v.confidence < LEAST_CONFIDENCE
    }
    if unsure:
        listed = ", ".join(f"{name} ({c:.2f})" for name, c in unsure.items())
        flags.append(
            Finding(
                "level_confidence_low",
                "caution",
                f"The engine is unsure of {listed}. Check outlines and names in the overlay.",
                {name: round(c, 3) for name, c in unsure.items()},
            )
        )
    limit = max(FURTHEST_OFF_MIDLINE_MM, scan.spacing_mm[0])
    off = {n: d for n, d in off_midline_mm.items() if n in used and d > limit}
    if off:
        listed = ", ".join(f"{name} {d:.0f} mm" for name, d in off.items())
        flags.append(
            Finding(
                "off_midline",
                "caution",
                f"The slice measured is off the midline at {listed}: scoliosis or an oblique "
                "stack.",
                dict(off),
            )
        )
    slices = scan.voxels.shape[0]
    if not off and slices >= 3 and anatomy.midsagittal_slice in (0, slices - 1):
        flags.append(
            Finding(
                "off_midline",
                "caution",
                "The slice measured is the outermost of the stack: the midline may lie beyond it. "
                "Use a series that is centred on the spine.",
                {"slice": anatomy.midsagittal_slice, "slices": slices},
            )
        )
    if anatomy.lumbar_count in (4, 6):
        flags.append(
            Finding(
                "lumbar_count_unusual",
                "caution",
                f"There are {anatomy.lumbar_count} lumbar vertebrae: published scores are of five, "
                "and levels counted from above and from below differ.",
                {"lumbar_count": anatomy.lumbar_count},
            )
        )
    return flags + scoliosis_flags(scan, anatomy)


def signal_flags(scan: Scan, regions: Sequence[NDArray[np.float32]]) -> list[Finding]:
    """Marrow signal clipped at the top of the storage range."""
    top = scan.source.saturation_level
    highest = float(scan.voxels.max()) if top is None else top
    share = float(np.mean(np.concatenate(regions) >= highest)) if regions else 0.0
    if share <= 0.01:
        return []
    return [
        Finding(
            "saturated",
            "caution",
            f"{share:.0%} of the vertebral pixels are at the largest value there is: their true "
            "signal is higher.",
            {"share": round(share, 4)},
        )
    ]


def shading_flags(
    variants: Mapping[str, float],
    uncertainty: Uncertainty,
    coil_gains: Mapping[str, float],
    doubt: float,
) -> list[Finding]:
    """Slopes that all marrow shares: the coil's shading, or marrow that differs by itself.

    Args:
        variants: Scores by id.
        uncertainty: Of the score: the corrected one lies outside its interval where this is said.
        coil_gains: Sensitivity of the coil at the CSF region over that at each level used.
        doubt: SD of the correction's logarithm; a correction within its own 95 % is not told.
    """
    raw, corrected = (variants.get(name, np.nan) for name in (STANDARD_ID, SHADING_CORRECTED))
    change = abs(float(np.log(corrected / raw)))
    if not change > NORMAL_95 * max(uncertainty.total, doubt):
        return []
    gains = np.array(list(coil_gains.values()))
    ratio = float(np.exp(np.log(gains).mean()))
    return [
        Finding(
            "coil_shading",
            "caution" if change > STRONG_SHADING else "note",
            f"By the slopes of signal in marrow the coil is {ratio:.2f} times as sensitive at the "
            f"CSF as at the bodies ({gains.min():.2f}–{gains.max():.2f} by level). If so, VBQ "
            f"without shading would be {corrected:.2f}, outside the interval of the score.",
            {
                "coil_csf_over_bodies": round(ratio, 4),
                **{f"coil_csf_over_{name}": round(gain, 4) for name, gain in coil_gains.items()},
                "corrected": round(corrected, 4),
                "corrected_sd": round(corrected * doubt, 4),
            },
        )
    ]
