"""VBQ from the bodies found against VBQ from the bodies drawn, over the same CSF."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from intervals import bootstrap, by_patient, warn_of_few

from vbq.anatomy import EngineInfo
from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.measure import measure_scan
from vbq.stats.agreement.bland_altman import bland_altman
from vbq.stats.agreement.icc import intraclass_correlation

if TYPE_CHECKING:
    from cases import SegmentedCase

    from vbq.anatomy import Anatomy
    from vbq.measure import Reading

BIAS_AIM, LIMITS_AIM, RMSE_AIM, ICC_AIM = 0.05, 0.35, 0.20, 0.95
GROUPS = {"real T1": ("T1",), "T1-like": ("T1-like",), "all": ("T1", "T1-like")}


@dataclass(frozen=True)
class Pair:
    """The score of one volume from either outline, and the levels of the bodies behind each."""

    volume: str
    patient: str
    contrast: str
    found: float
    drawn: float
    levels_found: str
    levels_drawn: str
    csf_level: str
    status: str
    flags: tuple[str, ...]


def with_reference_bodies(segmented: SegmentedCase, anatomy: Anatomy) -> Anatomy:
    """The drawn bodies on the slice that VBQ chose, with the canal and discs it found."""
    reference = segmented.case.labels
    bone = np.isin(reference, list(LEVEL_NAMES))
    soft_tissue = np.where(np.isin(anatomy.labels, list(LEVEL_NAMES)), 0, anatomy.labels)
    described = anatomy_from_labels(
        segmented.scan,
        np.where(bone, reference, soft_tissue).astype(np.uint8),
        engine=EngineInfo("by hand", "1"),
        numbering="label map",
        numbering_confidence=None,
    )
    return replace(described, midsagittal_slice=anatomy.midsagittal_slice)


def numerator(reading: Reading, among: set[str]) -> tuple[float, str]:
    """Median of the level means of L1-L4 (of those given), and the names of the levels."""
    used = [level for level in reading.levels if level.used and level.level in among]
    signal = float(np.median([v.mean for v in used])) if used else np.nan
    return signal, " ".join(v.level for v in used)


@dataclass(frozen=True)
class Unscored:
    """A volume without both scores, and the reason."""

    volume: str
    contrast: str
    reason: str


def compare(segmented: SegmentedCase) -> Pair | Unscored:
    """Both scores of one case, or why there are none.

    A refusal for contrast is passed over: T1-like images are not T1 in every respect, and what is
    asked here is what the outline does to the score.
    """
    volume, contrast = segmented.case.volume.name, segmented.case.contrast
    if segmented.anatomy is None:
        return Unscored(volume, contrast, segmented.refusal)
    reading = measure_scan(segmented.scan, segmented.anatomy).reading
    by_hand = measure_scan(
        segmented.scan, with_reference_bodies(segmented, segmented.anatomy)
    ).reading
    if reading.csf is None:
        return Unscored(volume, contrast, "no CSF region")
    # a level without a certain outline is not judged; one that was missed counts against VBQ
    judged = {level.level for level in by_hand.levels if level.used}
    (found_signal, found_levels), (drawn_signal, drawn_levels) = (
        numerator(r, judged) for r in (reading, by_hand)
    )
    if not (found_levels and drawn_levels):
        reason = f"levels found: {found_levels or 'none'}, drawn: {drawn_levels or 'none'}"
        return Unscored(volume, contrast, reason)
    return Pair(
        volume=volume,
        patient=segmented.case.patient,
        contrast=contrast,
        found=found_signal / reading.csf.mean,
        drawn=drawn_signal / reading.csf.mean,
        levels_found=found_levels,
        levels_drawn=drawn_levels,
        csf_level=reading.csf.level,
        status=reading.status,
        flags=tuple(f.code for f in reading.flags if f.severity != "note"),
    )


def run(rows: list[Pair | Unscored]) -> dict[str, object]:
    """Print both scores of every volume and their agreement; return them."""
    print("SCORE: VBQ from found and from drawn bodies, same slice, same CSF region")
    print(f"{'volume':34} contrast    found   drawn  difference  status")
    pairs: list[Pair] = []
    for pair in rows:
        if isinstance(pair, Unscored):
            print(f"{pair.volume:34} {pair.contrast:9}  left out: {pair.reason}")
            continue
        pairs.append(pair)
        print(
            f"{pair.volume:34} {pair.contrast:9} {pair.found:7.3f} {pair.drawn:7.3f}"
            f" {pair.found - pair.drawn:+11.3f}  {pair.status} {' '.join(pair.flags)}"
            + (
                ""
                if pair.levels_found == pair.levels_drawn
                else f" (found {pair.levels_found}, drawn {pair.levels_drawn})"
            )
        )
    print(
        "\nagreement [95 % interval: bootstrap over patients; of the limits and the ICC by formula]"
    )
    groups = {name: [p for p in pairs if p.contrast in group] for name, group in GROUPS.items()}
    pooled = [_agree(name, group) for name, group in groups.items() if len(group) > 1]
    print(
        "  T1-like contrast follows the drawn outline: its edges favour the drawing's shape. No\n"
        "  CSF was drawn by hand: its share of the error is not in here.\n"
    )
    return {"pairs": pairs, "pooled": pooled}


def _agree(name: str, pairs: list[Pair]) -> dict[str, object]:
    scores = by_patient([(p.patient, (p.found, p.drawn)) for p in pairs])
    pooled = np.array([(p.found, p.drawn) for p in pairs])
    bias = bootstrap(scores, lambda x: float((x[:, 0] - x[:, 1]).mean()))
    rmse = bootstrap(scores, lambda x: float(np.sqrt(((x[:, 0] - x[:, 1]) ** 2).mean())))
    limits = bland_altman(pooled[:, 0], pooled[:, 1])
    icc = intraclass_correlation(pooled, "A,1")
    lower, upper = limits.lower_interval, limits.upper_interval
    judged = name == "all"

    def line(label: str, text: str, aim: str, *, met: bool) -> None:
        verdict = f"   aim {aim}: {'met' if met else 'NOT met'}" if judged else ""
        print(f"  {label:20} {text}{verdict}")

    print(f"{name}: {len(pairs)} volumes of {bias.patients} patients")
    line("bias", str(bias), f"≤ {BIAS_AIM}", met=abs(bias.value) <= BIAS_AIM)
    line(
        "limits of agreement",
        f"{limits.lower:.3f} [{lower[0]:.3f}, {lower[1]:.3f}] to "
        f"{limits.upper:.3f} [{upper[0]:.3f}, {upper[1]:.3f}]",
        f"within ±{LIMITS_AIM}",
        met=max(-limits.lower, limits.upper) <= LIMITS_AIM,
    )
    line("RMSE", str(rmse), f"≤ {RMSE_AIM}", met=rmse.value <= RMSE_AIM)
    line(
        icc.name,
        f"{icc.estimate:.3f} [{icc.interval[0]:.3f}, {icc.interval[1]:.3f}]",
        f"≥ {ICC_AIM}",
        met=icc.estimate >= ICC_AIM,
    )
    warn_of_few(name, bias)
    return {"group": name, "bias": bias, "rmse": rmse, "limits": limits, "icc": icc}
