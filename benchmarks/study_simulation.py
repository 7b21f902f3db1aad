"""Performance of the study's statistics in simulated cohorts: ``benchmarks/study_simulation.py``.

Cohorts of a known population (`vbq.phantom.cohort`) are analysed with the model and validation of a
study, and the results are compared with the truth:

- coverage of the true odds ratios by 95 % intervals, profile and Wald;
- bias of the optimism-corrected AUC and calibration slope, against the performance of each cohort's
  model in 100,000 new patients of known risk;
- coverage and bias with few events, where predictors may separate the outcome and the model is
  fitted by Firth's penalised likelihood.

The error after ± is the Monte Carlo standard error for the number of cohorts.
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
from vbq.stats.performance.measures import MEASURES, performance_measures
from vbq.stats.regression.terms import Design, Term
from vbq.stats.validation.bootstrap import validate_bootstrap
from vbq.study.analysis.association import fit_association
from vbq.study.analysis.imputed_tables import Tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.phantom.cohort import SimulatedCohort

PREDICTORS = ("prior_fx", "vbq", "bmi", "gc", "dxa_t", "age")
DESIGN = Design(tuple(Term(name, name, "", "linear") for name in PREDICTORS))
NEW = 100_000  # patients in whom a model's true performance is computed
AUC, SLOPE = MEASURES.index("auc"), MEASURES.index("slope")


@dataclass
class Tally:
    """Results of the cohorts of one design; one row per cohort, NaN where it has no result."""

    coefficients: NDArray[np.float64]
    profile: NDArray[np.float64]
    wald: NDArray[np.float64]
    separated: NDArray[np.bool_]
    validated: NDArray[np.float64]  # AUC: apparent, corrected, true; then calibration slope


def tables(cohort: SimulatedCohort) -> Tables:
    """The cohort as the input of the study's model."""
    columns = {name: cohort.patients[name].to_numpy(float) for name in PREDICTORS}
    outcome = cohort.patients["fracture"].to_numpy(float)
    return Tables((columns,), outcome, np.arange(outcome.size))


def simulate(design: CohortDesign, cohorts: int, *, resamples: int, first_seed: int) -> Tally:
    """Analyse simulated cohorts; cohorts that cannot be analysed have rows of NaN."""
    truth = np.array([design.coefficients[name] for name in PREDICTORS])
    population = simulate_cohort(replace(design, patients=NEW), first_seed - 1)
    new = DESIGN.matrix(tables(population).tables[0])
    # each new patient counts as an event with the weight of the true risk, and as a non-event with
    # the complement, so that the true performance is free of sampling error of the outcome
    risk = expit(population.truth.log_odds)
    outcomes, weights = np.repeat([1.0, 0.0], NEW), np.concatenate([risk, 1 - risk])[None]
    by_predictor = np.full((cohorts, len(truth)), np.nan)
    tally = Tally(
        coefficients=by_predictor.copy(),
        profile=by_predictor.copy(),
        wald=by_predictor.copy(),
        separated=np.zeros(cohorts, bool),
        validated=np.full((cohorts, 6), np.nan),
    )
    for i in range(cohorts):
        sample = tables(simulate_cohort(design, first_seed + i))
        try:
            model = fit_association(DESIGN, sample)
        except InputError as error:
            print(f"  cohort {i}: {error}")
            continue
        log_odds_ratios = np.array([e.coefficient for e in model.estimates])
        tally.coefficients[i] = log_odds_ratios
        tally.separated[i] = bool(model.separated)
        for covered, name in ((tally.profile, "interval"), (tally.wald, "wald_interval")):
            low, high = np.log([getattr(e, name) for e in model.estimates]).T
            covered[i] = (low <= truth) & (truth <= high)
        if not resamples or model.separated:
            continue
        try:
            validation = validate_bootstrap(DESIGN.matrix(sample.tables[0]), sample.outcome,
                                            resamples=resamples, seed=i)  # fmt: skip
        except RefusalError as error:
            print(f"  cohort {i}: {error}")
            continue
        log_odds = new @ log_odds_ratios + model.intercept
        true = performance_measures(np.tile(log_odds, 2)[None], outcomes, weights)[0]
        tally.validated[i] = [validation["auc"].apparent, validation["auc"].corrected, true[AUC],
                              validation["slope"].apparent, validation["slope"].corrected,
                              true[SLOPE]]  # fmt: skip
    return tally


def show_coverage(design: CohortDesign, tally: Tally) -> None:
    """Print coverage and bias by predictor."""
    known = ~np.isnan(tally.coefficients).any(axis=1)
    n = int(known.sum())
    print(
        f"  {n} cohorts fitted, {int(tally.separated.sum())} of them separated, by Firth's "
        "penalised likelihood"
    )
    print("  predictor     true log OR   mean estimate     profile 95 %   Wald 95 %")
    for j, name in enumerate(PREDICTORS):
        estimate = tally.coefficients[known, j]
        error = estimate.std(ddof=1) / np.sqrt(n)
        print(
            f"  {name:<12} {design.coefficients[name]:>8.3f}     {estimate.mean():>7.3f} ± "
            f"{error:.3f}      {tally.profile[known, j].mean():>8.1%}      "
            f"{tally.wald[known, j].mean():>8.1%}"
        )
    for group, rows in (("all", known), ("separated", known & tally.separated)):
        if rows.any():
            print(
                f"  {group} ({rows.sum()} cohorts), all predictors: profile "
                f"{tally.profile[rows].mean():.1%}, Wald {tally.wald[rows].mean():.1%}"
            )
    print(f"  ± {100 * np.sqrt(0.05 * 0.95 / n):.1f} points for one predictor, all cohorts")


def show_performance(tally: Tally) -> None:
    """Print apparent, corrected and true performance."""
    known = tally.validated[~np.isnan(tally.validated).any(axis=1)]
    print(f"  {len(known)} cohorts validated")
    for name, values in (("AUC", known[:, :3]), ("slope", known[:, 3:])):
        apparent, corrected, true = values.T
        bias = corrected - true
        error = bias.std(ddof=1) / np.sqrt(len(known))
        print(
            f"  {name}: apparent {apparent.mean():.4f}, corrected {corrected.mean():.4f}, true "
            f"{true.mean():.4f}; corrected − true {bias.mean():+.4f} ± {error:.4f}"
            f" ({abs(bias.mean()) / error:.1f} standard errors)"
        )


def main() -> None:
    """Simulate and report each design."""
    parser = argparse.ArgumentParser(description="The study's statistics in simulated cohorts.")
    parser.add_argument("--cohorts", type=int, default=500)
    parser.add_argument("--resamples", type=int, default=200)
    arguments = parser.parse_args()
    designs = {
        "184 patients, 39 % events, 6 predictors": (CohortDesign(), arguments.resamples),
        "500 patients, 39 % events, 6 predictors": (
            CohortDesign(patients=500), arguments.resamples),
        "60 patients, 15 % events: few events": (
            CohortDesign(patients=60, event_share=0.15), 0),
    }  # fmt: skip
    for name, (design, resamples) in designs.items():
        start = time.perf_counter()
        print(f"{name}; {arguments.cohorts} cohorts, {resamples} resamples each", flush=True)
        tally = simulate(design, arguments.cohorts, resamples=resamples, first_seed=1000)
        show_coverage(design, tally)
        if resamples:
            show_performance(tally)
        print(f"  {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
