"""The design matrix that a plan declares for its cohort."""

import numpy as np

from vbq.stats.regression.splines import restricted_cubic_spline
from vbq.stats.regression.terms import Design, Term
from vbq.study.cohort.cohort import Cohort
from vbq.study.plan.variable import Predictor


def design_of(cohort: Cohort) -> Design:
    """The design that the plan of a cohort declares.

    Knots are placed at quantiles of the observed values (Harrell FE. Regression Modeling
    Strategies, 2nd ed. Springer 2015, table 2.3).

    Raises:
        InputError: a predictor has too few different values for its spline.
    """
    plan = cohort.plan
    return Design(
        tuple(_term(predictor, cohort) for predictor in plan.predictors), plan.interactions
    )


def _term(predictor: Predictor, cohort: Cohort) -> Term:
    """The term that a declared predictor becomes in this cohort."""
    name, label, unit = predictor.name, predictor.label, predictor.unit
    if predictor.type != "continuous":
        levels = tuple(str(level) for level in predictor.levels or ())
        reference = levels[0]
        if predictor.type == "ordered" and predictor.reference is not None:
            reference = str(predictor.reference)
        return Term(name, label, unit, "categories", levels=levels, reference=reference)
    if predictor.transformation in ("linear", "log"):
        return Term(name, label, unit, predictor.transformation, predictor.per)
    values = cohort.table[name].to_numpy(np.float64)
    scaled = values[~np.isnan(values)] / predictor.per
    knots = restricted_cubic_spline(scaled, predictor.knots).knots
    return Term(name, label, unit, "spline", predictor.per, knots)
