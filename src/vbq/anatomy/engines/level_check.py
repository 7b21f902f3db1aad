"""Level names checked against the sacrum: the body just above it is the lowest lumbar vertebra.

An engine's level names are proposals. The order along the spine is seen in the image and never
assumed; where names and order contradict each other, bodies are counted upward from the sacrum.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.engines.label_table import DISC_ABOVE_SACRUM
from vbq.anatomy.engines.vertebral_bodies import gap_mm, vertebrae_from_top
from vbq.anatomy.levels import CANAL, CORD, DISC_OFFSET, LEVEL_NAMES, LEVEL_NUMBERS, SACRUM
from vbq.anatomy.spacing import level_steps, median_distance
from vbq.finding import Finding

L5 = LEVEL_NUMBERS["L5"]
FRAGMENT = 0.05  # fraction of the bodies' median volume below which a piece is stray


@dataclass(frozen=True, eq=False)
class CheckedLevels:
    """A label map whose level names were checked.

    Attributes:
        labels: Numbered as in `vbq.anatomy.levels`.
        anchor: ``"sacrum"`` or ``"assumed"``, as in `vbq.anatomy.anatomy.Anatomy`.
        flags: Findings of the check.
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
) -> CheckedLevels:
    """Check the level names of a label map of vertebral bodies, and correct them.

    Args:
        labels: Shape (slices R→L, rows S→I, columns A→P); bodies 1–25 (1–7 cervical), sacrum 26,
            discs 100 + the body above, 99 the disc above the sacrum, canal 61, cord 60.
        spacing_mm: Distance between voxels along each axis.
        named: Whether the engine's numbers name levels; else they only distinguish bodies.
        engine: Name of the engine in messages.
    """
    labels = _without_fragments(labels)
    sacrum = bool((labels == SACRUM).any())
    bodies = _bodies_above_sacrum(labels)
    if not bodies:
        return CheckedLevels(_relabelled(labels, {}), "assumed", ())
    steps = _steps(labels, bodies, spacing_mm, to_sacrum=sacrum)
    position = np.concatenate([[0], np.cumsum(steps)]).astype(int)
    sacrum_position = position[-1] if sacrum else position[-1] + 1
    counted = [L5 + 1 - int(sacrum_position - p) for p in position[: len(bodies)]]

    shifts = {body - level for body, level in zip(bodies, counted, strict=True)}
    consistent = named and len(shifts) == 1
    # a shift of 1 is an L6, which must lie next to the sacrum
    plausible = not sacrum or shifts == {0} or (shifts == {1} and steps[-1] == 1)
    accepted = consistent and plausible
    levels = bodies if accepted else counted
    flags: list[Finding] = []
    if sacrum and not accepted:
        flags.append(_renumbered(engine, bodies, levels) if named else _counted_from_sacrum(engine))
    elif not sacrum:
        flags.append(_unchecked(engine, bodies[-1]) if accepted else _assumed(engine))
    if missing := int(sum(step - 1 for step in steps)):
        flags.append(
            Finding(
                "body_missed",
                "caution",
                f"{engine} seems to have missed a vertebral body. Check the level names.",
                {"missing": missing},
            )
        )
    renamed = dict(zip(bodies, levels, strict=True))
    anchor = "sacrum" if sacrum else "assumed"
    return CheckedLevels(_relabelled(labels, renamed), anchor, tuple(flags))


def _counted_from_sacrum(engine: str) -> Finding:
    return Finding(
        "levels_counted",
        "note",
        f"{engine} distinguishes vertebrae without naming them: levels were counted upward from "
        "the sacrum.",
        {"engine": engine},
    )


def _renumbered(engine: str, bodies: list[int], levels: list[int]) -> Finding:
    lowest = _level_name(bodies[-1])
    if len(bodies) > 1 and bodies == sorted(bodies, reverse=True):
        mistake = "named the levels upside down"
    elif bodies[-1] == levels[-1]:
        mistake = "skipped or mixed up level names"
    else:
        mistake = f"named the lowest body {lowest}"
    return Finding(
        "levels_renumbered",
        "caution",
        f"{engine} {mistake}: levels were recounted upward from the sacrum. Check the level names "
        "in the overlay.",
        {"engine": engine, "lowest": lowest},
    )


def _unchecked(engine: str, lowest: int) -> Finding:
    return Finding(
        "sacrum_not_seen",
        "caution",
        f"{engine} did not mark the sacrum, so its level names could not be checked. Check them in "
        "the overlay.",
        {"engine": engine, "lowest": _level_name(lowest)},
    )


def _assumed(engine: str) -> Finding:
    return Finding(
        "levels_assumed",
        "caution",
        f"{engine} did not mark the sacrum; the lowest body was assumed to be L5. Check the level "
        "names in the overlay.",
        {"engine": engine},
    )


def _level_name(number: int) -> str:
    return LEVEL_NAMES.get(number, f"C{number}")


def _without_fragments(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    counts = np.bincount(labels.ravel(), minlength=256)
    bodies = np.flatnonzero(counts[1:SACRUM]) + 1
    median = np.median(counts[bodies]) if bodies.size else 0
    small = [n for n in bodies if counts[n] < FRAGMENT * median]
    return np.where(np.isin(labels, small), 0, labels).astype(np.uint8)


def _bodies_above_sacrum(labels: NDArray[np.uint8]) -> list[int]:
    """Bodies from superior to inferior, without any below the middle of the sacrum."""
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
    """Number of levels from each body to the next: 1, or more across a gap."""
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
    if len(shifts) == 1:  # discs next to bodies out of view keep their position in the chain
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
