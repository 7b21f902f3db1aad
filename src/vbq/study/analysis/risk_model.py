"""From the main model of a study to a model that can be applied to new patients.

The coefficients are multiplied by the calibration slope that the bootstrap expects in new patients
(Steyerberg EW. Clinical Prediction Models, 2nd ed. Springer 2019, section 13.2). If that slope
depends on the seed, the heuristic factor (χ² - df) / χ² is used instead (van Houwelingen JC, Le
Cessie S. Stat Med 1990;9:1303-1325, doi 10.1002/sim.4780091109). The intercept is then re-estimated
so that the mean risk equals the share of patients with the event. The covariance remains that of
the fitted coefficients: with few events the shrinkage factor is itself uncertain, and must not
make the intervals narrower (Riley RD et al. J Clin Epidemiol 2021;132:88-96, doi
10.1016/j.jclinepi.2020.12.005).
"""

import hashlib
import json
from dataclasses import asdict

import numpy as np

from vbq._version import __version__
from vbq.errors import RefusalError
from vbq.risk.model import (
    Baseline,
    Coefficient,
    LevelCount,
    ModelMeasure,
    ModelPerformance,
    ObservedRange,
    ObservedTerm,
    Provenance,
    RiskModel,
    Shrinkage,
    SourceFile,
)
from vbq.stats.checks import Floats
from vbq.stats.imputation.pooled_tests import pooled_wald_test
from vbq.stats.performance.measures import PerformanceMeasure
from vbq.stats.regression.logistic import maximise
from vbq.stats.regression.shrinkage import uniform_shrinkage
from vbq.stats.regression.terms import Term
from vbq.study.analysis.association import Association, fit_each
from vbq.study.analysis.imputed_tables import Tables
from vbq.study.analysis.performance.performance import Performance
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.columns import coded
from vbq.study.plan.plan import Plan

REESTIMATED = "intercept re-estimated"
BOOTSTRAP = "optimism-corrected calibration slope of the bootstrap, at most 1"


def risk_model(
    cohort: Cohort,
    main: Association,
    performance: Performance,
    tables: Tables,
    *,
    patients: str,
    sources: tuple[SourceFile, ...],
    simulated: bool,
) -> RiskModel:
    """The shrunken model of a study, to be applied to new patients.

    Args:
        cohort: Patients of the study.
        main: The main model.
        performance: Performance of the main model.
        tables: Completed tables that the main model was fitted to.
        patients: Which patients these are, as in `MissingData.headline`.
        sources: Files of the study.
        simulated: Whether the patients are simulated.

    Raises:
        RefusalError: the shrinkage factor is not above 0, so that no predictor would have an
            effect.
    """
    shrinkage = _shrinkage(main, performance["slope"], tables)
    shrunken = [shrinkage.factor * estimate.coefficient for estimate in main.estimates]
    return RiskModel(
        baseline=_baseline(cohort, main, tables, patients),
        predictors=tuple(_observed(term, cohort, tables) for term in main.design.terms),
        interactions=main.design.interactions,
        shrinkage=shrinkage,
        intercept=_intercept(main, tables, np.array(shrunken)),
        coefficients=tuple(
            Coefficient(
                column=column,
                compared=estimate.compared,
                unshrunken=estimate.coefficient,
                coefficient=coefficient,
            )
            for column, estimate, coefficient in zip(
                main.design.names, main.estimates, shrunken, strict=True
            )
        ),
        covariance=main.covariance,
        performance=_performance(performance),
        provenance=Provenance(
            title=cohort.plan.title,
            plan_sha256=_hash_of(cohort.plan),
            sources=sources,
            seed=cohort.plan.seed,
            software=f"vbq {__version__}",
            fitted_by=main.method,
            imputations=main.imputations,
            simulated=simulated,
        ),
        recalibrations=(),
    )


def _shrinkage(main: Association, slope: PerformanceMeasure, tables: Tables) -> Shrinkage:
    """The calibration slope expected in new patients, or the heuristic if it is not estimable."""
    if slope.expected is None:
        return _heuristic(main, slope, tables)
    if slope.expected <= 0:
        raise RefusalError(
            f"The calibration slope expected in new patients is {slope.expected:.2f}: the model "
            "ranks them no better than chance, and no risk model is made.",
            remedy="Declare fewer candidate predictors, or collect more events.",
            code="nothing_left",
        )
    return Shrinkage(factor=min(slope.expected, 1.0), method=f"{BOOTSTRAP}; {REESTIMATED}")


def _heuristic(main: Association, slope: PerformanceMeasure, tables: Tables) -> Shrinkage:
    models, _ = fit_each(main.design, tables)
    df = len(main.estimates)
    if len(models) == 1:
        chi2 = 2 * (models[0].log_likelihood - models[0].null_log_likelihood)
        test = "likelihood-ratio"
    else:
        coefficients = [model.coefficients[1:] for model in models]
        covariances = [model.covariance[1:, 1:] for model in models]
        pooled = pooled_wald_test(coefficients, covariances, df_complete=tables.n - df - 1)
        chi2, test = df * pooled.f, "pooled Wald (D1: df × F)"
    return Shrinkage(
        factor=uniform_shrinkage(chi2, df),
        method=f"van Houwelingen and le Cessie's heuristic (χ² − df) / χ² = ({chi2:.2f} − {df}) / "
        f"{chi2:.2f}, χ² of the {test} test of the whole model, because the calibration slope of "
        f"the bootstrap depends on the seed (Monte-Carlo error {slope.monte_carlo_error:.2f}); "
        f"{REESTIMATED}",
    )


def _intercept(main: Association, tables: Tables, coefficients: Floats) -> float:
    """Intercept with which the mean risk, over all completed tables, is the share of events."""
    log_odds = np.concatenate([main.design.matrix(table) @ coefficients for table in tables.tables])
    fit = maximise(
        np.ones((log_odds.size, 1)),
        np.tile(tables.outcome, len(tables.tables)),
        offset=log_odds,
        weights=np.ones(log_odds.size),
    )
    return float(fit.coefficients[0])


def _baseline(cohort: Cohort, main: Association, tables: Tables, patients: str) -> Baseline:
    outcome = cohort.plan.outcome
    years, time = None, "the cohort's follow-up, whose length the study did not state"
    if cohort.follow_up_years is not None:
        known = cohort.follow_up_years[tables.rows]
        known = known[~np.isnan(known)]
        if known.size and np.median(known) > 0:
            low, years, high = (float(v) for v in np.quantile(known, [0.25, 0.5, 0.75]))
            excluded = ""
            if cohort.followed is not None:
                minimum = cohort.plan.dates.minimum_follow_up_years
                excluded = (
                    f"; patients followed for less than {minimum:g} years without an event are "
                    "not in the model, which raises its risks"
                )
            time = (
                f"follow-up of median {years:.1f} years (quartiles {low:.1f} to {high:.1f}"
                f"{excluded})"
            )
    return Baseline(
        outcome=outcome.label or outcome.column,
        event="" if outcome.event is None else str(outcome.event),
        time=time,
        median_years=years,
        n=main.n,
        events=main.events,
        event_share=main.events / main.n,
        patients=patients,
        flow=tuple(
            f"{step.name}: {step.n:,} patients, {step.events:,} events" for step in cohort.flow
        ),
    )


def _observed(term: Term, cohort: Cohort, tables: Tables) -> ObservedTerm:
    """A term with the values that the analysed patients had before any imputation."""
    declared = cohort.plan.predictor(term.name)
    assert declared.type is not None  # known in a cohort
    known = cohort.table[term.name].iloc[tables.rows].dropna()
    observed, counts = None, tuple[LevelCount, ...]()
    if term.kind == "categories":
        codes = coded(declared, known)
        counts = tuple(
            LevelCount(level=level, n=int((codes == code).sum()))
            for code, level in enumerate(term.levels)
        )
    else:
        low, first, last, high = np.quantile(known.to_numpy(np.float64), [0, 0.01, 0.99, 1])
        observed = ObservedRange(
            range=(float(low), float(high)), percentiles=(float(first), float(last))
        )
    return ObservedTerm(
        **asdict(term),
        column=declared.column or term.name,
        type=declared.type,
        observed=observed,
        counts=counts,
    )


def _performance(performance: Performance) -> ModelPerformance:
    """Performance without a calibration slope or intercept that depends on the seed."""
    return ModelPerformance(
        indices=tuple(
            ModelMeasure.model_validate(measure, from_attributes=True)
            for measure in performance.indices
            if measure.expected is not None
        ),
        auc_interval=performance.discrimination.interval,
        ici=performance.errors.ici,
        method=performance.method,
        resamples=performance.resamples,
    )


def _hash_of(plan: Plan) -> str:
    """SHA-256 of the plan, whatever folder it is in."""
    text = json.dumps(plan.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
