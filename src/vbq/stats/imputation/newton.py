"""Newton's method for m likelihoods at once, and a draw from the normal around each mode.

The general `vbq.stats.regression.logistic` fits one data set at a time, checks it for separation
and reports on it; chained equations need thousands of small fits, whose data are augmented so that
none is separated. Here m of them are one stack of arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Likelihood = Callable[
        [NDArray[np.float64]],
        tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    ]

__all__ = ["draw_around_mode"]

STEPS = 50
HALVINGS = 20
CONVERGED = 1e-7  # gain in log-likelihood; the draw around the mode is some 1e7 times wider


def draw_around_mode(
    likelihood: Likelihood, start: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """A draw of the parameters of each chain: normal, around the mode, with its information.

    Args:
        likelihood: From parameters, shape (m, q), to log-likelihoods (m,) (-inf outside the
            parameter space), gradients (m, q) and information matrices (m, q, q).
        start: Shape (m, q), inside the parameter space.
        rng: Source of the draw.

    Returns:
        Shape (m, q).
    """
    at = start
    value, gradient, information = likelihood(at)
    for _ in range(STEPS):
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        size = np.ones(len(at))
        for _ in range(HALVINGS):
            trial = likelihood(at + size[:, None] * step)
            worse = ~(trial[0] >= value - CONVERGED)
            if not worse.any():
                break
            size[worse] /= 2
        else:  # a step that cannot gain is one of rounding: stay
            break
        at = at + size[:, None] * step
        gain = trial[0] - value
        value, gradient, information = trial
        if (gain < CONVERGED).all() and (size == 1).all():
            break
    root = np.linalg.cholesky(information).transpose(0, 2, 1)
    noise: NDArray[np.float64] = np.linalg.solve(root, rng.standard_normal((*at.shape, 1)))[..., 0]
    return at + noise
