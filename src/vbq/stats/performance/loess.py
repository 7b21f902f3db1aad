"""Loess with one predictor: local regression, interpolated between a few points.

As R's ``loess`` by default: tricube weights over the nearest ``span`` of the subjects, local
polynomials at the cut points of a k-d tree, cubic Hermite interpolation between them. The cost is
proportional to n.

Cleveland WS, Devlin SJ. J Am Stat Assoc 1988;83:596-610, doi 10.1080/01621459.1988.10478639.
Cleveland WS, Grosse E. Stat Comput 1991;1:47-62, doi 10.1007/BF01890836 (tree and interpolation).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import Floats, finite_array, paired_arrays

CELL = 0.2  # a cell of the tree is cut if it has more than CELL * span * n subjects
MARGIN = 0.005  # distance of the box from the data, as a share of their range
SINGULAR = 1e-12  # smallest over largest eigenvalue of a local fit's moments
BLOCK = 1 << 16  # number of subjects handled at once


@dataclass(frozen=True, eq=False)
class Loess:
    """A fitted loess curve.

    Attributes:
        x: Shape (n,), predictor values of the fit.
        vertices: Shape (v,), ascending, where local polynomials were fitted.
        values: Shape (v,), value of the curve at each vertex.
        slopes: Shape (v,), slope of the curve at each vertex.
        bandwidths: Shape (v,), distance from each vertex at which weights reach 0.
        inverses: Shape (v, d + 1, d + 1), inverse weighted moments of the local fits.
    """

    x: Floats
    vertices: Floats
    values: Floats
    slopes: Floats
    bandwidths: Floats
    inverses: Floats

    def predict(self, points: ArrayLike) -> Floats:
        """Values of the curve, shape (m,), at points within the range of the data.

        Raises:
            UsageError: a point lies outside that range.
        """
        curve: Floats = self._hermite(self._in_range(points)) @ np.concatenate(
            [self.values, self.slopes]
        )
        return curve

    def standard_errors(self, points: ArrayLike, variances: ArrayLike) -> Floats:
        """Standard errors of the curve, shape (m,), with a variance for each subject's response.

        Args:
            points: Shape (m,), within the range of the data.
            variances: Shape (n,), variances of the responses, in the order of the fit.

        Raises:
            UsageError: a point lies outside the range of the data.
            InputError: a variance is missing or not a number.
        """
        spread = finite_array(variances, "variances")
        size = 2 * self.vertices.size
        covariance = np.zeros((size, size))
        for rows in _blocks(self.x.size):
            influence = _influence(self.x[rows], self.vertices, self.bandwidths, self.inverses)
            covariance += (influence * spread[rows]) @ influence.T
        basis = self._hermite(self._in_range(points))
        errors: Floats = np.sqrt(np.einsum("ij,jk,ik->i", basis, covariance, basis))
        return errors

    def _in_range(self, points: ArrayLike) -> Floats:
        grid = finite_array(points, "points")
        if grid.size and (grid.min() < self.x.min() or grid.max() > self.x.max()):
            raise UsageError(
                f"The curve is defined only from {self.x.min():g} to {self.x.max():g}.",
                remedy="Give points within the range of the data.",
                code="outside_data",
            )
        return grid

    def _hermite(self, points: Floats) -> Floats:
        """Hermite basis, shape (m, 2v): weights of the vertices' values, then of their slopes."""
        right = np.clip(np.searchsorted(self.vertices, points), 1, self.vertices.size - 1)
        left = right - 1
        width = self.vertices[right] - self.vertices[left]
        t = (points - self.vertices[left]) / width
        rows, v = np.arange(points.size), self.vertices.size
        basis = np.zeros((points.size, 2 * v))
        basis[rows, left] = (1 - t) ** 2 * (1 + 2 * t)
        basis[rows, right] = t**2 * (3 - 2 * t)
        basis[rows, v + left] = t * (1 - t) ** 2 * width
        basis[rows, v + right] = -(t**2) * (1 - t) * width
        return basis


def fit_loess(x: ArrayLike, y: ArrayLike, *, span: float = 0.75, degree: int = 2) -> Loess:
    """Fit a loess curve of y on x.

    Args:
        x: Shape (n,), the predictor.
        y: Shape (n,), the response.
        span: Share of the subjects used by each local fit, in (0, 1].
        degree: Degree of the local polynomials, 1 or 2.

    Raises:
        UsageError: lengths differ; span or degree out of range.
        InputError: a value is missing or not a number.
        RefusalError: x takes too few different values for a local fit.
    """
    xs, ys = paired_arrays(x, y, ("predictor values", "outcomes"))
    if not 0 < span <= 1 or degree not in (1, 2):
        raise UsageError(
            f"Loess is not defined for a span of {span:g} and a degree of {degree}.",
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
    inverses: Floats = np.linalg.inv(matrices).astype(np.float64)
    fitted = np.zeros(2 * vertices.size)
    for rows in _blocks(xs.size):
        fitted += _influence(xs[rows], vertices, bandwidths, inverses) @ ys[rows]
    values, slopes = np.split(fitted, 2)
    return Loess(xs, vertices, values, slopes, bandwidths, inverses)


def _vertices(x: Floats, largest: int) -> Floats:
    """Cut points of the k-d tree of sorted values, and the ends of the box around them.

    Cells of more than ``largest`` subjects are cut.
    """
    margin = MARGIN * max(float(x[-1] - x[0]), 1e-3 * float(np.abs(x).max()))
    box = (float(x[0]) - margin, float(x[-1]) + margin)
    cuts: list[float] = []
    cells = [(0, x.size - 1, *box)]
    while cells:
        first, last, low, high = cells.pop()
        if last - first + 1 <= largest:
            continue
        middle = (first + last) // 2
        # subjects of equal value stay in one cell: cut at the change of value nearest the middle,
        # the later of two equally near; R searches no further down than there are subjects above
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


def _tricube(x: Floats, vertices: Floats, bandwidths: Floats) -> tuple[Floats, Floats]:
    """Distances in units of the bandwidth, and tricube weights, each of shape (v, n)."""
    u = (x - vertices[:, None]) / bandwidths[:, None]
    return u, np.maximum(1 - np.abs(u) ** 3, 0) ** 3


def _influence(x: Floats, vertices: Floats, bandwidths: Floats, inverses: Floats) -> Floats:
    """Weights of the responses in the values, then in the slopes at the vertices, shape (2v, n)."""
    u, weight = _tricube(x, vertices, bandwidths)
    influence = np.zeros((2, *u.shape))
    for power in range(inverses.shape[1]):
        influence += inverses[:, :2, power].T[:, :, None] * (weight * u**power)
    influence[1] /= bandwidths[:, None]
    return influence.reshape(-1, x.size)


def _blocks(n: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, n, BLOCK))


def _too_few(x: Floats) -> RefusalError:
    return RefusalError(
        f"{np.unique(x).size} different values in {x.size} subjects are too few for a loess curve.",
        remedy="Group the subjects by value, or report the calibration intercept and slope.",
        code="too_few_values",
    )
