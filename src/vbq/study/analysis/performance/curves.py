"""Curves of a study: ROC, calibration, net benefit, and the effect of the index over its range."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import NORMAL_95, Floats
from vbq.stats.performance.calibration_curve import CalibrationCurve
from vbq.stats.performance.net_benefit import DecisionCurve, decision_curve
from vbq.stats.performance.roc import RocCurve
from vbq.stats.regression.splines import restricted_cubic_spline
from vbq.stats.regression.terms import Design
from vbq.stats.validation.corrected_curves import (
    ValidatedCurve,
    validated_calibration_curve,
    validated_decision_curve,
)
from vbq.study.analysis.association import fit_association, fit_each
from vbq.study.analysis.estimates import TermTest
from vbq.study.analysis.imputed_tables import Tables
from vbq.study.analysis.performance.performance import firth_procedure
from vbq.study.analysis.performance.pooled import pooled_calibration_curve, pooled_roc, stack_tables
from vbq.study.analysis.performance.prediction import Discrimination, predict
from vbq.study.cohort.cohort import Cohort

KNOTS = 4
POINTS = 101
RANGE = (0.02, 0.98)  # quantiles of the index between which its effect is drawn
DECISION_RESAMPLES = 500
CALIBRATION_RESAMPLES = 100
CALIBRATION_POINTS = 26
MAX_CORRECTED = 5000  # patients; with more the optimism is negligible, and a lowess slow
BINS = 24


@dataclass(frozen=True, eq=False)
class ModelRoc:
    """ROC curve of one model.

    Attributes:
        model: Name of the model, as in `AddedValue.models`.
        curve: Apparent ROC curve.
        discrimination: Area under the curve.
    """

    model: str
    curve: RocCurve
    discrimination: Discrimination


@dataclass(frozen=True, eq=False)
class Histogram:
    """Number of patients in bins of equal width.

    Attributes:
        edges: Shape (m + 1,), edges of the bins, ascending.
        events: Shape (m,), patients with the event.
        no_events: Shape (m,), patients without the event.
    """

    edges: Floats
    events: NDArray[np.intp]
    no_events: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class EffectCurve:
    """Adjusted odds ratio over the range of the index, by a restricted cubic spline.

    Attributes:
        index: Name of the index predictor.
        values: Shape (m,), values of the index in its unit.
        odds_ratio: Shape (m,), odds ratio of each value against ``reference``.
        lower: Shape (m,), lower pointwise 95 % limit of the odds ratio.
        upper: Shape (m,), upper pointwise 95 % limit of the odds ratio.
        reference: Median of the index, in its unit.
        knots: Knots of the spline, in the unit of the index.
        nonlinear: Wald test of non-linearity.
        observed: Distribution of the index in all patients in whom it is known.
    """

    index: str
    values: Floats
    odds_ratio: Floats
    lower: Floats
    upper: Floats
    reference: float
    knots: tuple[float, ...]
    nonlinear: TermTest
    observed: Histogram


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of a study.

    Attributes:
        roc: ROC curve of each model.
        calibration: Apparent calibration curve of the full model.
        risks: Distribution of the risks predicted by the full model.
        corrected_calibration: Lowess calibration curve of the full model corrected for optimism;
            None for imputed tables, for more than 5000 patients, and where resamples cannot be
            fitted.
        decision: Apparent decision curve of each model, by its name.
        corrected_decision: Net benefit of the full model corrected for optimism; None as above.
        effect: Effect of the index over its range; None where it is not continuous, or the spline
            cannot be fitted.
        no_effect: Why there is no effect curve; empty where there is one.
    """

    roc: tuple[ModelRoc, ...]
    calibration: CalibrationCurve
    risks: Histogram
    corrected_calibration: ValidatedCurve | None
    decision: dict[str, DecisionCurve]
    corrected_decision: ValidatedCurve | None
    effect: EffectCurve | None
    no_effect: str


def curves_of(cohort: Cohort, design: Design, designs: dict[str, Design], tables: Tables) -> Curves:
    """The curves of a study.

    Args:
        cohort: The patients.
        design: Design of the main model.
        designs: Designs of the models compared, by name; ``full`` is the main model.
        tables: Completed tables of the patients.

    Raises:
        InputError, RefusalError: a model cannot be fitted, or its predictions cannot be evaluated.
    """
    predictions = {name: predict(compared, tables) for name, compared in designs.items()}
    thresholds = decision_grid(tables.outcome)
    effect, reason = None, "the index is not continuous, or there is none"
    try:
        effect = _effect(cohort, design, tables)
    except (InputError, RefusalError) as error:
        reason = error.message
    risks = predictions["full"].probability
    apparent = pooled_calibration_curve(tables.outcome, risks)
    corrected = _corrected(cohort, design, tables, apparent.predicted, thresholds)
    return Curves(
        roc=tuple(
            ModelRoc(name, pooled_roc(p.outcome, p.probability), p.discrimination())
            for name, p in predictions.items()
        ),
        calibration=apparent,
        risks=_histogram(risks.mean(axis=0), tables.outcome, (0.0, 1.0)),
        corrected_calibration=corrected[0],
        decision={
            name: decision_curve(
                *stack_tables(p.outcome, p.probability), thresholds, seed=cohort.plan.seed,
                resamples=DECISION_RESAMPLES, copies=len(p.probability),
            )
            for name, p in predictions.items()
        },
        corrected_decision=corrected[1],
        effect=effect,
        no_effect="" if effect else reason,
    )  # fmt: skip


def decision_grid(outcome: Floats) -> Floats:
    """Thresholds of all decision curves: 1 % to 50 %, or to twice the share of events, by 1 %."""
    top = min(0.95, max(0.5, 2 * float(outcome.mean())))
    return np.arange(1, round(100 * top) + 1) / 100


def _corrected(
    cohort: Cohort, design: Design, tables: Tables, predicted: Floats, thresholds: Floats
) -> tuple[ValidatedCurve | None, ValidatedCurve | None]:
    """Calibration and decision curve of the full model, both corrected for optimism, or None."""
    if tables.imputation or tables.n > MAX_CORRECTED:
        return None, None
    matrix, outcome, seed = design.matrix(tables.tables[0]), tables.outcome, cohort.plan.seed
    procedure = firth_procedure if fit_each(design, tables)[1] else None
    # the ends are left out: a refit that differs in the last digit would not reach them
    points = np.linspace(predicted[0], predicted[-1], CALIBRATION_POINTS + 2)[1:-1]
    try:
        calibrated = validated_calibration_curve(
            matrix, outcome, points, procedure, resamples=CALIBRATION_RESAMPLES, seed=seed
        )
        benefit = validated_decision_curve(
            matrix, outcome, thresholds, procedure, resamples=DECISION_RESAMPLES, seed=seed
        )
    except RefusalError:  # too many resamples cannot be fitted
        return None, None
    return calibrated, benefit


def _histogram(values: Floats, outcome: Floats, ends: tuple[float, float]) -> Histogram:
    edges: Floats = np.linspace(*ends, BINS + 1)
    counts = [np.histogram(values[outcome == event], edges)[0] for event in (1, 0)]
    return Histogram(edges, *counts)


def _effect(cohort: Cohort, design: Design, tables: Tables) -> EffectCurve | None:
    index = cohort.plan.index
    if index is None or cohort.plan.predictor(index).type != "continuous":
        return None
    index_values = cohort.table[index].to_numpy(np.float64)
    known = ~np.isnan(index_values)
    observed = index_values[known]
    per = design.term(index).per
    spline = restricted_cubic_spline(observed / per, KNOTS)
    with_spline = replace(
        design,
        terms=tuple(
            replace(term, kind="spline", knots=spline.knots) if term.name == index else term
            for term in design.terms
        ),
        interactions=tuple(pair for pair in design.interactions if index not in pair),
    )
    model = fit_association(with_spline, tables)
    columns = with_spline.term(index).columns
    positions = [1 + with_spline.names.index(name) for name in columns]
    beta = np.array(model.coefficients)[positions]
    covariance = np.array(model.covariance)[np.ix_(positions, positions)]
    reference = float(np.median(observed))
    low, high = (float(q) for q in np.quantile(observed, RANGE))
    values: Floats = np.linspace(low, high, POINTS)
    contrast = spline.basis(values / per) - spline.basis(np.array([reference / per]))
    log_odds = contrast @ beta
    half = NORMAL_95 * np.sqrt(np.einsum("ij,jk,ik->i", contrast, covariance, contrast))
    return EffectCurve(
        index=index,
        values=values,
        odds_ratio=np.exp(log_odds),
        lower=np.exp(log_odds - half),
        upper=np.exp(log_odds + half),
        reference=reference,
        knots=tuple(knot * per for knot in spline.knots),
        nonlinear=model.wald("nonlinear part", columns[1:]),
        observed=_histogram(
            observed, cohort.outcome[known], (float(observed.min()), float(observed.max()))
        ),
    )
