"""Lowess: local straight lines without robustness iterations, as R's ``lowess(iter = 0)``.

The curve that R's ``rms`` draws for calibration. Cleveland WS. J Am Stat Assoc 1979;74:829-836,
doi 10.1080/01621459.1979.10481038.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import UsageError
from vbq.stats.checks import finite, paired

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["lowess"]

SPAN = 2 / 3  # share of the subjects in each local fit
SPARED = 0.01  # share of the range within which one local fit stands for all
BLOCK = 1 << 20  # weights held at once


def lowess(x: ArrayLike, y: ArrayLike, at: ArrayLike) -> NDArray[np.float64]:
    """The lowess curve of y on x, at points.

    Lines are fitted about a hundredth of the range of x apart; between them the curve is straight.

    Args:
        x: Shape (n,).
        y: Shape (n,).
        at: Shape (m,); beyond the range of x the curve stays at its end value.

    Raises:
        UsageError: lengths differ, or fewer than three subjects.
        InputError: a value is missing or not a number.
    """
    xs, ys = paired(x, y, ("predictor values", "outcomes"))
    points = finite(at, "points")
    if xs.size < 3:
        raise UsageError("Lowess needs at least 3 subjects.", remedy="Add subjects.")
    order = np.argsort(xs, kind="stable")
    xs, ys = xs[order], ys[order]
    anchors = xs[_anchors(xs)]
    n, extent = xs.size, float(xs[-1] - xs[0])
    window = max(2, min(n, int(SPAN * n + 1e-7)))
    left = np.searchsorted(xs[: n - window] + xs[window:], 2 * anchors)
    reach = np.maximum(anchors - xs[left], xs[left + window - 1] - anchors)
    step = max(1, BLOCK // n)
    parts = [
        _lines(xs, ys, anchors[i : i + step], reach[i : i + step], extent)
        for i in range(0, anchors.size, step)
    ]
    return np.interp(points, anchors, np.concatenate(parts))


def _anchors(x: NDArray[np.float64]) -> list[int]:
    """Of sorted values, the first of those equal to each value where a line is fitted."""
    spared = SPARED * float(x[-1] - x[0])
    chosen = [0]
    while (after := int(np.searchsorted(x, x[chosen[-1]], side="right"))) < x.size:
        beyond = int(np.searchsorted(x, x[chosen[-1]] + spared, side="right"))
        chosen.append(max(after, beyond - 1))
    return chosen


def _lines(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    at: NDArray[np.float64],
    reach: NDArray[np.float64],
    extent: float,
) -> NDArray[np.float64]:
    """Shape (m,): weighted straight lines through all subjects within reach of each point."""
    distance = np.abs(x - at[:, None])
    relative = distance / np.where(reach > 0, reach, 1)[:, None]
    weight = np.where(relative > 0.999, 0.0, (1 - np.minimum(relative, 1) ** 3) ** 3)
    weight[relative <= 0.001] = 1.0
    weight /= weight.sum(axis=1, keepdims=True)
    centre = weight @ x
    offset = x - centre[:, None]
    spread = (weight * offset**2).sum(axis=1)
    # where the window has next to no width, its mean is taken, not a line
    steep = (np.sqrt(spread) > 0.001 * extent) & (reach > 0)
    lean = np.where(steep, (at - centre) / np.where(steep, spread, 1), 0)
    return (weight * (1 + lean[:, None] * offset)) @ y
