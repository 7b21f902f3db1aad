"""Numbering of vertebrae from the sacrum upward, with its posterior probability.

The network gives for each body the probability that it is L5, S1 or any body above. Each position
of L5 in the chain is a hypothesis, whose likelihood is the product of the probabilities of all
bodies under it. The most likely hypothesis gives the names; the second is reported as the
alternative.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vbq.anatomy.builtin.instances import Body
from vbq.anatomy.levels import LEVEL_NUMBERS, SACRUM
from vbq.anatomy.spacing import level_steps

SMALLEST_PROBABILITY = 0.02  # floor of a probability: no single body can veto a numbering
# Prior weight of L5 lying one or two positions below the lowest body in view, against 1 for each
# position in view: a lumbar scan is planned to show L5. Set by judgement, not fitted to patients.
BELOW_VIEW = (0.4, 0.1)
L5 = LEVEL_NUMBERS["L5"]
HIGHEST = LEVEL_NUMBERS["T1"]


@dataclass(frozen=True, slots=True)
class Numbering:
    """The level of each body.

    Attributes:
        levels: Level number of each body, in the order given; 0 for a body without a level.
        anchor: What the numbering is based on: ``"sacrum"``, ``"L5"`` (no sacrum below it) or
            ``"assumed"`` (neither is recognised; L5 is taken to lie just below the lowest body).
        posterior: Posterior probability of this numbering, 0..1, from the network's own
            probabilities: not calibrated, see `vbq.anatomy.builtin.calibration`.
        alternative_shift: Number of levels by which every name would move down under the second
            most likely numbering: with +1, what is called L3 would be L4.
        alternative_posterior: Posterior probability of that numbering, 0..1.
        gaps: Number of bodies that seem to be missing within the chain.
    """

    levels: tuple[int, ...]
    anchor: str
    posterior: float
    alternative_shift: int
    alternative_posterior: float
    gaps: int


def number_bodies(bodies: Sequence[Body]) -> Numbering:
    """Number bodies given from superior to inferior; at least one."""
    classes = np.clip([body.class_probabilities for body in bodies], SMALLEST_PROBABILITY, 1)
    above_l5, l5, s1 = np.log(classes / classes.sum(axis=1, keepdims=True)).T
    steps = level_steps([body.centre for body in bodies])
    positions = np.concatenate([[0], np.cumsum(steps)]).astype(int)
    lowest = int(positions[-1])

    # hypothesis: the position of L5, from that of the top body to below the lowest
    scores = np.zeros(lowest + 1 + len(BELOW_VIEW))
    for l5_position in range(scores.size):
        log_probabilities = np.select(
            [positions < l5_position, positions == l5_position, positions == l5_position + 1],
            [above_l5, l5, s1],
            np.log(SMALLEST_PROBABILITY),
        )
        below = l5_position - lowest
        prior = np.log(BELOW_VIEW[below - 1]) if below > 0 else 0.0
        scores[l5_position] = log_probabilities.sum() + prior
    posterior = np.exp(scores - scores.max())
    posterior /= posterior.sum()
    second, best = (int(i) for i in np.argsort(posterior, kind="stable")[-2:])

    levels = []
    for position in positions.tolist():
        level = SACRUM if position == best + 1 else L5 - best + position
        levels.append(level if position <= best + 1 and level >= HIGHEST else 0)
    return Numbering(
        levels=tuple(levels),
        anchor="sacrum" if SACRUM in levels else "L5" if best in positions else "assumed",
        posterior=float(posterior[best]),
        alternative_shift=best - second,
        alternative_posterior=float(posterior[second]),
        gaps=sum(
            step - 1
            for step, position in zip(steps, positions[1:], strict=True)
            if position <= best + 1
        ),
    )
