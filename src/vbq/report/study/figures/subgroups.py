"""Forest plot of the index in subgroups, with the test of interaction."""

from collections.abc import Iterator

from vbq.report.study.figures.forest import Row, draw_forest_plot
from vbq.report.study.report_figure import Drawing
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.association import Association
from vbq.study.analysis.estimates import IndexEvidence
from vbq.text import n_events, p_value

DECLARED_INTERACTION = (
    "If the plan declares an interaction of the index with a subgroup variable, that interaction "
    "of the main model is tested."
)


def draw_subgroups(analysis: Analysis) -> Drawing | None:
    """The index in all patients and in each subgroup; None if no subgroup has an odds ratio."""
    if not analysis.subgroups:
        return None
    main = analysis.multivariable
    index = main.index
    assert index is not None  # subgroups are analysed only for an index
    rows = _rows("All patients", main.n, main.events, main)
    for group in analysis.subgroups:
        p = p_value(group.interaction.p) if group.interaction else "not tested"
        rows.append(Row(group.label, heading=True, p=p))
        for part in group.parts:
            name = part.name.removeprefix(group.label).lstrip(": ")
            rows += _rows(f"   {name}", part.n, part.events, part.association)
    if not any(contrast for row in rows for contrast in row.contrasts):
        return None
    return Drawing(
        "subgroups",
        f"Association of {index.label} with the event in subgroups",
        " ".join(_caption(analysis, index)),
        draw_forest_plot(
            rows,
            series=("",),
            heading="Subgroup",
            p_heading="p, interaction",
            simulated=analysis.simulated,
        ),
    )


def _caption(analysis: Analysis, index: IndexEvidence) -> Iterator[str]:
    compared = f" ({index.contrasts[0].compared})" if len(index.contrasts) == 1 else ""
    yield f"Odds ratio of {index.label}{compared}, adjusted for all other predictors except the"
    yield "one that defines the subgroup."
    tests = {g.interaction.method for g in analysis.subgroups if g.interaction}
    method = f" ({tests.pop()})" if len(tests) == 1 else ""
    yield f"p: test of interaction{method}, not adjusted for the number of subgroups."
    yield "An association in one subgroup and none in another does not show that they differ."
    if index.interacts:
        yield f"In an interaction {index.label} has no single odds ratio. {DECLARED_INTERACTION}"


def _rows(name: str, n: int, events: int, association: Association | None) -> list[Row]:
    """One row, or one for each comparison of the index if there are several."""
    count = n_events(n, events)
    if association is None:
        return [Row(name, count, (None,))]
    evidence = association.index
    assert evidence is not None  # subgroups are analysed only for an index
    if evidence.interacts:
        return [Row(name, count, (None,), no_ratio="no single ratio")]
    several = len(evidence.contrasts) > 1
    return [
        Row(f"{name}, {c.compared}" if several else name, count, (c,), p=" ")
        for c in evidence.contrasts
    ]
