"""Loess with one predictor: local regression, interpolated between a few points.

As R's ``loess`` fits it by default: tricube weights over the nearest ``span`` of the subjects,
local polynomials at the cut points of a k-d tree, cubic Hermite interpolation between them. Cost
grows in proportion to n.

Cleveland WS, Devlin SJ. J Am Stat Assoc 1988;83:596-610, doi 10.1080/01621459.1988.10478639.
Cleveland WS, Grosse E. Stat Comput 1991;1:47-62, doi 10.1007/BF01890836 (tree and interpolation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import finite, paired

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Loess", "fit_loess"]

CELL = 0.2  # a cell of the tree is cut while it holds more than CELL * span * n subjects
MARGIN = 0.005  # the box reaches beyond the data by this share of their range
SINGULAR = 1e-12  # smallest over largest eigenvalue of a local fit's moments
BLOCK = 1 << 16  # subjects handled at once


@dataclass(frozen=True, eq=False)
class Loess:
    """A fitted curve.

    Attributes:
        x: Shape (n,), the predictor it was fitted to.
        vertices: Shape (v,), ascending; local polynomials were fitted here.
        values: Shape (v,), of the curve there.
        slopes: Shape (v,), of the curve there.
        bandwidths: Shape (v,), distance at which weights reach 0.
        inverses: Shape (v, d + 1, d + 1), inverse weighted moments of the local fits.
    """

    x: NDArray[np.float64]
    vertices: NDArray[np.float64]
    values: NDArray[np.float64]
    slopes: NDArray[np.float64]
    bandwidths: NDArray[np.float64]
    inverses: NDArray[np.float64]

    def predict(self, at: ArrayLike) -> NDArray[np.float64]:
        """The curve at points within the range of the data.

        Raises:
            UsageError: a point lies outside that range.
        """
        curve: NDArray[np.float64] = self._hermite(self._within(at)) @ np.concatenate(
            [self.values, self.slopes]
        )
        return curve

    def standard_errors(self, at: ArrayLike, variances: ArrayLike) -> NDArray[np.float64]:
        """Of the curve at points, where every subject's outcome has a variance of its own.

        Args:
            at: Shape (m,), within the range of the data.
            variances: Shape (n,), of the outcomes, in the order of the fit.
        """
        spread = finite(variances, "variances")
        size = 2 * self.vertices.size
        covariance = np.zeros((size, size))
        for rows in _blocks(self.x.size):
            share = _influence(self.x[rows], self.vertices, self.bandwidths, self.inverses)
            covariance += (share * spread[rows]) @ share.T
        basis = self._hermite(self._within(at))
        errors: NDArray[np.float64] = np.sqrt(np.einsum("ij,jk,ik->i", basis, covariance, basis))
        return errors

    def _within(self, at: ArrayLike) -> NDArray[np.float64]:
        points = finite(at, "points")
        if points.size and (points.min() < self.x.min() or points.max() > self.x.max()):
            raise UsageError(
                f"The curve reaches from {self.x.min():g} to {self.x.max():g} only.",
                remedy="Ask for points within the data.",
                code="outside_data",
            )
        return points

    def _hermite(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shape (m, 2v): what the values and slopes at the vertices contribute to each point."""
        right = np.clip(np.searchsorted(self.vertices, at), 1, self.vertices.size - 1)
        left = right - 1
        width = self.vertices[right] - self.vertices[left]
        t = (at - self.vertices[left]) / width
        rows, v = np.arange(at.size), self.vertices.size
        basis = np.zeros((at.size, 2 * v))
        basis[rows, left] = (1 - t) ** 2 * (1 + 2 * t)
        basis[rows, right] = t**2 * (3 - 2 * t)
        basis[rows, v + left] = t * (1 - t) ** 2 * width
        basis[rows, v + right] = -(t**2) * (1 - t) * width
        return basis


def fit_loess(x: ArrayLike, y: ArrayLike, *, span: float = 0.75, degree: int = 2) -> Loess:
    """Fits a loess curve of y on x.

    Args:
        x: Shape (n,).
        y: Shape (n,).
        span: Share of the subjects that each local fit uses, in (0, 1].
        degree: Of the local polynomials, 1 or 2.

    Raises:
        UsageError: lengths differ; span or degree out of range.
        InputError: a value is missing or not a number.
        RefusalError: x takes too few different values for a local fit.
    """
    xs, ys = paired(x, y, ("predictor values", "outcomes"))
    if not 0 < span <= 1 or degree not in (1, 2):
        raise UsageError(
            f"No loess of span {span:g} and degree {degree}.",
            remedy="Give a span within (0, 1] and a degree of 1 or 2.",
        )
    nearest = int(xs.size * span + 1e-5)
    if nearest < degree + 2 or np.ptp(xs) == 0:
        raise _too_few(xs)
    vertices = _vertices(np.sort(xs), int(xs.size * span * CELL))
    bandwidths = np.array(
        [np.partition(np.abs(xs - q), nearest - 1)[nearest - 1] for q in vertices]
    )
    if bandwidths.min() == 0:
        raise _too_few(xs)
    moments = np.zeros((vertices.size, 2 * degree + 1))
    for rows in _blocks(xs.size):
        u, weight = _tricube(xs[rows], vertices, bandwidths)
        for power in range(2 * degree + 1):
            moments[:, power] += (weight * u**power).sum(axis=1)
    index = np.add.outer(np.arange(degree + 1), np.arange(degree + 1))
    matrices = moments[:, index]
    eigenvalues = np.linalg.eigvalsh(matrices)
    if (eigenvalues[:, 0] < SINGULAR * eigenvalues[:, -1]).any():
        raise _too_few(xs)
    inverses: NDArray[np.float64] = np.linalg.inv(matrices).astype(np.float64)
    fitted = np.zeros(2 * vertices.size)
    for rows in _blocks(xs.size):
        fitted += _influence(xs[rows], vertices, bandwidths, inverses) @ ys[rows]
    values, slopes = np.split(fitted, 2)
    return Loess(xs, vertices, values, slopes, bandwidths, inverses)


def _vertices(x: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Where the k-d tree cuts sorted values, and the ends of the box around them."""
    margin = MARGIN * max(float(x[-1] - x[0]), 1e-3 * float(np.abs(x).max()))
    box = (float(x[0]) - margin, float(x[-1]) + margin)
    cuts: list[float] = []
    cells = [(0, x.size - 1, *box)]
    while cells:
        first, last, low, high = cells.pop()
        if last - first + 1 <= most:
            continue
        middle = (first + last) // 2
        # subjects of equal value stay in one cell: the change of value nearest to the middle, of
        # two as near the later one; R looks no further down than there are subjects above
        changes = first + np.flatnonzero(np.diff(x[first : last + 1]))
        changes = changes[middle - changes < last - middle]
        if changes.size:
            middle = int(changes[np.argmin(np.abs(changes - middle) - 0.25 * (changes > middle))])
        cut = float(x[middle])
        if cut in (low, high):
            continue
        cuts.append(cut)
        cells += [(first, middle, low, cut), (middle + 1, last, cut, high)]
    return np.array(sorted([*box, *cuts]))


def _tricube(
    x: NDArray[np.float64], vertices: NDArray[np.float64], bandwidths: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances in bandwidths and weights, each of shape (v, n)."""
    u = (x - vertices[:, None]) / bandwidths[:, None]
    return u, np.maximum(1 - np.abs(u) ** 3, 0) ** 3


def _influence(
    x: NDArray[np.float64],
    vertices: NDArray[np.float64],
    bandwidths: NDArray[np.float64],
    inverses: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Shape (2v, n): what each outcome contributes to each value, then to each slope."""
    u, weight = _tricube(x, vertices, bandwidths)
    share = np.zeros((2, *u.shape))
    for power in range(inverses.shape[1]):
        share += inverses[:, :2, power].T[:, :, None] * (weight * u**power)
    share[1] /= bandwidths[:, None]
    return share.reshape(-1, x.size)


def _blocks(n: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, n, BLOCK))


def _too_few(x: NDArray[np.float64]) -> RefusalError:
    return RefusalError(
        f"{np.unique(x).size} different values in {x.size} subjects are too few for a loess curve.",
        remedy="Group the subjects by value, or report the calibration intercept and slope.",
        code="too_few_values",
    )
