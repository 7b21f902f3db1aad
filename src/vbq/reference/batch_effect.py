"""How far readings differ between batches: in location, given covariates, and in spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BatchEffect", "batch_effect"]


@dataclass(frozen=True, slots=True)
class BatchEffect:
    """Differences between the batches of one feature.

    Attributes:
        means: By batch.
        sds: By batch, n - 1.
        f: Statistic of the test that means are equal given the covariates.
        freedom: Its degrees of freedom.
        p: Of that test.
        spread_f: Statistic of the Brown-Forsythe test that residuals spread alike.
        spread_p: Of that test.
    """

    means: tuple[float, ...]
    sds: tuple[float, ...]
    f: float
    freedom: tuple[int, int]
    p: float
    spread_f: float
    spread_p: float

    @property
    def widest(self) -> float:
        """The largest difference between two batch means."""
        return max(self.means) - min(self.means)


def batch_effect(
    values: NDArray[np.float64], batch: NDArray[np.int64], kept: NDArray[np.float64]
) -> BatchEffect:
    """Describe and test the batches of one feature.

    Location: partial F test of the batches in a linear model with the covariates (analysis of
    covariance). Spread: Brown & Forsythe, J Am Stat Assoc 1974;69:364-367, on the residuals of
    that model.

    Args:
        values: Shape (n,).
        batch: 0 to b - 1, shape (n,).
        kept: Covariates without a constant, shape (n, p).
    """
    n, batches = len(values), int(batch.max()) + 1
    member = (batch[:, None] == np.arange(batches)).astype(float)
    full = np.hstack([member, kept - kept.mean(axis=0)])
    residual = _residual(values, full)
    without = _residual(values, np.hstack([np.ones((n, 1)), full[:, batches:]]))
    freedom = (batches - 1, n - full.shape[1])
    f = _f(float(without @ without), float(residual @ residual), freedom)
    medians = np.array([np.median(residual[batch == b]) for b in range(batches)])
    apart = np.abs(residual - medians[batch])
    of_spread = (batches - 1, n - batches)
    rest = _residual(apart, member)
    about = apart - apart.mean()
    spread_f = _f(float(about @ about), float(rest @ rest), of_spread)
    groups = [values[batch == b] for b in range(batches)]
    return BatchEffect(
        tuple(float(group.mean()) for group in groups),
        tuple(float(group.std(ddof=1)) for group in groups),
        f,
        freedom,
        _p(f, freedom),
        spread_f,
        _p(spread_f, of_spread),
    )


def _residual(values: NDArray[np.float64], design: NDArray[np.float64]) -> NDArray[np.float64]:
    found, *_ = np.linalg.lstsq(design, values, rcond=None)
    return np.asarray(values - design @ found)


def _f(without: float, within: float, freedom: tuple[int, int]) -> float:
    return max(0.0, (without - within) / freedom[0]) / (within / freedom[1])


def _p(f: float, freedom: tuple[int, int]) -> float:
    from scipy.special import fdtrc

    return float(fdtrc(*freedom, f))
