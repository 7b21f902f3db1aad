"""The main model refitted: in a part of the patients, or under another assumption."""

from vbq.errors import InputError, RefusalError
from vbq.stats.regression.terms import Design
from vbq.study.analysis.association import Association, fit_association
from vbq.study.analysis.imputed_tables import Tables
from vbq.text import number_of


def too_few_events(parameters: int, n: int, events: int) -> str:
    """Why there are too few patients for a model; empty where there are enough.

    The rule of the check (`vbq.study.check.size`), which holds for every part of a study too: the
    rarer outcome must have more patients than the model has parameters.
    """
    rarer = min(events, n - events)
    if rarer > parameters:
        return ""
    outcome = "with" if rarer == events else "without"
    patients = f"{number_of(rarer, 'patient')} {outcome} the event"
    return f"{patients} for {number_of(parameters, 'parameter')}."


def refit(design: Design, tables: Tables) -> tuple[Association | None, str]:
    """Fit a model to tables.

    Returns:
        The model, None where it cannot be fitted; the reason, empty where it can.
    """
    reason = too_few_events(len(design.names), tables.n, tables.events)
    if reason:
        return None, reason
    try:
        return fit_association(design, tables), ""
    except (InputError, RefusalError) as error:
        return None, error.message
