"""Level names checked against the sacrum: the body just above it is the lowest lumbar one.

What an engine calls a level is a proposal. Its order along the spine is seen in the image and never
assumed; where names and order contradict each other, bodies are counted upward from the sacrum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.engines.label_table import DISC_ABOVE_SACRUM
from vbq.anatomy.engines.vertebral_bodies import gap_mm, vertebrae_from_top
from vbq.anatomy.levels import CANAL, CORD, DISC_OFFSET, LEVEL_NAMES, LEVEL_NUMBERS, SACRUM
from vbq.anatomy.spacing import level_steps, median_distance
from vbq.finding import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Levels", "check_levels"]

L5 = LEVEL_NUMBERS["L5"]
FRAGMENT = 0.05  # of the usual volume of a body: a stray piece, not a body


@dataclass(frozen=True, eq=False)
class Levels:
    """A label map whose level names were checked.

    Attributes:
        labels: Numbered as in `vbq.anatomy.levels`.
        anchor: ``"sacrum"`` or ``"assumed"``, as in `vbq.anatomy.anatomy.Anatomy`.
        flags: What the check brought to light.
    """

    labels: NDArray[np.uint8]
    anchor: str
    flags: tuple[Finding, ...]


def check_levels(
    labels: NDArray[np.uint8],
    spacing_mm: tuple[float, float, float],
    *,
    named: bool,
    engine: str,
) -> Levels:
    """Check the level names of a label map of vertebral bodies, and correct them.

    Args:
        labels: Shape (slices R→L, rows S→I, columns A→P); bodies 1–25 (1–7 cervical), sacrum 26,
            discs 100 + the body above, 99 the disc above the sacrum, canal 61, cord 60.
        spacing_mm: Distance between voxels along each axis.
        named: Whether the engine's numbers name levels; else they only tell bodies apart.
        engine: What messages call it.
    """
    labels = _without_fragments(labels)
    sacrum = bool((labels == SACRUM).any())
    bodies = _above_sacrum(labels)
    if not bodies:
        return Levels(_relabelled(labels, {}), "assumed", ())
    steps = _steps(labels, bodies, spacing_mm, to_sacrum=sacrum)
    position = np.concatenate([[0], np.cumsum(steps)]).astype(int)
    last = position[-1] if sacrum else position[-1] + 1  # where the sacrum is, or would be
    counted = [L5 + 1 - int(last - p) for p in position[: len(bodies)]]

    shift = {body - level for body, level in zip(bodies, counted, strict=True)}
    consistent = named and len(shift) == 1
    agrees = consistent and (not sacrum or shift == {0} or (shift == {1} and steps[-1] == 1))
    final = bodies if agrees else counted
    flags = [] if agrees and sacrum else [_flag(engine, bodies, final, named, sacrum, agrees)]
    if missing := int(sum(step - 1 for step in steps)):
        flags.append(
            Finding(
                "body_missed",
                "caution",
                f"{engine} seems to have missed a vertebral body. Check the level names.",
                {"missing": missing},
            )
        )
    renamed = dict(zip(bodies, final, strict=True))
    return Levels(_relabelled(labels, renamed), "sacrum" if sacrum else "assumed", tuple(flags))


def _flag(
    engine: str, bodies: list[int], final: list[int], named: bool, sacrum: bool, agrees: bool
) -> Finding:
    lowest = LEVEL_NAMES.get(bodies[-1], f"C{bodies[-1]}")
    evidence: dict[str, float | int | str | bool | None] = {"engine": engine, "lowest": lowest}
    if not named and sacrum:
        return Finding(
            "levels_counted",
            "note",
            f"{engine} tells vertebrae apart without naming them: they were counted upward from "
            "the sacrum.",
            {"engine": engine},
        )
    if sacrum:
        upside_down = len(bodies) > 1 and bodies == sorted(bodies, reverse=True)
        how = "named the levels upside down" if upside_down else f"named the lowest body {lowest}"
        if not upside_down and bodies[-1] == final[-1]:
            how = "skipped or mixed up level names"
        return Finding(
            "levels_renumbered",
            "caution",
            f"{engine} {how}: levels were counted again, upward from the sacrum. Check the level "
            "names in the overlay.",
            evidence,
        )
    if agrees:
        return Finding(
            "sacrum_not_seen",
            "caution",
            f"{engine} did not mark the sacrum, so its level names could not be checked. Check "
            "them in the overlay.",
            evidence,
        )
    return Finding(
        "levels_assumed",
        "caution",
        f"{engine} did not mark the sacrum; the lowest body was taken as L5. Check the level "
        "names in the overlay.",
        {"engine": engine},
    )


def _without_fragments(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    counts = np.bincount(labels.ravel(), minlength=256)
    bodies = np.flatnonzero(counts[1:SACRUM]) + 1
    usual = np.median(counts[bodies]) if bodies.size else 0
    small = [n for n in bodies if counts[n] < FRAGMENT * usual]
    return np.where(np.isin(labels, small), 0, labels).astype(np.uint8)


def _above_sacrum(labels: NDArray[np.uint8]) -> list[int]:
    """Bodies from superior to inferior; what lies below the sacrum's middle is none."""
    bodies = vertebrae_from_top(labels)
    rows = np.nonzero((labels == SACRUM).any(axis=(0, 2)))[0]
    if not rows.size:
        return bodies
    return [n for n in bodies if np.nonzero((labels == n).any(axis=(0, 2)))[0].mean() < rows.mean()]


def _steps(
    labels: NDArray[np.uint8],
    bodies: list[int],
    spacing_mm: tuple[float, float, float],
    *,
    to_sacrum: bool,
) -> list[int]:
    """How many levels lie between each body and the next: 1, or more across a gap."""
    centres = np.array([np.argwhere(labels == n).mean(axis=0) for n in bodies]) * spacing_mm
    steps = level_steps(centres)
    if to_sacrum:
        gap = gap_mm(labels, bodies[-1], SACRUM, spacing_mm)
        steps.append(1 + round(gap / median_distance(centres)))
    return steps


def _relabelled(labels: NDArray[np.uint8], renamed: dict[int, int]) -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    table[[CANAL, CORD, SACRUM]] = CANAL, CORD, SACRUM
    shifts = {new - old for old, new in renamed.items()}
    if len(shifts) == 1:  # discs beside bodies out of view keep their place in the chain
        (shift,) = shifts
        for level in LEVEL_NAMES:
            if level - shift > 0:
                table[DISC_OFFSET + level - shift] = DISC_OFFSET + level
    for old, new in renamed.items():
        if new in LEVEL_NAMES:
            table[old], table[DISC_OFFSET + old] = new, DISC_OFFSET + new
    if renamed:
        table[DISC_ABOVE_SACRUM] = DISC_OFFSET + max(renamed.values())
    return table[labels]
