"""Whether a cohort is large enough for the model that is planned."""

import math
from dataclasses import dataclass

from vbq.finding import Finding, any_refusal
from vbq.stats.design.sample_size import sample_size_binary
from vbq.study.cohort.cohort import Cohort
from vbq.text import fixed, number_of

MIN_PATIENTS = 20
# Nagelkerke R² that may be assumed where nothing is known: Riley RD et al. BMJ 2020;368:m441,
# doi 10.1136/bmj.m441
NAGELKERKE = 0.15
FEW_EVENTS = 10  # events per parameter: the rule of thumb that reviewers apply


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a cohort against that of its model.

    Attributes:
        n: Number of patients.
        events: Patients with the event.
        parameters: Candidate coefficients of the model, the intercept not counted.
        events_per_parameter: The fewer of events and non-events, divided by the parameters.
        needed: Riley's minimum number of patients for a new model with as many parameters, this
            share of events and a Nagelkerke R² of 0.15; None where all have the same outcome.
    """

    n: int
    events: int
    parameters: int
    events_per_parameter: float
    needed: int | None


def size_of(cohort: Cohort) -> Size:
    """The size of a cohort and of its planned model."""
    parameters = cohort.plan.parameters
    rarer = min(cohort.events, cohort.n - cohort.events)
    needed = _riley_minimum(cohort.events / max(cohort.n, 1), parameters)
    return Size(cohort.n, cohort.events, parameters, rarer / max(parameters, 1), needed)


def check_size(size: Size) -> list[Finding]:
    """Too few patients, too few events, only one outcome."""
    n, events, parameters = size.n, size.events, size.parameters
    rarer = min(events, n - events)
    findings = []
    if n < MIN_PATIENTS:
        message = f"Only {n} patients: a model requires at least {MIN_PATIENTS}."
        findings.append(Finding("too_few_patients", "refuse", message))
    if rarer == 0 and n:
        subject = "All patients have" if events else "No patient has"
        message = (
            f"{subject} the event: there is nothing to predict. Check outcome.column and "
            "outcome.event in the plan."
        )
        findings.append(Finding("one_class", "refuse", message))
    elif rarer <= parameters:
        outcome = "event" if rarer == events else "patient without the event"
        plural = "events" if rarer == events else "patients without the event"
        message = (
            f"{number_of(rarer, outcome, plural)} for "
            f"{number_of(parameters, 'candidate parameter')}: the model cannot be fitted. Declare "
            "fewer or simpler predictors."
        )
        findings.append(Finding("too_many_parameters", "refuse", message))
    elif size.events_per_parameter < FEW_EVENTS:
        message = (
            f"{fixed(size.events_per_parameter, 1)} events per candidate parameter ({rarer} for "
            f"{parameters}); reviewers expect at least {FEW_EVENTS}. Expect considerable optimism."
        )
        findings.append(Finding("few_events", "caution", message))
    if size.needed is not None and n < size.needed and not any_refusal(findings):
        message = (
            f"{n:,} patients for {number_of(parameters, 'candidate parameter')}: Riley's criteria "
            f"require {size.needed:,} (assuming a Nagelkerke R² of {NAGELKERKE}). Expect optimism; "
            "declare fewer or simpler predictors, and report the optimism-corrected performance."
        )
        findings.append(Finding("riley", "caution", message))
    return findings


def _riley_minimum(prevalence: float, parameters: int) -> int | None:
    """Riley's minimum, for a model that explains as much as may be assumed of an unknown one."""
    if not (parameters and 0 < prevalence < 1):
        return None
    null = prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)
    highest = -math.expm1(2 * null)  # Cox-Snell R² of a perfect model
    return sample_size_binary(prevalence, parameters, r2=NAGELKERKE * highest).n
