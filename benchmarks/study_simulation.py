"""Whether the study's statistics keep their promises: ``python benchmarks/study_simulation.py``.

Cohorts of a known population (`vbq.phantom.cohort`) are analysed with the study's own model and
validation, and what they say is held against the truth:

- 95 % intervals of every odds ratio, profile and Wald: how often they hold the true one;
- the optimism-corrected area and calibration slope: on average those of the cohort's own model in
  100,000 new patients of known risk;
- few events: where predictors separate the outcome, Firth's likelihood is taken, and what its
  intervals and coefficients are worth there.

The error behind ± is the Monte-Carlo standard error for the number of cohorts.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from vbq.errors import InputError, RefusalError
from vbq.phantom.cohort import CohortDesign, simulate_cohort
from vbq.stats.performance.indices import INDICES, performance_indices
from vbq.stats.regression.terms import Design, Term
from vbq.stats.validation.bootstrap import validate_bootstrap
from vbq.study.analysis.association import fit_association
from vbq.study.analysis.imputed_tables import Tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.phantom.cohort import SimulatedCohort

PREDICTORS = ("prior_fx", "vbq", "bmi", "gc", "dxa_t", "age")
DESIGN = Design(tuple(Term(name, name, "", "linear") for name in PREDICTORS))
NEW = 100_000  # patients in which a model's true performance is measured
AREA, SLOPE = INDICES.index("auc"), INDICES.index("slope")


@dataclass
class Tally:
    """What the cohorts of one design said; arrays have a row a cohort."""

    coefficients: NDArray[np.float64]
    profile: NDArray[np.float64]
    wald: NDArray[np.float64]
    separated: NDArray[np.bool_]
    validated: NDArray[np.float64]  # area: apparent, corrected, true; then slope


def tables(cohort: SimulatedCohort) -> Tables:
    """The cohort as the study's model takes it."""
    columns = {name: cohort.patients[name].to_numpy(float) for name in PREDICTORS}
    outcome = cohort.patients["fracture"].to_numpy(float)
    return Tables((columns,), outcome, np.arange(outcome.size))


def simulate(design: CohortDesign, cohorts: int, *, resamples: int, first_seed: int) -> Tally:
    """Analyse cohorts; those that cannot be analysed have rows of NaN."""
    truth = np.array([design.coefficients[name] for name in PREDICTORS])
    others = simulate_cohort(replace(design, patients=NEW), first_seed - 1)
    new = DESIGN.matrix(tables(others).tables[0])
    # each new patient counts as an event by its true risk and as none by the rest of it, so that
    # no chance of their outcomes is left in the true performance
    risk = expit(others.truth.log_odds)
    both, shares = np.repeat([1.0, 0.0], NEW), np.concatenate([risk, 1 - risk])[None]
    found = Tally(*(np.full((cohorts, len(truth)), np.nan) for _ in range(3)),
                  np.zeros(cohorts, bool), np.full((cohorts, 6), np.nan))  # fmt: skip
    for i in range(cohorts):
        sample = tables(simulate_cohort(design, first_seed + i))
        try:
            model = fit_association(DESIGN, sample)
        except InputError as error:
            print(f"  cohort {i}: {error}")
            continue
        logs = np.array([e.coefficient for e in model.estimates])
        found.coefficients[i] = logs
        found.separated[i] = bool(model.separated)
        for row, which in ((found.profile, "interval"), (found.wald, "wald_interval")):
            low, high = np.log([getattr(e, which) for e in model.estimates]).T
            row[i] = (low <= truth) & (truth <= high)
        if not resamples or model.separated:
            continue
        try:
            checked = validate_bootstrap(DESIGN.matrix(sample.tables[0]), sample.outcome,
                                         resamples=resamples, seed=i)  # fmt: skip
        except RefusalError as error:
            print(f"  cohort {i}: {error}")
            continue
        log_odds = new @ logs + model.intercept
        real = performance_indices(np.tile(log_odds, 2)[None], both, shares)[0]
        found.validated[i] = [checked["auc"].apparent, checked["auc"].corrected, real[AREA],
                              checked["slope"].apparent, checked["slope"].corrected,
                              real[SLOPE]]  # fmt: skip
    return found


def show_coverage(design: CohortDesign, found: Tally) -> None:
    """Coverage and bias by predictor."""
    known = ~np.isnan(found.coefficients).any(axis=1)
    n = int(known.sum())
    print(f"  {n} cohorts fitted, {int(found.separated.sum())} by Firth's likelihood (separated)")
    print("  predictor     true log OR   mean estimate     profile 95 %   Wald 95 %")
    for j, name in enumerate(PREDICTORS):
        estimate = found.coefficients[known, j]
        error = estimate.std(ddof=1) / np.sqrt(n)
        print(
            f"  {name:<12} {design.coefficients[name]:>8.3f}     {estimate.mean():>7.3f} ± "
            f"{error:.3f}      {found.profile[known, j].mean():>8.1%}      "
            f"{found.wald[known, j].mean():>8.1%}"
        )
    for which, rows in (("all", known), ("separated", known & found.separated)):
        if rows.any():
            print(
                f"  {which} ({rows.sum()} cohorts), all predictors: profile "
                f"{found.profile[rows].mean():.1%}, Wald {found.wald[rows].mean():.1%}"
            )
    print(f"  ± {100 * np.sqrt(0.05 * 0.95 / n):.1f} points for one predictor of all cohorts")


def show_performance(found: Tally) -> None:
    """Apparent, corrected and true performance."""
    known = found.validated[~np.isnan(found.validated).any(axis=1)]
    print(f"  {len(known)} cohorts validated")
    for name, values in (("area", known[:, :3]), ("slope", known[:, 3:])):
        apparent, corrected, real = values.T
        bias = corrected - real
        error = bias.std(ddof=1) / np.sqrt(len(known))
        print(
            f"  {name}: apparent {apparent.mean():.4f}, corrected {corrected.mean():.4f}, true "
            f"{real.mean():.4f}; corrected − true {bias.mean():+.4f} ± {error:.4f}"
            f" ({abs(bias.mean()) / error:.1f} standard errors)"
        )


def main() -> None:
    """The designs, one after the other."""
    parser = argparse.ArgumentParser(description="Simulated cohorts against their truth.")
    parser.add_argument("--cohorts", type=int, default=500)
    parser.add_argument("--resamples", type=int, default=200)
    arguments = parser.parse_args()
    designs = {
        "184 patients, 39 % events, 6 predictors": (CohortDesign(), arguments.resamples),
        "500 patients, 39 % events, 6 predictors": (
            CohortDesign(patients=500), arguments.resamples),
        "60 patients, 15 % events: few events, separation": (
            CohortDesign(patients=60, event_share=0.15), 0),
    }  # fmt: skip
    for name, (design, resamples) in designs.items():
        start = time.perf_counter()
        print(f"{name}; {arguments.cohorts} cohorts, {resamples} resamples each", flush=True)
        found = simulate(design, arguments.cohorts, resamples=resamples, first_seed=1000)
        show_coverage(design, found)
        if resamples:
            show_performance(found)
        print(f"  {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
