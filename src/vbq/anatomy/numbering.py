"""Which vertebra is which: numbered from the sacrum upward, with a confidence.

The network says of each body how much it looks like L5, like S1 or like any body above. Each way
of numbering the chain is a hypothesis; its likelihood is the product of what the network says
about every body under it, and the confidence is its posterior under equal priors. Where neither
L5 nor S1 is recognised, the lowest body is taken as L5 and this is said aloud.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NUMBERS, SACRUM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.anatomy.instances import Body

__all__ = ["Numbering", "number_bodies"]

FLOOR = 0.02  # no single body can veto a numbering
GAP = 1.6  # neighbours farther apart than this many typical distances have a body between them
L5 = LEVEL_NUMBERS["L5"]
HIGHEST = LEVEL_NUMBERS["T1"]


@dataclass(frozen=True, slots=True)
class Numbering:
    """The level of each body.

    Attributes:
        levels: Level number of each body, in the order given; 0 for one that has none.
        anchor: ``"sacrum"``, ``"L5"`` or ``"assumed"``.
        confidence: Posterior of this numbering, 0..1.
        gaps: Number of bodies that seem to be missing inside the chain.
    """

    levels: tuple[int, ...]
    anchor: str
    confidence: float
    gaps: int


def number_bodies(bodies: Sequence[Body]) -> Numbering:
    """Number bodies given from superior to inferior."""
    kinds = np.clip([body.kind for body in bodies], FLOOR, 1)
    above, l5, s1 = np.log(kinds / kinds.sum(axis=1, keepdims=True)).T
    count = len(bodies)

    # hypothesis h: body h is L5, the next S1; h = count: L5 lies below the field of view;
    # h = -1 (the top body is already S1) cannot be scored and is left out.
    scores = np.full(count + 1, above.sum())
    for h in range(count):
        scores[h] = above[:h].sum() + l5[h]
        if h + 1 < count:
            scores[h] += s1[h + 1] + np.log(FLOOR) * (count - h - 2)
    posterior = np.exp(scores - scores.max())
    posterior /= posterior.sum()
    best = int(np.argmax(posterior))

    steps = _steps(bodies)
    position = np.concatenate([[0], np.cumsum(steps)])
    anchor = "assumed" if best == count else "sacrum" if best + 1 < count else "L5"
    at = min(best, count - 1)
    levels = []
    for i in range(count):
        level = SACRUM if i == at + 1 else L5 - int(position[at] - position[i])
        levels.append(level if i <= at + 1 and level >= HIGHEST else 0)
    gaps = int(sum(step - 1 for step in steps[:at]))
    return Numbering(tuple(levels), anchor, float(posterior[best]), gaps)


def _steps(bodies: Sequence[Body]) -> list[int]:
    """How many levels lie between each body and the next: 1, or more across a gap."""
    centres = np.array([body.centre for body in bodies])
    distance = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    if distance.size < 2:
        return [1] * distance.size
    typical = np.median(distance)
    return [max(1, round(d / typical)) if d > GAP * typical else 1 for d in distance]
