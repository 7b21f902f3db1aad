"""Phrases about follow-up, which tables, methods and checklist share."""

from vbq.report.study.labels import patients_and_events
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.time_to_event import TimeToEvent
from vbq.text import fixed, number_of


def follow_up_range(follow_up: TimeToEvent) -> str:
    """``median 3.2 years, quartiles 2.0 and 4.0``."""
    first, third = (fixed(year, 1) for year in follow_up.quartiles)
    return f"median {fixed(follow_up.median_follow_up, 1)} years, quartiles {first} and {third}"


def event_free_patients(analysis: Analysis) -> str:
    """The patients who need a minimum follow-up: not those who died, if deaths are dated."""
    if analysis.plan.dates.competing:
        return "patients with neither the event nor a competing event"
    return "patients without the event"


def short_follow_up_note(analysis: Analysis) -> str:
    """That analyses of time include patients whom the main model excludes; empty if they do not."""
    follow_up, main = analysis.time_to_event, analysis.multivariable
    if follow_up is None or not follow_up.short:
        return ""
    curve, years = follow_up.incidence, analysis.plan.dates.minimum_follow_up_years
    return (
        f"Analyses of time include {patients_and_events(curve.n, curve.events)}: among them are "
        f"the {follow_up.short:,} {event_free_patients(analysis)} who were followed for less than "
        f"{years:g} years. The main model (n = {main.n:,}) excludes those, which raises its risks."
    )


def reimputation_note(analysis: Analysis) -> str:
    """That missing values were imputed again for models of time; empty if they were not."""
    follow_up = analysis.time_to_event
    if follow_up is None or not follow_up.short or follow_up.imputations == 1:
        return ""
    return (
        f"For the models of time, missing values in these {follow_up.incidence.n:,} patients were "
        f"re-imputed, {follow_up.imputations} times."
    )


def event_free_note(analysis: Analysis) -> str:
    """Who counts as without the event in the main model, which ignores time; empty without dates.

    Deaths and short follow-up would otherwise be hidden in that group.
    """
    follow_up = analysis.time_to_event
    if follow_up is None:
        return ""
    sentences = []
    if follow_up.competing:
        patients = number_of(follow_up.competing, "patient")
        are = "is" if follow_up.competing == 1 else "are"
        sentences.append(
            f"{patients} with a competing event, such as death, before the event {are} counted as "
            "without the event in the main model."
        )
    if follow_up.event_free is not None:
        shortest, longest = (fixed(year, 1) for year in follow_up.event_free)
        including = ", including these," if follow_up.competing else ""
        sentences.append(
            f"Patients without the event{including} were followed for {shortest} to {longest} "
            "years, a difference that the main model ignores."
        )
    return " ".join(sentences)
