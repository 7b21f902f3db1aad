"""The report in order: what stands in it, the same for the page and for Word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vbq.report.page import RESEARCH_USE
from vbq.report.study import conclusions, methods, tripod
from vbq.report.study.labels import outcome_label
from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables.comparison import added_value, net_benefit_change, reclassified
from vbq.report.study.tables.controls import controls
from vbq.report.study.tables.follow_up import incidence, time_models
from vbq.report.study.tables.missing import missing_patterns, missing_values
from vbq.report.study.tables.odds_ratios import (
    complete_cases,
    equation,
    models,
    whole_predictors,
)
from vbq.report.study.tables.patients import flow, size, table_one
from vbq.report.study.tables.performance import calibration, net_benefit, optimism, performance
from vbq.report.study.tables.record import findings, made_with, plan_text
from vbq.report.study.tables.stability import (
    left_out,
    measurement_error,
    scanners,
    sensitivity,
    subgroups,
)
from vbq.text import count_of, one_line, percent, ratio_interval, with_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.report.study.report_figure import ReportFigure
    from vbq.study.analysis.analysis import Analysis

__all__ = ["KeyFigure", "Report", "Section", "compose"]


@dataclass(frozen=True)
class KeyFigure:
    """One of the large numbers on the first page.

    Attributes:
        value: The number.
        name: What it is.
        detail: Its interval, or what it is of.
    """

    value: str
    name: str
    detail: str


@dataclass(frozen=True)
class Section:
    """One section.

    Attributes:
        title: Its heading.
        paragraphs: Before everything else.
        figures: Then these.
        tables: Then these.
        code: Then this text, as it stands.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    figures: tuple[ReportFigure, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    code: str = ""


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        title: Of the plan.
        simulated: Whether every page says that the patients are simulated.
        key_figures: Large, on the first page.
        summary: Sentences on the first page.
        first_figures: On the first page.
        cautions: Findings of the check that a reviewer would ask about.
        sections: In order.
        software: Name and version.
        footer: On what the report is not.
    """

    title: str
    simulated: bool
    key_figures: tuple[KeyFigure, ...]
    summary: tuple[str, ...]
    first_figures: tuple[ReportFigure, ...]
    cautions: tuple[str, ...]
    sections: tuple[Section, ...]
    software: str
    footer: str

    @property
    def tables(self) -> tuple[ReportTable, ...]:
        """All tables in order."""
        return tuple(table for section in self.sections for table in section.tables)

    @property
    def figures(self) -> tuple[ReportFigure, ...]:
        """All figures in order."""
        others = (figure for section in self.sections for figure in section.figures)
        return (*self.first_figures, *others)


def compose(analysis: Analysis, figures: Sequence[ReportFigure]) -> Report:
    """Put an analysis and its figures in the order in which a paper tells them."""
    left = {
        one.name: replace(one, title=one_line(one.title), caption=one_line(one.caption))
        for one in figures
    }

    def of(*names: str) -> tuple[ReportFigure, ...]:
        return tuple(left.pop(name) for name in names if name in left)

    plan, first = analysis.plan, of("flow")
    sections = [
        Section("Patients", (), (),
                _some(table_one(analysis), flow(analysis), size(analysis))),
        Section("Missing data", (_missing(analysis),), (),
                _some(missing_values(analysis), missing_patterns(analysis))),
        Section("Predictors of the event", _model(analysis), of("odds_ratios", "effect"),
                _some(models(analysis), complete_cases(analysis), whole_predictors(analysis),
                      equation(analysis))),
        Section("Performance of the model", (), of("roc", "calibration"),
                _some(performance(analysis), optimism(analysis), calibration(analysis))),
        _section(_versus(analysis),
                 "The plan names no index, or nothing to compare it with.",
                 added_value(analysis), net_benefit_change(analysis), reclassified(analysis)),
        Section("Net benefit", (), of("decision"), _some(net_benefit(analysis))),
        _section("Subgroups", "The plan declares no subgroups, or no index to look at in them.",
                 subgroups(analysis), figures=of("subgroups")),
        _section("Scanners", "The plan names no site, scanner or field strength.",
                 scanners(analysis), left_out(analysis)),
        _section("Sensitivity", "There was no other way to make the analysis: nothing imputed, no "
                 "scanner named that is no predictor already, no flagged readings.",
                 sensitivity(analysis)),
        _section("Measurement error", "The plan gives no reliability of the index.",
                 measurement_error(analysis)),
        _section("Time to the event", "The plan names no dates of the event and no length of "
                 "follow-up, or none is known: the event is taken as occurring at any time.",
                 incidence(analysis), time_models(analysis)),
        _section("Controls", "The plan has no controls.", controls(analysis)),
        Section("The model as a nomogram", (), of("nomogram")),
        Section("Findings of the check", (), (), _some(findings(analysis))),
        Section("Methods, as they were really run",
                tuple(one_line(paragraph) for paragraph in methods.methods(analysis))),
        Section("The plan as it was run", (
            ("Types, levels and references are those found in the data; what is not shown has its "
            "default."),), code=plan_text(analysis)),
        Section("Software and data", (), (), _some(made_with(analysis))),
        Section("TRIPOD+AI checklist", (("What the run can answer is answered; the rest is left "
                "for the authors."),), (), _some(_checklist(analysis))),
    ]  # fmt: skip
    if left:
        sections.insert(-5, Section("Further figures", (), tuple(left.values())))
    return Report(
        title=one_line(plan.title),
        simulated=analysis.simulated,
        key_figures=_key_figures(analysis),
        summary=tuple(one_line(sentence) for sentence in conclusions.summary(analysis)),
        first_figures=first,
        cautions=tuple(one_line(f.message) for f in analysis.findings if f.severity == "caution"),
        sections=tuple(s for s in sections if s.paragraphs or s.figures or s.tables or s.code),
        software=analysis.software,
        footer=RESEARCH_USE,
    )


def _some(*tables: ReportTable | None) -> tuple[ReportTable, ...]:
    return tuple(table for table in tables if table is not None)


def _section(
    title: str, otherwise: str, *tables: ReportTable | None, figures: tuple[ReportFigure, ...] = ()
) -> Section:
    """A section with its tables, or with the sentence that says why it has none."""
    kept = _some(*tables)
    return Section(title, () if kept else (otherwise,), figures, kept)


def _versus(analysis: Analysis) -> str:
    plan = analysis.plan
    if plan.index is None or not plan.comparators:
        return "What the index adds"
    others = " and ".join(plan.predictor(name).label for name in plan.comparators)
    return one_line(f"{plan.predictor(plan.index).label} against and on top of {others}")


def _key_figures(analysis: Analysis) -> tuple[KeyFigure, ...]:
    size, main = analysis.size, analysis.multivariable
    found = [
        KeyFigure(
            f"{size.n:,}",
            "patients",
            one_line(f"{count_of(size.events, size.n)} with the event: {outcome_label(analysis)}"),
        )
    ]
    name = analysis.plan.index
    index = [e for e in main.estimates if e.predictor == name]
    if main.index is not None and len(index) == 1 and not main.index.interacts:
        one = index[0]
        found.append(
            KeyFigure(
                ratio_interval(one.odds_ratio, None),
                one_line(f"odds ratio of {one.label}, {one.compared}, adjusted"),
                f"95 % CI {ratio_interval(one.odds_ratio, one.interval).split(' ', 1)[1]}, "
                f"{one.interval_method}; n = {main.n:,}, {main.events:,} events",
            )
        )
    full = analysis.added_value.models["full"]
    corrected, apparent = full["auc"].corrected, full.discrimination
    found.append(
        KeyFigure(
            with_interval(corrected, None),
            "AUC of all predictors, corrected for optimism",
            f"apparent {with_interval(apparent.estimate, apparent.interval)}",
        )
    )
    return tuple(found)


def _missing(analysis: Analysis) -> str:
    missing = analysis.missing
    if missing.headline == "imputed":
        return (
            f"The main results are of all {analysis.multivariable.n:,} patients, the missing "
            f"values imputed {missing.imputations} times by chained equations. Complete cases "
            f"alone would lose {percent(missing.lost)} of them; they are shown beside."
        )
    if missing.headline == "complete cases":
        return (
            f"The main results are of complete cases: {percent(missing.lost)} of the patients "
            "with a missing value are left out, as the plan says."
        )
    return "No value of a predictor is missing in the patients of the main model."


def _model(analysis: Analysis) -> tuple[str, ...]:
    main = analysis.multivariable
    if not main.separated:
        return ()
    why = "Odds ratios are of Firth's penalised likelihood, finite where the usual ones are not."
    return (f"{one_line(main.separated)} {why}",)


def _checklist(analysis: Analysis) -> ReportTable:
    items = tripod.checklist(analysis)
    return ReportTable(
        name="tripod_ai",
        title="TRIPOD+AI (Collins GS et al. BMJ 2024;385:e078378)",
        header=("Item", "Section", "Asks for", "Where", "What the run says"),
        rows=tuple((i.number, i.section, i.item, i.where, i.what) for i in items),
    )
