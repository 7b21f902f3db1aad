"""Repeated k-fold cross-validation, as in ``rms::validate(method = "crossvalidation")``.

Stone M. J R Stat Soc B 1974;36:111-147, doi 10.1111/j.2517-6161.1974.tb00994.x.
Kohavi R. Proc IJCAI 1995;2:1137-1143 (folds with equal shares of events).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import UsageError
from vbq.stats.checks import Floats
from vbq.stats.performance.measures import performance_measures
from vbq.stats.resampling import CHUNK_SIZE
from vbq.stats.validation.bootstrap import Validation, resampled_measures
from vbq.stats.validation.optimism import Procedure, resample


def cross_validate(
    design: ArrayLike,
    outcome: ArrayLike,
    procedure: Procedure | None = None,
    *,
    folds: int = 10,
    repeats: int = 50,
    seed: int,
) -> Validation:
    """Performance of a modelling procedure by repeated cross-validation.

    Each fold is predicted by a refit on the other folds. Measures are computed within folds and
    averaged; ``corrected`` is apparent - (training - test) as in ``rms``, and ``test`` is the plain
    mean over the held-out folds. Folds are stratified by outcome. A single division into folds
    depends strongly on chance, hence the repeats, from whose variance the Monte-Carlo error is
    taken.

    Args:
        design: Shape (n, p), input of the procedure.
        outcome: Shape (n,), 0 or 1.
        procedure: As in `validate_bootstrap`.
        folds: Number of folds, at least 2 and at most the number of subjects with the rarer
            outcome.
        repeats: Number of divisions into folds, at least 2.
        seed: Seed of the random numbers.

    Raises:
        UsageError, InputError, RefusalError: as `resample`; UsageError for folds or repeats out of
            range.
    """
    y = np.asarray(outcome)
    events = int(np.count_nonzero(y))
    if not 2 <= folds <= min(events, y.size - events) or repeats < 2:
        raise UsageError(
            f"{folds} folds and {repeats} repeats are not possible for {y.size} subjects with "
            f"{events} events.",
            remedy="Use at least 2 of each, and no more folds than subjects with either outcome.",
            code="bad_folds",
        )
    result = resample(
        design, outcome, procedure, _splits(y, folds, repeats, seed), performance_measures
    )
    repeat = np.repeat(np.arange(repeats), folds)[result.succeeded]
    valid_repeats, index = np.unique(repeat, return_inverse=True)
    difference = result.training - result.test
    sums = np.zeros((valid_repeats.size, difference.shape[1]))
    np.add.at(sums, index, difference)
    means = sums / np.bincount(index)[:, None]
    return Validation(
        measures=resampled_measures(
            result, means.std(axis=0, ddof=1) / np.sqrt(valid_repeats.size)
        ),
        auc_interval=None,
        confidence=0.95,
        n=y.size,
        events=events,
        resamples=len(result.test),
        failed=result.failed,
        seed=seed,
        method=f"{folds}-fold cross-validation, {repeats} times",
    )


def _splits(
    y: NDArray[np.generic], folds: int, repeats: int, seed: int
) -> Iterator[tuple[Floats, Floats]]:
    """Training and test counts of each fold, 0 or 1, in chunks of shape (b, n)."""
    rng = np.random.default_rng(seed)
    chunk = max(1, CHUNK_SIZE // y.size)
    for _ in range(repeats):
        fold = np.empty(y.size, dtype=np.intp)
        shift = int(rng.integers(folds))  # so that the larger folds are not always the first
        for group in (np.flatnonzero(y == 0), np.flatnonzero(y != 0)):
            fold[rng.permutation(group)] = (np.arange(group.size) + shift) % folds
            shift += group.size
        for first in range(0, folds, chunk):
            held_out = np.arange(first, min(first + chunk, folds))
            test = (fold == held_out[:, None]).astype(np.float64)
            yield 1 - test, test
