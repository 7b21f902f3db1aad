"""How models, predictors, the outcome and groups of patients are called throughout a report."""

import textwrap

from vbq.stats.performance.measures import PerformanceMeasure
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.time_to_event import TimeModelKind
from vbq.text import NOT_ESTIMABLE, fixed, listed

RATIO_NAMES: dict[TimeModelKind, str] = {
    "cox": "hazard ratio",
    "fine_gray": "subdistribution hazard ratio",
    "horizon": "odds ratio",
}
"""What the exponentiated coefficients of a model of time are called."""


STATISTIC_SYMBOLS = {"chi-squared": "χ²", "F": "F"}
"""The symbol of a test statistic, by its distribution."""


def outcome_label(analysis: Analysis) -> str:
    """The outcome as the plan calls it."""
    return analysis.plan.outcome.label or analysis.plan.outcome.column


def index_label(analysis: Analysis) -> str:
    """The index predictor as the plan calls it; empty if the plan names none."""
    index = analysis.plan.index
    return analysis.plan.predictor(index).label if index else ""


def variable_labels(analysis: Analysis) -> dict[str, str]:
    """The label of every variable of the plan by its name."""
    return {variable.name: variable.label for variable in analysis.plan.variables}


def model_label(analysis: Analysis, model: str) -> str:
    """A key of `AddedValue.models`, with the labels of the plan."""
    index = index_label(analysis)
    comparators = listed(analysis.plan.predictor(name).label for name in analysis.plan.comparators)
    return {
        "full": "All predictors",
        "without the index": f"All predictors except {index}",
        "index": f"{index} alone",
        "comparators": f"{comparators} alone",
        "comparators and index": f"{comparators} with {index}",
    }[model]


def source_table_size(analysis: Analysis) -> str:
    """The number of rows of the study's table, such as ``420 patients and controls``."""
    controls = analysis.plan.controls
    includes_controls = controls is not None and controls.column is not None
    return f"{analysis.flow[0].n:,} patients{' and controls' if includes_controls else ''}"


def patients_and_events(n: int, events: int) -> str:
    """``121 patients, 44 with the event``."""
    return f"{n:,} patients, {events:,} with the event"


def sample_size(n: int, events: int) -> str:
    """``n = 121, 44 events``."""
    return f"n = {n:,}, {events:,} events"


def wrapped(text: str, letters: int, lines: int = 3) -> str:
    """Text broken into lines of at most so many letters, and cut short after so many lines."""
    return "\n".join(
        textwrap.wrap(text, letters, max_lines=lines, placeholder=" …", break_on_hyphens=False)
    )


def corrected_measure(measure: PerformanceMeasure, decimals: int = 2) -> str:
    """A measure corrected for optimism; "not estimable" if its value depends on the seed."""
    return NOT_ESTIMABLE if measure.expected is None else fixed(measure.expected, decimals)
