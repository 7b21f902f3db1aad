"""The report section by section, the same for the page and for Word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vbq.report.page import RESEARCH_USE
from vbq.report.study import conclusions, methods, tripod
from vbq.report.study.labels import index_label, outcome_label, sample_size
from vbq.report.study.report_figure import ReportFigure
from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables.added_value import added_value, net_benefit_change, reclassification
from vbq.report.study.tables.controls import controls
from vbq.report.study.tables.follow_up import incidence, time_models
from vbq.report.study.tables.missing_data import missing_patterns, missing_values
from vbq.report.study.tables.odds_ratios import (
    complete_cases,
    full_model,
    joint_tests,
    odds_ratios,
)
from vbq.report.study.tables.patients import flow, study_size, table_one
from vbq.report.study.tables.performance import (
    calibration_measures,
    net_benefit,
    optimism,
    performance,
)
from vbq.report.study.tables.provenance import findings, plan_text, software_and_data
from vbq.report.study.tables.robustness import (
    leave_one_group_out,
    measurement_error,
    scanners,
    sensitivity,
    subgroups,
)
from vbq.study.analysis.analysis import Analysis
from vbq.text import (
    count_of,
    fixed,
    listed,
    one_line,
    percent,
    ratio,
    ratio_limits,
    with_interval,
)

if TYPE_CHECKING:
    Place = Callable[..., tuple[ReportFigure, ...]]


@dataclass(frozen=True)
class KeyFigure:
    """One of the large numbers on the first page.

    Attributes:
        value: The number.
        name: Name of the quantity.
        detail: Its interval or denominator.
    """

    value: str
    name: str
    detail: str


@dataclass(frozen=True)
class Section:
    """One section.

    Attributes:
        title: Heading of the section.
        paragraphs: Text at its beginning.
        figures: Figures after the text.
        tables: Tables after the figures.
        code: Verbatim text at its end.
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
        title: Title of the plan.
        simulated: Whether every page says that the patients are simulated.
        key_figures: The large numbers on the first page.
        summary: Conclusions on the first page.
        first_figures: Figures on the first page.
        cautions: Findings of the check that a reviewer would raise.
        sections: The sections in order.
        software: Name and version of the software.
        footer: What the report must not be used for.
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
        later = (figure for section in self.sections for figure in section.figures)
        return (*self.first_figures, *later)


def compose(analysis: Analysis, figures: Sequence[ReportFigure]) -> Report:
    """Arrange an analysis and its figures in the order of a paper."""
    unplaced = {
        figure.name: replace(figure, title=one_line(figure.title), caption=one_line(figure.caption))
        for figure in figures
    }

    def place(*names: str) -> tuple[ReportFigure, ...]:
        return tuple(unplaced.pop(name) for name in names if name in unplaced)

    first_figures = place("flow")
    sections = [
        *_patients(analysis),
        *_models(analysis, place),
        *_robustness(analysis, place),
        *_record(analysis),
    ]
    if unplaced:
        sections.insert(-5, Section("Further figures", figures=tuple(unplaced.values())))
    return Report(
        title=one_line(analysis.plan.title),
        simulated=analysis.simulated,
        key_figures=tuple(_key_figures(analysis)),
        summary=tuple(one_line(sentence) for sentence in conclusions.summary(analysis)),
        first_figures=first_figures,
        cautions=tuple(one_line(f.message) for f in analysis.findings if f.severity == "caution"),
        sections=tuple(s for s in sections if s.paragraphs or s.figures or s.tables or s.code),
        software=analysis.software,
        footer=RESEARCH_USE,
    )


def _patients(analysis: Analysis) -> Iterator[Section]:
    yield Section("Patients", tables=(table_one(analysis), flow(analysis), study_size(analysis)))
    yield Section(
        "Missing data",
        (_missing_data(analysis),),
        tables=_available(missing_values(analysis), missing_patterns(analysis)),
    )


def _models(analysis: Analysis, place: Place) -> Iterator[Section]:
    yield Section(
        "Predictors of the event",
        _separation(analysis),
        place("odds_ratios", "effect"),
        _available(
            odds_ratios(analysis),
            complete_cases(analysis),
            joint_tests(analysis),
            full_model(analysis),
        ),
    )
    yield Section(
        "Performance of the model",
        figures=place("roc", "calibration"),
        tables=(performance(analysis), optimism(analysis), calibration_measures(analysis)),
    )
    yield _optional_section(
        _comparison_title(analysis),
        "The plan names no index, or nothing to compare it with.",
        added_value(analysis),
        net_benefit_change(analysis),
        reclassification(analysis),
    )
    yield Section("Net benefit", figures=place("decision"), tables=(net_benefit(analysis),))


def _robustness(analysis: Analysis, place: Place) -> Iterator[Section]:
    yield _optional_section(
        "Subgroups",
        "The plan declares no subgroups, or no index to analyse in them.",
        subgroups(analysis),
        figures=place("subgroups"),
    )
    yield _optional_section(
        "Scanners",
        "The plan names no site, scanner or field strength.",
        scanners(analysis),
        leave_one_group_out(analysis),
    )
    yield _optional_section(
        "Sensitivity analyses",
        "No sensitivity analysis applied: nothing was imputed, no scanner was named that is not "
        "already a predictor, and no readings were flagged.",
        sensitivity(analysis),
    )
    yield _optional_section(
        "Measurement error",
        "The plan gives no reliability of the index.",
        measurement_error(analysis),
    )
    yield _optional_section(
        "Time to the event",
        "The plan names neither dates of the event nor a length of follow-up, or none is known: "
        "the event is analysed as occurring at any time.",
        incidence(analysis),
        time_models(analysis),
    )
    yield _optional_section("Controls", "The plan has no controls.", controls(analysis))
    yield Section("Nomogram", figures=place("nomogram"))


def _record(analysis: Analysis) -> Iterator[Section]:
    yield Section(tripod.FINDINGS, tables=(findings(analysis),))
    yield Section(
        tripod.METHODS, tuple(one_line(paragraph) for paragraph in methods.methods(analysis))
    )
    yield Section(
        tripod.PLAN,
        ("Types, levels and references as found in the data; omitted entries have their default.",),
        code=plan_text(analysis),
    )
    yield Section(tripod.SOFTWARE, tables=(software_and_data(analysis),))
    yield Section(
        "TRIPOD+AI checklist",
        ("Items that the analysis can answer are filled in; the others are for the authors.",),
        tables=(_checklist(analysis),),
    )


def _available(*tables: ReportTable | None) -> tuple[ReportTable, ...]:
    return tuple(table for table in tables if table is not None)


def _optional_section(
    title: str, reason: str, *tables: ReportTable | None, figures: tuple[ReportFigure, ...] = ()
) -> Section:
    """A section with its tables, or with the reason why there are none."""
    available = _available(*tables)
    return Section(title, () if available else (reason,), figures, available)


def _comparison_title(analysis: Analysis) -> str:
    plan = analysis.plan
    if plan.index is None or not plan.comparators:
        return "Added value of the index"
    comparators = listed(plan.predictor(name).label for name in plan.comparators)
    return one_line(f"{index_label(analysis)} compared with and added to {comparators}")


def _key_figures(analysis: Analysis) -> Iterator[KeyFigure]:
    size, main, index = analysis.size, analysis.multivariable, analysis.multivariable.index
    events = f"{count_of(size.events, size.n)} with the event: {outcome_label(analysis)}"
    yield KeyFigure(f"{size.n:,}", "patients", one_line(events))
    estimates = [e for e in main.estimates if e.predictor == analysis.plan.index]
    if index is not None and len(estimates) == 1 and not index.interacts:
        (estimate,) = estimates
        yield KeyFigure(
            ratio(estimate.odds_ratio),
            one_line(f"adjusted odds ratio of {estimate.label}, {estimate.compared}"),
            f"95 % CI {ratio_limits(estimate.interval)}, {estimate.interval_method}; "
            f"{sample_size(main.n, main.events)}",
        )
    full = analysis.added_value.models["full"]
    apparent = full.discrimination
    yield KeyFigure(
        fixed(full["auc"].corrected),
        "AUC of all predictors, corrected for optimism",
        f"apparent {with_interval(apparent.estimate, apparent.interval)}",
    )


def _missing_data(analysis: Analysis) -> str:
    missing = analysis.missing
    if missing.headline == "imputed":
        return (
            f"The main results are for all {analysis.multivariable.n:,} patients, with missing "
            f"values imputed {missing.imputations} times by chained equations. A complete-case "
            f"analysis would exclude {percent(missing.lost)} of them; it is shown for comparison."
        )
    if missing.headline == "complete cases":
        return (
            f"The main results are for complete cases: {percent(missing.lost)} of the patients had "
            "a missing value and were excluded, as declared in the plan."
        )
    return "No predictor is missing in any patient of the main model."


def _separation(analysis: Analysis) -> tuple[str, ...]:
    main = analysis.multivariable
    if not main.separated:
        return ()
    remedy = (
        "Odds ratios are from Firth's penalised likelihood, which is finite where the maximum "
        "likelihood is not."
    )
    return (f"{one_line(main.separated)} {remedy}",)


def _checklist(analysis: Analysis) -> ReportTable:
    items = tripod.checklist(analysis)
    return ReportTable(
        name="tripod_ai",
        title="TRIPOD+AI (Collins GS et al. BMJ 2024;385:e078378)",
        header=("Item", "Section", "Content", "Reported in", "From the analysis"),
        rows=tuple((i.number, i.section, i.item, i.reported_in, i.answer) for i in items),
    )
