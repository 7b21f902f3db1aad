"""Coverage of intervals of the AUC in new patients: ``python benchmarks/auc_interval.py``.

A logistic model is fitted in simulated studies of several sizes (40 % events, three predictors with
an effect); the truth is the AUC of the same model in 20,000 further patients. Printed are the
coverage of the nominal 95 % interval in 200 studies, for the optimism-corrected AUC
(location-shifted bootstrap) and for the apparent AUC (DeLong), and the mean error of both.
"""

from __future__ import annotations

import numpy as np

from vbq.stats.performance.delong import auc
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.validation.bootstrap import validate_bootstrap

STUDIES = 200
RESAMPLES = 200
EFFECTS = (0.8, 0.4, 0.3)


def main() -> None:
    """Print one line for each study size."""
    for n, predictors in ((184, 4), (120, 8), (500, 8)):
        rng = np.random.default_rng(5)
        beta = np.zeros(predictors)
        beta[: len(EFFECTS)] = EFFECTS

        def patients(
            size: int, rng: np.random.Generator = rng, beta: np.ndarray = beta
        ) -> tuple[np.ndarray, np.ndarray]:
            x = rng.normal(size=(size, beta.size))
            return x, (rng.random(size) < 1 / (1 + np.exp(0.6 - x @ beta))).astype(float)

        new, outcome = patients(20_000)
        covered, errors = [], []
        for seed in range(STUDIES):
            x, y = patients(n)
            model = fit_logistic(x, y)
            truth = auc(outcome, model.linear_predictor(new)).estimate
            validation = validate_bootstrap(x, y, resamples=RESAMPLES, seed=seed)
            intervals = validation.auc_interval, auc(y, model.linear_predictor()).interval
            covered.append([i is not None and i[0] <= truth <= i[1] for i in intervals])
            index = validation["auc"]
            errors.append([index.corrected - truth, index.apparent - truth])
        corrected, apparent = np.mean(covered, axis=0)
        corrected_error, apparent_error = np.mean(errors, axis=0)
        print(
            f"{n} patients, {predictors} predictors: coverage corrected {corrected:.1%}, "
            f"error {corrected_error:+.4f}; apparent {apparent:.1%}, error {apparent_error:+.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
