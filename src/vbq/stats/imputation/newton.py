"""Newton's method for m likelihoods at once, and a draw from the normal around each mode.

`vbq.stats.regression.logistic` fits one data set at a time and checks it for separation. Chained
equations need thousands of small fits, on data augmented so that none is separated; here m of them
are solved as one stack of arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.checks import Floats

if TYPE_CHECKING:
    Likelihood = Callable[
        [Floats],
        tuple[Floats, Floats, Floats],
    ]

STEPS = 50
HALVINGS = 20
CONVERGED = 1e-7  # gain in log-likelihood; the draw around the mode is some 1e7 times wider


def draw_around_mode(likelihood: Likelihood, start: Floats, rng: np.random.Generator) -> Floats:
    """Draw parameters for each chain from the normal approximation around the mode.

    Args:
        likelihood: Function of parameters, shape (m, q), that returns log-likelihoods, shape (m,)
            (-inf outside the parameter space), gradients, shape (m, q), and information matrices,
            shape (m, q, q).
        start: Shape (m, q), inside the parameter space.
        rng: Random number generator.

    Returns:
        Shape (m, q).
    """
    mode = start
    value, gradient, information = likelihood(mode)
    for _ in range(STEPS):
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        size = np.ones(len(mode))
        for _ in range(HALVINGS):
            trial = likelihood(mode + size[:, None] * step)
            worse = ~(trial[0] >= value - CONVERGED)
            if not worse.any():
                break
            size[worse] /= 2
        else:  # a step without gain is within rounding error: stop
            break
        mode = mode + size[:, None] * step
        gain = trial[0] - value
        value, gradient, information = trial
        if (gain < CONVERGED).all() and (size == 1).all():
            break
    root = np.linalg.cholesky(information).transpose(0, 2, 1)
    normal = rng.standard_normal((*mode.shape, 1))
    noise: Floats = np.linalg.solve(root, normal)[..., 0]
    return mode + noise
