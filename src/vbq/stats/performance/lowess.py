"""Lowess: local straight lines without robustness iterations, as R's ``lowess(iter = 0)``.

R's ``rms`` uses it for calibration curves. Cleveland WS. J Am Stat Assoc 1979;74:829-836,
doi 10.1080/01621459.1979.10481038.
"""

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import UsageError
from vbq.stats.checks import Floats, finite_array, paired_arrays

SPAN = 2 / 3  # share of the subjects in each local fit
SPACING = 0.01  # distance between local fits, as a share of the range
BLOCK = 1 << 20  # number of weights held at once


def lowess(x: ArrayLike, y: ArrayLike, points: ArrayLike) -> Floats:
    """The lowess curve of y on x.

    Lines are fitted at anchors about a hundredth of the range of x apart; the curve is interpolated
    linearly between them.

    Args:
        x: Shape (n,), the predictor.
        y: Shape (n,), the response.
        points: Shape (m,), where the curve is evaluated; beyond the range of x it is constant.

    Returns:
        Shape (m,), the curve.

    Raises:
        UsageError: lengths differ, or fewer than three subjects.
        InputError: a value is missing or not a number.
    """
    xs, ys = paired_arrays(x, y, ("predictor values", "outcomes"))
    grid = finite_array(points, "points")
    if xs.size < 3:
        raise UsageError("Lowess needs at least 3 subjects.", remedy="Add subjects.")
    order = np.argsort(xs, kind="stable")
    xs, ys = xs[order], ys[order]
    anchors = xs[_anchors(xs)]
    n, extent = xs.size, float(xs[-1] - xs[0])
    window = max(2, min(n, int(SPAN * n + 1e-7)))
    left = np.searchsorted(xs[: n - window] + xs[window:], 2 * anchors)
    bandwidths = np.maximum(anchors - xs[left], xs[left + window - 1] - anchors)
    step = max(1, BLOCK // n)
    parts = [
        _lines(xs, ys, anchors[i : i + step], bandwidths[i : i + step], extent)
        for i in range(0, anchors.size, step)
    ]
    return np.interp(grid, anchors, np.concatenate(parts))


def _anchors(x: Floats) -> list[int]:
    """Indices of the sorted values at which a line is fitted."""
    spacing = SPACING * float(x[-1] - x[0])
    anchors = [0]
    while (larger := int(np.searchsorted(x, x[anchors[-1]], side="right"))) < x.size:
        next_anchor = int(np.searchsorted(x, x[anchors[-1]] + spacing, side="right"))
        anchors.append(max(larger, next_anchor - 1))
    return anchors


def _lines(x: Floats, y: Floats, anchors: Floats, bandwidths: Floats, extent: float) -> Floats:
    """Values at the anchors, shape (m,), of the local lines fitted there."""
    distance = np.abs(x - anchors[:, None])
    relative = distance / np.where(bandwidths > 0, bandwidths, 1)[:, None]
    weight = np.where(relative > 0.999, 0.0, (1 - np.minimum(relative, 1) ** 3) ** 3)
    weight[relative <= 0.001] = 1.0
    weight /= weight.sum(axis=1, keepdims=True)
    centre = weight @ x
    offset = x - centre[:, None]
    spread = (weight * offset**2).sum(axis=1)
    # where the window has almost no width, the mean replaces the line
    sloped = (np.sqrt(spread) > 0.001 * extent) & (bandwidths > 0)
    leverage = np.where(sloped, (anchors - centre) / np.where(sloped, spread, 1), 0)
    return (weight * (1 + leverage[:, None] * offset)) @ y
