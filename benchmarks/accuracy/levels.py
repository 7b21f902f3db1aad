"""Numbering: whether the body segmented as L3 is the one drawn as L3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intervals import Estimate, share
from measures import dice
from overlap import covering

from vbq.anatomy.levels import LEVEL_NAMES, LEVEL_NUMBERS

if TYPE_CHECKING:
    from cases import SegmentedCase

OVERLAP = 0.5  # Dice above which two bodies are the same


@dataclass(frozen=True)
class Naming:
    """The levels of one case on the drawing's mid-sagittal slice.

    Attributes:
        levels: How many are drawn there.
        wrong: Drawn level to the body found there, with its overlap.
        flags: VBQ's own flags about its numbering.
    """

    volume: str
    patient: str
    contrast: str
    shows_sacrum: bool
    levels: int
    wrong: dict[str, str]
    numbering: str
    confidence: float | None
    flags: tuple[str, ...]


def name_levels(segmented: SegmentedCase) -> Naming:
    """Which of the drawn levels are found under their own name."""
    case = segmented.case
    labels, anatomy = segmented.labels[case.middle], segmented.anatomy
    certain = case.judged([case.middle])
    levels, wrong = case.judged([case.middle], by_outline=False), {}
    for level in levels:
        number = LEVEL_NUMBERS[level]
        reference = case.volume.labels[case.middle] == number
        label = covering(labels, reference)
        overlap = dice(labels == label, reference)
        if label != number or (level in certain and overlap <= OVERLAP):
            wrong[level] = f"{LEVEL_NAMES[label]} (Dice {overlap:.2f})" if label else "not found"
    return Naming(
        volume=case.volume.name,
        patient=case.patient,
        contrast=case.contrast,
        shows_sacrum=case.shows_sacrum,
        levels=len(levels),
        wrong=wrong,
        numbering=anatomy.numbering if anatomy else f"refused: {segmented.refusal}",
        confidence=anatomy.numbering_confidence if anatomy else None,
        flags=tuple(f.code for f in anatomy.flags) if anatomy else (),
    )


def run(rows: list[Naming]) -> dict[str, object]:
    """Print how many volumes and patients have all levels right, and every wrong one."""
    print(
        "LEVELS: L1-L5 on the drawn mid-sagittal slice; right: the found body that covers most of "
        f"the drawn one has its name, and Dice > {OVERLAP} where the outline is certain"
    )
    pooled = []
    for contrast in dict.fromkeys(row.contrast for row in rows):
        group = [row for row in rows if row.contrast == contrast]
        pooled.append(_pool(contrast, [row for row in group if row.shows_sacrum]))
        pooled.append(_pool(f"{contrast}, no sacrum", [r for r in group if not r.shows_sacrum]))
    pooled.append(_pool("all with sacrum", [r for r in rows if r.shows_sacrum], aim=True))
    for row in rows:
        if row.wrong:
            names = ", ".join(f"{reference} is {body}" for reference, body in row.wrong.items())
            flags = " ".join(row.flags) or "no flag"
            print(
                f"  wrong: {row.volume} ({row.contrast}): {names}; numbered from {row.numbering}, "
                f"confidence {row.confidence}, {flags}"
            )
    print()
    return {"volumes": rows, "pooled": [line for line in pooled if line]}


def _pool(name: str, rows: list[Naming], *, aim: bool = False) -> dict[str, object] | None:
    if not rows:
        return None
    right = sum(not row.wrong for row in rows)
    bodies, bad = sum(row.levels for row in rows), sum(len(row.wrong) for row in rows)
    patients: dict[str, bool] = {}
    for row in rows:
        patients[row.patient] = patients.get(row.patient, True) and not row.wrong
    estimate: Estimate = share(patients)
    verdict = f"   aim 100 %: {'met' if not bad else 'NOT met'}" if aim else ""
    print(
        f"  {name:22} {right} of {len(rows)} volumes, {bodies - bad} of {bodies} bodies, share of "
        f"{estimate.patients} patients all right {estimate}{verdict}"
    )
    return {
        "group": name, "volumes": len(rows), "volumes_right": right, "bodies": bodies,
        "bodies_right": bodies - bad, "patients_right": estimate,
    }  # fmt: skip
