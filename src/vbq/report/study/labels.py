"""What models, indices, the outcome and cohorts are called: in tables, figures and sentences."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from vbq.text import NOT_ESTIMABLE, fixed, listed

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.performance.performance import PerformanceIndex

__all__ = [
    "in_the_table",
    "index_label",
    "model_label",
    "outcome_label",
    "people",
    "settled",
    "wrapped",
]


def outcome_label(analysis: Analysis) -> str:
    """The outcome as the plan calls it."""
    return analysis.plan.outcome.label or analysis.plan.outcome.column


def index_label(analysis: Analysis) -> str:
    """The index predictor as the plan calls it; empty where there is none."""
    index = analysis.plan.index
    return analysis.plan.predictor(index).label if index else ""


def model_label(analysis: Analysis, model: str) -> str:
    """A model of `AddedValue.models`, in the words of the plan."""
    index = index_label(analysis)
    others = listed(analysis.plan.predictor(name).label for name in analysis.plan.comparators)
    return {
        "full": "All predictors",
        "without the index": f"All predictors but {index}",
        "index": f"{index} alone",
        "comparators": f"{others} alone",
        "comparators and index": f"{others} with {index}",
    }[model]


def in_the_table(analysis: Analysis) -> str:
    """How many stood in the study's table, such as ``420 patients and controls``."""
    controls = analysis.plan.controls
    marked = controls is not None and controls.column is not None
    return f"{analysis.flow[0].n:,} patients{' and controls' if marked else ''}"


def people(n: int, events: int) -> str:
    """``121 patients, 44 with the event``."""
    return f"{n:,} patients, {events:,} with the event"


def wrapped(text: str, letters: int, lines: int = 3) -> str:
    """Broken into lines of so many letters, and cut short after so many lines."""
    return "\n".join(
        textwrap.wrap(text, letters, max_lines=lines, placeholder=" …", break_on_hyphens=False)
    )


def settled(index: PerformanceIndex) -> str:
    """What is expected in new patients; in words where that depends on the seed."""
    return NOT_ESTIMABLE if index.expected is None else fixed(index.expected, 2)
