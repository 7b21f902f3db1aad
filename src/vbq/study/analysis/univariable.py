"""Univariable models: each predictor alone, in the patients in whom it is known."""

from dataclasses import dataclass

from vbq.errors import InputError
from vbq.stats.regression.terms import Design
from vbq.study.analysis.association import Association, fit_association
from vbq.study.analysis.imputed_tables import complete_cases
from vbq.study.cohort.cohort import Cohort


@dataclass(frozen=True)
class UnivariableModel:
    """The model of a single predictor.

    Attributes:
        name: Name of the predictor.
        label: Label of the predictor, for tables.
        association: The model; None where it cannot be fitted.
        reason: Why it cannot be fitted; empty where it can.
    """

    name: str
    label: str
    association: Association | None
    reason: str


def univariable_models(cohort: Cohort, design: Design) -> tuple[UnivariableModel, ...]:
    """Crude odds ratios of all predictors; they select nothing for the main model."""
    models = []
    for term in design.terms:
        single = design.restricted_to([term.name])
        try:
            fitted = fit_association(single, complete_cases(cohort, [term.name]))
            models.append(UnivariableModel(term.name, term.label, fitted, ""))
        except InputError as error:
            models.append(UnivariableModel(term.name, term.label, None, error.message))
    return tuple(models)
