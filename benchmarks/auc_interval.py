"""How often an interval of the area holds the area on new patients.

``python benchmarks/auc_interval.py``

A logistic model is made in simulated studies of several sizes (40 % events, three predictors that
matter); the truth is the same model's area in 20 000 further patients. Printed: the share of 200
studies whose nominal 95 % interval holds it, for the optimism-corrected area (location-shifted
bootstrap) and for the apparent one (DeLong), and the mean error of either area.
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
    """One line for each size of study."""
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
        held, errors = [], []
        for seed in range(STUDIES):
            x, y = patients(n)
            model = fit_logistic(x, y)
            truth = auc(outcome, model.linear_predictor(new)).estimate
            validation = validate_bootstrap(x, y, resamples=RESAMPLES, seed=seed)
            intervals = validation.auc_interval, auc(y, model.linear_predictor()).interval
            held.append([i is not None and i[0] <= truth <= i[1] for i in intervals])
            area = validation["auc"]
            errors.append([area.corrected - truth, area.apparent - truth])
        corrected, apparent = np.mean(held, axis=0)
        shift, flattery = np.mean(errors, axis=0)
        print(
            f"{n} patients, {predictors} predictors: corrected held {corrected:.1%}, "
            f"error {shift:+.4f}; apparent held {apparent:.1%}, error {flattery:+.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
