"""Bootstrap resamples of subjects, as counts of how often each subject is drawn."""

from collections.abc import Iterator

import numpy as np

from vbq.errors import UsageError
from vbq.stats.checks import Floats

CHUNK_SIZE = 1 << 15  # resamples times subjects handled at once, so that arrays stay in the cache


def bootstrap_counts(n: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each subject is drawn in each bootstrap resample.

    Args:
        n: Number of subjects; every resample draws n of them with replacement.
        resamples: Number of resamples.
        seed: Seed of the random numbers.

    Yields:
        Chunks of shape (b, n), one row per resample; each row sums to n.
    """
    rng = np.random.default_rng(seed)
    chunk = max(1, CHUNK_SIZE // n)
    for start in range(0, resamples, chunk):
        b = min(chunk, resamples - start)
        cells = rng.integers(0, n, size=(b, n)) + np.arange(b)[:, None] * n
        yield np.bincount(cells.ravel(), minlength=b * n).reshape(b, n).astype(np.float64)


def check_resamples(resamples: int) -> None:
    """Require at least two resamples.

    Raises:
        UsageError: There are fewer.
    """
    if resamples < 2:
        raise UsageError(f"{resamples} resamples are too few.", remedy="Use 2000.")


def percentile_limits(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Lower and upper bootstrap percentile limits, shape (m,), of values of shape (b, m)."""
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(values, [tail, 1 - tail], axis=0)
    return lower, upper
