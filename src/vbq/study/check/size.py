"""Whether a cohort is large enough for the model that is planned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.finding import Finding
from vbq.stats.design.sample_size import sample_size_binary

if TYPE_CHECKING:
    from vbq.study.cohort.cohort import Cohort

__all__ = ["FEW_EVENTS", "Size", "check_size", "size_of"]

FEWEST_PATIENTS = 20
# explained share of what could be explained, where nothing is known: Riley RD et al. BMJ
# 2020;368:m441, doi 10.1136/bmj.m441
NAGELKERKE = 0.15
FEW_EVENTS = 10  # a parameter: the rule of thumb that reviewers ask for


@dataclass(frozen=True, slots=True)
class Size:
    """How large a cohort is, beside how large its model is.

    Attributes:
        n: Patients.
        events: With the event.
        parameters: Candidate coefficients of the model, the intercept not counted.
        events_per_parameter: The fewer of events and non-events, by parameters.
        needed: Riley's minimum of patients for a new model with as many parameters, this share of
            events and a Nagelkerke R² of 0.15; None where there is one outcome only.
    """

    n: int
    events: int
    parameters: int
    events_per_parameter: float
    needed: int | None


def size_of(cohort: Cohort) -> Size:
    """The size of a cohort and of its planned model."""
    parameters = cohort.plan.parameters
    fewer = min(cohort.events, cohort.n - cohort.events)
    needed = _needed(cohort.events / max(cohort.n, 1), parameters)
    ratio = fewer / max(parameters, 1)
    return Size(cohort.n, cohort.events, parameters, ratio, needed)


def check_size(size: Size) -> list[Finding]:
    """Too few patients, too few events, only one outcome."""
    n, events, parameters = size.n, size.events, size.parameters
    fewer = min(events, n - events)
    found = []
    if n < FEWEST_PATIENTS:
        message = f"Only {n} patients: no model can be fitted to fewer than {FEWEST_PATIENTS}."
        found.append(Finding("too_few_patients", "refuse", message))
    if fewer == 0 and n:
        who = "Everybody" if events else "Nobody"
        message = (
            f"{who} has the event: there is nothing to predict. Check outcome.column and "
            "outcome.event in the plan."
        )
        found.append(Finding("one_class", "refuse", message))
    elif fewer <= parameters:
        message = (
            f"{fewer} {'events' if fewer == events else 'patients without the event'} for "
            f"{parameters} candidate parameters: the model cannot be fitted. Declare fewer "
            "predictors, or simpler ones."
        )
        found.append(Finding("too_many_parameters", "refuse", message))
    elif size.events_per_parameter < FEW_EVENTS:
        message = (
            f"{size.events_per_parameter:.1f} events per candidate parameter ({fewer} for "
            f"{parameters}); reviewers ask for {FEW_EVENTS} or more. Expect much optimism."
        )
        found.append(Finding("few_events", "caution", message))
    if (
        size.needed is not None
        and n < size.needed
        and not any(one.severity == "refuse" for one in found)
    ):
        message = (
            f"{n:,} patients for {parameters} candidate parameters: Riley's criteria ask for "
            f"{size.needed:,} (Nagelkerke R² 0.15). Expect optimism; declare fewer or simpler "
            "predictors, and report the corrected performance."
        )
        found.append(Finding("riley", "caution", message))
    return found


def _needed(prevalence: float, parameters: int) -> int | None:
    """Riley's minimum, for a model that explains as much as may be assumed of an unknown one."""
    if not (parameters and 0 < prevalence < 1):
        return None
    null = prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)
    highest = -math.expm1(2 * null)  # Cox-Snell R² of a perfect model
    return sample_size_binary(prevalence, parameters, r2=NAGELKERKE * highest).n
