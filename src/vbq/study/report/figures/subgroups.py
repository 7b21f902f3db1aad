"""Forest plot of the index in subgroups, with the test of interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.study.report.figures.canvas import Drawing
from vbq.study.report.figures.contrasts import contrasts
from vbq.study.report.figures.forest import Row, draw_rows
from vbq.study.report.figures.labels import index_label
from vbq.study.report.words import n_events, p_value

if TYPE_CHECKING:
    from vbq.study.analysis.association import Association
    from vbq.study.analysis.document import Analysis

__all__ = ["draw_subgroups"]


def draw_subgroups(analysis: Analysis) -> Drawing | None:
    """The index in each part, below the whole; None where no subgroups are declared."""
    if not analysis.subgroups:
        return None
    main = analysis.multivariable
    rows = _rows(analysis, "All patients", main.n, main.events, main)
    for group in analysis.subgroups:
        p = p_value(group.interaction.p) if group.interaction else "not tested"
        rows.append(Row(group.label, heading=True, p=p))
        for part in group.parts:
            name = part.name.removeprefix(group.label).lstrip(": ")
            rows += _rows(analysis, f"   {name}", part.n, part.events, part.association)
    tests = {g.interaction.method for g in analysis.subgroups if g.interaction}
    compared = next(
        c.compared for c in contrasts(analysis, main) if c.predictor == analysis.plan.index
    )
    return Drawing(
        "subgroups",
        f"{index_label(analysis)} in subgroups",
        f"Odds ratio of {index_label(analysis)} ({compared}), adjusted for the other predictors "
        "but the one that makes the subgroup. p: of the interaction"
        f"{f' ({tests.pop()})' if len(tests) == 1 else ''}, not adjusted for the number of "
        "subgroups. An effect in one part and none in another is no difference between them.",
        draw_rows(
            rows,
            series=("",),
            first="Subgroup",
            p_name="p, interaction",
            simulated=analysis.simulated,
        ),
    )


def _rows(
    analysis: Analysis, name: str, n: int, events: int, association: Association | None
) -> list[Row]:
    """One row, or one a level where the index has several."""
    count = n_events(n, events)
    if association is None:
        return [Row(name, count, (None,))]
    found = [c for c in contrasts(analysis, association) if c.predictor == analysis.plan.index]
    several = len(found) > 1
    return [Row(f"{name}, {c.compared}" if several else name, count, (c,), p=" ") for c in found]
