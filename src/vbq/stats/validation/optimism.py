"""Refitting a modelling procedure on resamples: the engine of internal validation.

A *procedure* is everything that made the model from the data: selection, imputation, splines,
shrinkage. All of it is repeated on each resample, or its optimism is not seen.

Efron B, Gong G. Am Stat 1983;37:36-48, doi 10.1080/00031305.1983.10483087.
Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387,
doi 10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.performance.binary_outcome import logit, outcome_and_scores
from vbq.stats.regression.batched_logistic import fit_many
from vbq.stats.regression.logistic import fit_logistic

__all__ = ["Measure", "Predictor", "Procedure", "Resampled", "resample"]

Floats = NDArray[np.float64]
Predictor = Callable[[Floats], Floats]  # design (m, p) -> probabilities (m,)
Procedure = Callable[[Floats, Floats], Predictor]  # design (n, p), outcome (n,) -> predictor
# log-odds (b, n), outcome (n,), counts (b, n) -> values (b, m); NaN where undefined
Measure = Callable[[Floats, Floats, Floats], Floats]

MOST_FAILED = 0.05  # of resamples without a fit, beyond which the rest no longer stand for all


@dataclass(frozen=True, eq=False)
class Resampled:
    """What was measured on resamples.

    Attributes:
        log_odds: Shape (n,), of the model made from all subjects.
        apparent: Shape (m,), that model on the subjects that it was made from.
        training: Shape (b, m), each refit on the subjects it was made from.
        test: Shape (b, m), each refit on the subjects it is tested on. A single NaN in training or
            test is a value undefined for that resample.
        sound: Which resamples gave these b rows; on the others the procedure or all that was
            measured was undefined.
    """

    log_odds: Floats
    apparent: Floats
    training: Floats
    test: Floats
    sound: NDArray[np.bool_]

    @property
    def failed(self) -> int:
        """Resamples left out."""
        return int(np.count_nonzero(~self.sound))

    @property
    def optimism(self) -> Floats:
        """Shape (m,), mean of training - test."""
        mean: Floats = np.nanmean(self.training - self.test, axis=0)
        return mean

    @property
    def monte_carlo_error(self) -> Floats:
        """Shape (m,), standard error of the optimism for the finite number of resamples.

        Refits that predict next to nothing have calibration slopes of any size: their mean settles
        on no value, and its error stays large however many resamples are drawn.
        """
        difference = self.training - self.test
        used = np.count_nonzero(~np.isnan(difference), axis=0)
        error: Floats = np.nanstd(difference, axis=0, ddof=1) / np.sqrt(used)
        return error


def resample(
    design: ArrayLike,
    outcome: ArrayLike,
    procedure: Procedure | None,
    splits: Iterable[tuple[Floats, Floats]],
    measure: Measure,
) -> Resampled:
    """Repeats the procedure on each split and measures it on both sides.

    Args:
        design: Shape (n, p), what the procedure takes; NaN only if it can deal with it.
        outcome: Shape (n,), 0 or 1.
        procedure: Makes a predictor from a design and an outcome; None for a logistic regression
            on all columns, which is much faster.
        splits: Chunks of (training counts, test counts), each of shape (b, n).
        measure: What is measured.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores` and the procedure on all
            subjects; RefusalError where more than 5 % of the resamples fail.
    """
    x = np.asarray(design, dtype=np.float64)
    if x.ndim != 2:
        raise UsageError(
            f"The design has {x.ndim} dimensions, not 2.",
            remedy="Give one row a subject and one column a predictor.",
            code="wrong_shape",
        )
    y, _ = outcome_and_scores(outcome, np.zeros(x.shape[0]), name="rows of the design")
    refit = _plain_refits(x, y) if procedure is None else _refits(x, y, procedure)
    everyone = np.ones((1, y.size))
    original = refit(everyone)
    if np.isnan(original).any():
        raise _unfitted()
    apparent = measure(original, y, everyone)[0]
    if np.isnan(apparent).any():
        raise _unfitted()
    training, test = [], []
    for trained_on, tested_on in splits:
        log_odds = refit(trained_on)
        training.append(measure(log_odds, y, trained_on))
        test.append(measure(log_odds, y, tested_on))
    trained, tested = np.concatenate(training), np.concatenate(test)
    sound: NDArray[np.bool_] = np.any(np.isfinite(trained + tested), axis=1)
    failed = int(np.count_nonzero(~sound))
    if failed > MOST_FAILED * sound.size:
        raise RefusalError(
            f"The model could not be fitted or judged on {failed} of {sound.size} resamples.",
            remedy="Declare fewer predictors, join rare categories, or validate Firth's fit.",
            code="resamples_failed",
        )
    return Resampled(original[0], apparent, trained[sound], tested[sound], sound)


def _plain_refits(x: Floats, y: Floats) -> Callable[[Floats], Floats]:
    """Logistic regression on all columns; log-odds of all subjects, shape (b, n)."""
    fit = fit_logistic(x, y)
    basis, r = np.linalg.qr(fit.data.design)
    start = r @ fit.coefficients

    def refit(counts: Floats) -> Floats:
        log_odds: Floats = fit_many(basis, y, counts, start) @ basis.T
        return log_odds

    return refit


def _refits(x: Floats, y: Floats, procedure: Procedure) -> Callable[[Floats], Floats]:
    """The procedure on rows repeated as often as they were drawn; NaN where it refuses them."""

    def refit(counts: Floats) -> Floats:
        log_odds = np.full(counts.shape, np.nan)
        for row, count in zip(log_odds, counts, strict=True):
            drawn = np.repeat(np.arange(y.size), count.astype(np.intp))
            try:
                row[:] = logit(procedure(x[drawn], y[drawn])(x))
            except (InputError, RefusalError):
                if (count == 1).all():  # all subjects: the user must hear the reason
                    raise
        return log_odds

    return refit


def _unfitted() -> RefusalError:
    return RefusalError(
        "The model's predictions of these subjects are all equal or separate the outcome "
        "perfectly.",
        remedy="Declare fewer predictors, or use Firth's fit.",
        code="undefined_performance",
    )
