"""Forest plot of the index in subgroups, with the test of interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.figures.forest import Row, draw_rows
from vbq.report.study.report_figure import Drawing
from vbq.text import n_events, p_value

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.association import Association

__all__ = ["DECLARED", "draw_subgroups"]

DECLARED = (
    "Where the plan declares the product of index and subgroup, that product of the main model is "
    "the interaction tested."
)


def draw_subgroups(analysis: Analysis) -> Drawing | None:
    """The index in each part, below the whole; None without subgroups, or any odds ratio in one."""
    if not analysis.subgroups:
        return None
    main = analysis.multivariable
    index = main.index
    assert index is not None  # without one there are no subgroups
    rows = _rows("All patients", main.n, main.events, main)
    for group in analysis.subgroups:
        p = p_value(group.interaction.p) if group.interaction else "not tested"
        rows.append(Row(group.label, heading=True, p=p))
        for part in group.parts:
            name = part.name.removeprefix(group.label).lstrip(": ")
            rows += _rows(f"   {name}", part.n, part.events, part.association)
    if not any(one for row in rows for one in row.found):
        return None
    tests = {g.interaction.method for g in analysis.subgroups if g.interaction}
    compared = f" ({index.contrasts[0].compared})" if len(index.contrasts) == 1 else ""
    crossed = f" In an interaction {index.label} has no single odds ratio. {DECLARED}"
    return Drawing(
        "subgroups",
        f"{index.label} in subgroups",
        f"Odds ratio of {index.label}{compared}, adjusted for the other predictors but the one "
        "that makes the subgroup. p: of the interaction"
        f"{f' ({tests.pop()})' if len(tests) == 1 else ''}, not adjusted for the number of "
        "subgroups. An effect in one part and none in another is no difference between them."
        f"{crossed if index.interacts else ''}",
        draw_rows(
            rows,
            series=("",),
            first="Subgroup",
            p_name="p, interaction",
            simulated=analysis.simulated,
        ),
    )


def _rows(name: str, n: int, events: int, association: Association | None) -> list[Row]:
    """One row, or one a level where the index has several."""
    count = n_events(n, events)
    if association is None:
        return [Row(name, count, (None,))]
    evidence = association.index
    assert evidence is not None  # without an index there are no subgroups
    if evidence.interacts:
        return [Row(name, count, (None,), otherwise="no single ratio")]
    several = len(evidence.contrasts) > 1
    return [
        Row(f"{name}, {c.compared}" if several else name, count, (c,), p=" ")
        for c in evidence.contrasts
    ]
