"""Each predictor alone, in the patients of whom it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.errors import InputError
from vbq.study.analysis.association import Association, fit_association
from vbq.study.analysis.imputed_tables import complete_cases

if TYPE_CHECKING:
    from vbq.stats.regression.terms import Design
    from vbq.study.cohort.cohort import Cohort

__all__ = ["UnivariableModel", "univariable_models"]


@dataclass(frozen=True)
class UnivariableModel:
    """A predictor by itself.

    Attributes:
        name: Of the predictor.
        label: In tables.
        association: Its model; None where none can be fitted.
        reason: Why not; empty where there is one.
    """

    name: str
    label: str
    association: Association | None
    reason: str


def univariable_models(cohort: Cohort, design: Design) -> tuple[UnivariableModel, ...]:
    """Crude odds ratios. They choose nothing: every declared predictor stays in the model."""
    found = []
    for term in design.terms:
        single = design.restricted_to([term.name])
        try:
            fitted = fit_association(single, complete_cases(cohort, [term.name]))
            found.append(UnivariableModel(term.name, term.label, fitted, ""))
        except InputError as error:
            found.append(UnivariableModel(term.name, term.label, None, error.message))
    return tuple(found)
