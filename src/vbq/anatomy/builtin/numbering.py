"""Which vertebra is which: numbered from the sacrum upward, with what speaks for it.

The network says of each body how much it looks like L5, like S1 or like any body above. Each
place in the chain where L5 may be is a hypothesis; its likelihood is the product of what the
network says about every body under it. The best is taken, and the second best kept: where they
are close, so is the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NUMBERS, SACRUM
from vbq.anatomy.spacing import level_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.anatomy.builtin.instances import Body

__all__ = ["Numbering", "number_bodies"]

FLOOR = 0.02  # no single body can veto a numbering
# Weight of L5 lying one or two places below the lowest body in view, against 1 for each place in
# view: a lumbar scan is planned to show L5. Set by judgement, not fitted to patients.
BELOW_VIEW = (0.4, 0.1)
L5 = LEVEL_NUMBERS["L5"]
HIGHEST = LEVEL_NUMBERS["T1"]


@dataclass(frozen=True, slots=True)
class Numbering:
    """The level of each body.

    Attributes:
        levels: Level number of each body, in the order given; 0 for one that has none.
        anchor: What it starts from: ``"sacrum"``, ``"L5"`` (no sacrum below it) or ``"assumed"``
            (neither is recognised; L5 is taken to lie just below the lowest body).
        posterior: Of this numbering, 0..1, as the network's own probabilities have it: not
            calibrated, see `vbq.anatomy.builtin.calibration`.
        alternative_shift: By how much the names would change under the next likely numbering:
            +1 makes L4 of what is called L3; 0 where there is none.
        alternative_posterior: Of that numbering, 0..1.
        gaps: Number of bodies that seem to be missing inside the chain.
    """

    levels: tuple[int, ...]
    anchor: str
    posterior: float
    alternative_shift: int
    alternative_posterior: float
    gaps: int


def number_bodies(bodies: Sequence[Body]) -> Numbering:
    """Number bodies given from superior to inferior; at least one."""
    kinds = np.clip([body.kind for body in bodies], FLOOR, 1)
    above, l5, s1 = np.log(kinds / kinds.sum(axis=1, keepdims=True)).T
    steps = level_steps([body.centre for body in bodies])
    place = np.concatenate([[0], np.cumsum(steps)]).astype(int)

    # hypothesis: the place of L5, from that of the top body to below the lowest
    places = np.arange(place[-1] + 1 + len(BELOW_VIEW))
    scores = np.zeros(places.size)
    for at in places:
        says = np.select([place < at, place == at, place == at + 1], [above, l5, s1], np.log(FLOOR))
        below = at - int(place[-1])
        scores[at] = says.sum() + (np.log(BELOW_VIEW[below - 1]) if below > 0 else 0.0)
    posterior = np.exp(scores - scores.max())
    posterior /= posterior.sum()
    second, best = (int(i) for i in np.argsort(posterior, kind="stable")[-2:])

    levels = []
    for at in place.tolist():
        level = SACRUM if at == best + 1 else L5 - best + at
        levels.append(level if at <= best + 1 and level >= HIGHEST else 0)
    return Numbering(
        levels=tuple(levels),
        anchor="sacrum" if SACRUM in levels else "L5" if best in place else "assumed",
        posterior=float(posterior[best]),
        alternative_shift=best - second,
        alternative_posterior=float(posterior[second]),
        gaps=sum(step - 1 for step, at in zip(steps, place[1:], strict=True) if at <= best + 1),
    )
