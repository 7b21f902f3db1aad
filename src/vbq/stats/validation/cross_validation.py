"""Repeated k-fold cross-validation, in the form of ``rms::validate(method = "crossvalidation")``.

Stone M. J R Stat Soc B 1974;36:111-147, doi 10.1111/j.2517-6161.1974.tb00994.x.
Kohavi R. Proc IJCAI 1995;2:1137-1143 (folds with equal shares of events).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import UsageError
from vbq.stats.performance.indices import performance_many
from vbq.stats.resampling import CHUNK_SIZE
from vbq.stats.validation.bootstrap import Validation, validated_indices
from vbq.stats.validation.optimism import resample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from vbq.stats.validation.optimism import Procedure

__all__ = ["cross_validate"]


def cross_validate(
    design: ArrayLike,
    outcome: ArrayLike,
    procedure: Procedure | None = None,
    *,
    folds: int = 10,
    repeats: int = 50,
    seed: int,
) -> Validation:
    """Optimism of a modelling procedure by repeated cross-validation.

    Each fold is predicted by a refit on the others. Indices are taken within folds and averaged;
    ``corrected`` is apparent - (training - test) as in ``rms``, ``test`` the plain mean over the
    folds left out. Folds hold equal shares of events. A single division into folds depends much on
    chance, hence the repeats, between which the Monte-Carlo error is taken.

    Args:
        design: Shape (n, p), what the procedure takes.
        outcome: Shape (n,), 0 or 1.
        procedure: As `validate_bootstrap`.
        folds: At least 2, and no more than there are subjects of either outcome.
        repeats: Divisions into folds, at least 2.
        seed: Of the random numbers.

    Raises:
        UsageError, InputError, RefusalError: as `resample`; UsageError for folds or repeats out of
            range.
    """
    y = np.asarray(outcome)
    events = int(np.count_nonzero(y))
    if not 2 <= folds <= min(events, y.size - events) or repeats < 2:
        raise UsageError(
            f"{folds} folds and {repeats} repeats do not suit {y.size} subjects with {events} "
            "events.",
            remedy="Take at least 2 of each, and a subject of each outcome for every fold.",
            code="bad_folds",
        )
    result = resample(
        design, outcome, procedure, _splits(y, folds, repeats, seed), performance_many
    )
    repeat = np.repeat(np.arange(repeats), folds)[result.sound]
    used, place = np.unique(repeat, return_inverse=True)
    difference = result.training - result.test
    sums = np.zeros((used.size, difference.shape[1]))
    np.add.at(sums, place, difference)
    means = sums / np.bincount(place)[:, None]
    return Validation(
        indices=validated_indices(result, means.std(axis=0, ddof=1) / np.sqrt(used.size)),
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
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Which subjects are outside and inside each fold, in chunks of whole or parted repeats."""
    rng = np.random.default_rng(seed)
    chunk = max(1, CHUNK_SIZE // y.size)
    for _ in range(repeats):
        fold = np.empty(y.size, dtype=np.intp)
        shift = int(rng.integers(folds))  # so that it is not always the same folds that are larger
        for group in (np.flatnonzero(y == 0), np.flatnonzero(y != 0)):
            fold[rng.permutation(group)] = (np.arange(group.size) + shift) % folds
            shift += group.size
        for first in range(0, folds, chunk):
            which = np.arange(first, min(first + chunk, folds))
            inside = (fold == which[:, None]).astype(np.float64)
            yield 1 - inside, inside
