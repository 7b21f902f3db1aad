"""ComBat: adjusts location and scale of batches and preserves the effects of covariates.

A reading of feature k in batch b is modelled as α_k + x β_k + γ_bk + δ_bk ε. Batch means and
variances are estimated for each feature and, where there are several, shrunk towards those of the
other features by empirical Bayes with parametric priors: Johnson, Li & Rabinovic, Biostatistics
2007;8:118-127, doi 10.1093/biostatistics/kxj037; for imaging Fortin et al., NeuroImage
2017;161:149-170, doi 10.1016/j.neuroimage.2017.08.047, and 2018;167:104-120,
doi 10.1016/j.neuroimage.2017.11.024.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import finite_array

FEWEST = 10  # readings of a batch; our own choice: an SD from ten has a standard error of 24 %
CONVERGED = 1e-12
MOST_STEPS = 10_000


@dataclass(frozen=True, eq=False, slots=True)
class Combat:
    """Harmonised readings of n people, k features, b batches.

    Attributes:
        adjusted: Harmonised readings, shape (n, k), in the units of the readings.
        shift: Amount subtracted from each batch, shape (b, k), in the units of the readings.
        scale: Factor that the residuals of each batch were divided by, shape (b, k); 1 means that
            they had the pooled SD.
        residual_sd: Pooled SD of the residuals, shape (k,).
        shrunk: Whether shift and scale were shrunk across features; never with one feature.
    """

    adjusted: NDArray[np.float64]
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    residual_sd: NDArray[np.float64]
    shrunk: bool


def combat(
    values: ArrayLike, batch: ArrayLike, covariates: ArrayLike | None = None, *, shrink: bool = True
) -> Combat:
    """Harmonise readings across batches.

    Args:
        values: Readings, shape (n, k): one row for each person, one column for each feature.
        batch: Batch of each reading, shape (n,): 0 to b - 1.
        covariates: Covariates whose effect is preserved, shape (n, p), without a constant;
            categories as 0 and 1 for all but one.
        shrink: Whether to use empirical Bayes across features; never done with one feature.

    Raises:
        UsageError: shapes do not fit, or batches are not numbered 0 to b - 1.
        InputError: a number is missing or infinite.
        RefusalError: there is a single batch, a batch has fewer than `FEWEST` readings, batches
            determine a covariate, there are too many covariates for the readings, or readings do
            not differ.
    """
    y = finite_array(values, "readings", dimensions=2)
    n, features = y.shape
    if covariates is None:
        covariates = np.empty((n, 0))
    x = finite_array(covariates, "covariates", dimensions=2)
    member = _one_hot(batch, n)
    if len(x) != n:
        raise UsageError(
            f"There are {n} readings and {len(x)} rows of covariates.", code="wrong_shape"
        )
    batches, counts = member.shape[1], member.sum(axis=0)
    _check(counts, n - batches - x.shape[1])
    if confounded(member, x):
        raise RefusalError(
            "Batches and covariates are confounded: one is determined by the others.",
            remedy="Keep fewer covariates, or leave out a batch in which they do not vary.",
            code="confounded",
        )

    x = x - x.mean(axis=0)  # batch terms are then those of the average person
    design = np.hstack([member, x])
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    mean = counts / n @ coefficients[:batches] + x @ coefficients[batches:]
    residual_sd = np.sqrt(np.mean((y - design @ coefficients) ** 2, axis=0))
    if not (residual_sd > 1e-9 * np.abs(y).max(axis=0)).all():
        raise _constant_readings()
    z = (y - mean) / residual_sd
    location = member.T @ z / counts[:, None]
    variance = np.array([z[m > 0].var(axis=0, ddof=1) for m in member.T])
    if not (variance > 1e-12).all():
        raise _constant_readings()
    shrunk = shrink and features > 1
    if shrunk:
        groups = [z[m > 0] for m in member.T]
        posteriors = [_shrink(*group) for group in zip(groups, location, variance, strict=True)]
        location = np.array([mean for mean, _ in posteriors])
        variance = np.array([spread for _, spread in posteriors])
    adjusted = (z - member @ location) / np.sqrt(member @ variance) * residual_sd + mean
    return Combat(adjusted, location * residual_sd, np.sqrt(variance), residual_sd, shrunk)


def confounded(member: NDArray[np.float64], x: NDArray[np.float64]) -> bool:
    """Whether a covariate is determined by batches (n, b) and the other covariates (n, p)."""
    centred = x - x.mean(axis=0)
    spread = centred.std(axis=0)
    if not (spread > 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300)).all():
        return True
    design = np.hstack([member, centred / spread])
    return bool(np.linalg.matrix_rank(design, tol=1e-8 * np.sqrt(len(x))) < design.shape[1])


def _shrink(
    z: NDArray[np.float64], location: NDArray[np.float64], variance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Posterior means of one batch's location (normal prior) and variance (inverse gamma).

    The moments of the priors are those of the features: equations (3.1) and (3.2) of Johnson et al.
    """
    n = len(z)
    centre, between = location.mean(), location.var(ddof=1)
    m, s2 = variance.mean(), variance.var(ddof=1)
    if not (between > 1e-18 and s2 > 1e-18):
        raise RefusalError(
            "The features are copies of one another, so none informs about another.",
            remedy="Harmonise the score alone.",
            code="features_alike",
        )
    a, b = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
    estimate, spread = location, variance
    for _ in range(MOST_STEPS):
        new = (n * between * location + spread * centre) / (n * between + spread)
        sums = ((z - new) ** 2).sum(axis=0)
        new_spread = (sums / 2 + b) / (n / 2 + a - 1)
        change = max(np.abs(new - estimate).max(), np.abs(new_spread - spread).max())
        estimate, spread = new, new_spread
        if change < CONVERGED:
            break
    return estimate, spread


def _one_hot(batch: ArrayLike, n: int) -> NDArray[np.float64]:
    number = np.asarray(batch)
    numbered = n > 0 and number.shape == (n,) and number.dtype.kind in "iu"
    if not numbered or not np.array_equal(np.unique(number), np.arange(number.max() + 1)):
        raise UsageError(
            "Batches are not numbered 0, 1, 2 … with one number for each reading.",
            code="wrong_shape",
        )
    return np.asarray(number[:, None] == np.arange(number.max() + 1), dtype=float)


def _check(counts: NDArray[np.float64], df: int) -> None:
    if counts.size < 2:
        raise RefusalError(
            "There is a single batch: nothing to harmonise.",
            remedy="Name the column that identifies the scanner.",
            code="one_batch",
        )
    if counts.min() < FEWEST:
        raise RefusalError(
            f"A batch has {int(counts.min())} readings: too few to estimate its mean and SD.",
            remedy=f"At least {FEWEST} are needed; leave it out, or pool it with similar scanners.",
            code="batch_too_small",
        )
    if df < FEWEST:
        raise RefusalError(
            "There are too many batches and covariates for so few readings.",
            remedy="Keep fewer covariates.",
            code="too_few",
        )


def _constant_readings() -> RefusalError:
    return RefusalError(
        "The readings of a batch, or all readings, do not differ between people.",
        remedy="Check the column of readings.",
        code="constant_readings",
    )
