"""Optimism of a modelling procedure, from refits on resamples.

A *procedure* comprises every step that led from the data to the model: selection, imputation,
splines, shrinkage. All steps are repeated on each resample; optimism of a step left out is missed.

Efron B, Gong G. Am Stat 1983;37:36-48, doi 10.1080/00031305.1983.10483087.
Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387,
doi 10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.checks import Floats
from vbq.stats.performance.binary_outcome import logit, outcome_and_scores
from vbq.stats.regression.batched_logistic import fit_batch
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.resampling import bootstrap_counts, check_resamples

PredictionRule = Callable[[Floats], Floats]  # design (m, p) -> probabilities (m,)
Procedure = Callable[[Floats, Floats], PredictionRule]  # design (n, p), outcome (n,) -> rule
# log-odds (b, n), outcome (n,), counts (b, n) -> values (b, m); NaN where undefined
Measure = Callable[[Floats, Floats, Floats], Floats]

MAX_FAILED = 0.05  # share of failed resamples beyond which the others are not representative


@dataclass(frozen=True, eq=False)
class Resampled:
    """Measures of a model and of its refits on resamples.

    Attributes:
        log_odds: Shape (n,), predictions of the model developed in all subjects.
        apparent: Shape (m,), measures of that model in the same subjects.
        training: Shape (b, m), measures of each refit in the subjects it was developed in.
        test: Shape (b, m), measures of each refit in the subjects it is tested in. NaN in training
            or test marks a measure that is undefined for that resample.
        succeeded: Shape (resamples,), True for the resamples behind the b rows; for the others the
            procedure failed or no measure was defined.
    """

    log_odds: Floats
    apparent: Floats
    training: Floats
    test: Floats
    succeeded: NDArray[np.bool_]

    @property
    def failed(self) -> int:
        """Number of resamples that failed."""
        return int(np.count_nonzero(~self.succeeded))

    @property
    def optimism(self) -> Floats:
        """Optimism, shape (m,): mean of training - test."""
        mean: Floats = np.nanmean(self.training - self.test, axis=0)
        return mean

    @property
    def monte_carlo_error(self) -> Floats:
        """Standard error of the optimism due to the finite number of resamples, shape (m,).

        Calibration slopes of refits with almost no predictive value vary without bound: their mean
        does not converge, and its error stays large with any number of resamples.
        """
        difference = self.training - self.test
        defined = np.count_nonzero(~np.isnan(difference), axis=0)
        error: Floats = np.nanstd(difference, axis=0, ddof=1) / np.sqrt(defined)
        return error


def resample(
    design: ArrayLike,
    outcome: ArrayLike,
    procedure: Procedure | None,
    splits: Iterable[tuple[Floats, Floats]],
    measure: Measure,
) -> Resampled:
    """Repeat a procedure on the training part of each split, and measure it in both parts.

    Args:
        design: Shape (n, p), input of the procedure; NaN only if the procedure accepts it.
        outcome: Shape (n,), 0 or 1.
        procedure: Develops a prediction rule from a design and an outcome; None for a logistic
            regression on all columns, which is much faster.
        splits: Chunks of (training counts, test counts), each of shape (b, n).
        measure: Function that measures the predictions.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores` and the procedure in all
            subjects; RefusalError if more than 5 % of the resamples fail.
    """
    x = np.asarray(design, dtype=np.float64)
    if x.ndim != 2:
        raise UsageError(
            f"The design has {x.ndim} dimensions, not 2.",
            remedy="Give one row per subject and one column per predictor.",
            code="wrong_shape",
        )
    y, _ = outcome_and_scores(outcome, np.zeros(x.shape[0]), name="rows of the design")
    refit = _logistic_refits(x, y) if procedure is None else _refits(x, y, procedure)
    all_once = np.ones((1, y.size))
    original = refit(all_once)
    if np.isnan(original).any():
        raise _undefined()
    apparent = measure(original, y, all_once)[0]
    if np.isnan(apparent).any():
        raise _undefined()
    training_chunks, test_chunks = [], []
    for training_counts, test_counts in splits:
        log_odds = refit(training_counts)
        training_chunks.append(measure(log_odds, y, training_counts))
        test_chunks.append(measure(log_odds, y, test_counts))
    training, test = np.concatenate(training_chunks), np.concatenate(test_chunks)
    succeeded: NDArray[np.bool_] = np.any(np.isfinite(training + test), axis=1)
    failed = int(np.count_nonzero(~succeeded))
    if failed > MAX_FAILED * succeeded.size:
        raise RefusalError(
            f"The model could not be fitted or evaluated in {failed} of {succeeded.size} "
            "resamples.",
            remedy="Declare fewer predictors, merge rare categories, or validate Firth's fit.",
            code="resamples_failed",
        )
    return Resampled(original[0], apparent, training[succeeded], test[succeeded], succeeded)


def resample_bootstrap(
    design: ArrayLike,
    outcome: ArrayLike,
    procedure: Procedure | None,
    measure: Measure,
    *,
    resamples: int,
    seed: int,
) -> Resampled:
    """Refits on bootstrap resamples of the subjects, each tested in all subjects; see `resample`.

    Args:
        design: Shape (n, p), input of the procedure.
        outcome: Shape (n,), 0 or 1.
        procedure: As in `resample`.
        measure: Function that measures the predictions.
        resamples: Number of resamples, at least 2.
        seed: Seed of the random numbers.

    Raises:
        UsageError, InputError, RefusalError: as `resample`; UsageError for fewer than 2 resamples.
    """
    check_resamples(resamples)
    n = np.asarray(outcome).size
    splits = ((c, np.ones_like(c)) for c in bootstrap_counts(n, resamples, seed))
    return resample(design, outcome, procedure, splits, measure)


def _logistic_refits(x: Floats, y: Floats) -> Callable[[Floats], Floats]:
    """Refits of a logistic regression on all columns: counts (b, n) -> log-odds (b, n)."""
    fit = fit_logistic(x, y)
    basis, r = np.linalg.qr(fit.data.design)
    start = r @ fit.coefficients

    def refit(counts: Floats) -> Floats:
        log_odds: Floats = fit_batch(basis, y, counts, start) @ basis.T
        return log_odds

    return refit


def _refits(x: Floats, y: Floats, procedure: Procedure) -> Callable[[Floats], Floats]:
    """Refits of a procedure: counts (b, n) -> log-odds (b, n); NaN where it refuses the sample."""

    def refit(counts: Floats) -> Floats:
        log_odds = np.full(counts.shape, np.nan)
        for row, count in zip(log_odds, counts, strict=True):
            rows = np.repeat(np.arange(y.size), count.astype(np.intp))
            try:
                row[:] = logit(procedure(x[rows], y[rows])(x))
            except (InputError, RefusalError):
                if (count == 1).all():  # the original subjects: the user needs the reason
                    raise
        return log_odds

    return refit


def _undefined() -> RefusalError:
    return RefusalError(
        "The model's predictions are equal in all subjects or separate the outcome perfectly.",
        remedy="Declare fewer predictors, or use Firth's fit.",
        code="undefined_performance",
    )
