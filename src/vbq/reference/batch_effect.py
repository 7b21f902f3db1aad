"""Differences between batches of readings: in location, given covariates, and in spread."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class BatchEffect:
    """Differences between the batches of one feature.

    Attributes:
        means: Mean of each batch.
        sds: SD of each batch (denominator n - 1).
        f: F statistic of the test that means are equal given the covariates.
        df: Degrees of freedom of that test.
        p: p-value of that test.
        spread_f: F statistic of the Brown-Forsythe test that residuals have equal spread.
        spread_p: p-value of the Brown-Forsythe test.
    """

    means: tuple[float, ...]
    sds: tuple[float, ...]
    f: float
    df: tuple[int, int]
    p: float
    spread_f: float
    spread_p: float

    @property
    def widest(self) -> float:
        """The largest difference between two batch means."""
        return max(self.means) - min(self.means)


def batch_effect(
    values: NDArray[np.float64], batch: NDArray[np.int64], covariates: NDArray[np.float64]
) -> BatchEffect:
    """Describe and test the batches of one feature.

    Location: partial F test of the batches in a linear model with the covariates (analysis of
    covariance). Spread: Brown & Forsythe, J Am Stat Assoc 1974;69:364-367, on the residuals of
    that model.

    Args:
        values: Readings, shape (n,).
        batch: Batch of each reading, 0 to b - 1, shape (n,).
        covariates: Covariates without a constant, shape (n, p).
    """
    n, batches = len(values), int(batch.max()) + 1
    member = (batch[:, None] == np.arange(batches)).astype(float)
    full = np.hstack([member, covariates - covariates.mean(axis=0)])
    residual = _residual(values, full)
    reduced = _residual(values, np.hstack([np.ones((n, 1)), full[:, batches:]]))
    df = (batches - 1, n - full.shape[1])
    f = _f_statistic(float(reduced @ reduced), float(residual @ residual), df)
    medians = np.array([np.median(residual[batch == b]) for b in range(batches)])
    deviation = np.abs(residual - medians[batch])
    spread_df = (batches - 1, n - batches)
    within = _residual(deviation, member)
    total = deviation - deviation.mean()
    spread_f = _f_statistic(float(total @ total), float(within @ within), spread_df)
    groups = [values[batch == b] for b in range(batches)]
    return BatchEffect(
        means=tuple(float(group.mean()) for group in groups),
        sds=tuple(float(group.std(ddof=1)) for group in groups),
        f=f,
        df=df,
        p=_p_value(f, df),
        spread_f=spread_f,
        spread_p=_p_value(spread_f, spread_df),
    )


def _residual(values: NDArray[np.float64], design: NDArray[np.float64]) -> NDArray[np.float64]:
    coefficients, *_ = np.linalg.lstsq(design, values, rcond=None)
    return np.asarray(values - design @ coefficients)


def _f_statistic(reduced: float, full: float, df: tuple[int, int]) -> float:
    """F from the residual sums of squares of the reduced and the full model."""
    return max(0.0, (reduced - full) / df[0]) / (full / df[1])


def _p_value(f: float, df: tuple[int, int]) -> float:
    from scipy.special import fdtrc

    return float(fdtrc(*df, f))
