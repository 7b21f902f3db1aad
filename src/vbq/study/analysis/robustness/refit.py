"""The main model made again: in a part of the patients, or with something done otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.errors import InputError, RefusalError
from vbq.study.analysis.association import fit_association
from vbq.text import number_of

if TYPE_CHECKING:
    from vbq.stats.regression.terms import Design
    from vbq.study.analysis.association import Association
    from vbq.study.analysis.imputed_tables import Tables

__all__ = ["refit", "too_few_events"]


def too_few_events(parameters: int, n: int, events: int) -> str:
    """Why a model is too large for its patients; empty where it is not.

    The rule of the check (`vbq.study.check.size`): no model where the rarer outcome has no more
    patients than the model has parameters. It holds for every part of a study too.
    """
    fewer = min(events, n - events)
    if fewer > parameters:
        return ""
    of = "with" if fewer == events else "without"
    return f"{number_of(fewer, 'patient')} {of} the event for {number_of(parameters, 'parameter')}."


def refit(design: Design, tables: Tables) -> tuple[Association | None, str]:
    """The model, None where it cannot be fitted; why not, empty where it can."""
    reason = too_few_events(len(design.names), tables.n, tables.events)
    if reason:
        return None, reason
    try:
        return fit_association(design, tables), ""
    except (InputError, RefusalError) as error:
        return None, error.message
