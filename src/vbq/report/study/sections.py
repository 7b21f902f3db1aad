"""The report section by section, the same for the page and for Word."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from vbq.report.page import RESEARCH_USE
from vbq.report.study import conclusions, methods, tripod
from vbq.report.study.labels import index_label, outcome_label, sample_size
from vbq.report.study.report_figure import ReportFigure
from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables import (
    added_value,
    controls,
    follow_up,
    missing_data,
    odds_ratios,
    patients,
    performance,
    provenance,
    robustness,
)
from vbq.study.analysis.analysis import Analysis
from vbq.text import count_of, fixed, listed, one_line, percent, ratio, ratio_limits, with_interval

Place = Callable[..., tuple[ReportFigure, ...]]

TABLES: dict[str, tuple[Callable[[Analysis], ReportTable | None], ...]] = {
    "patients": (patients.table_one, patients.flow, patients.study_size),
    "missing data": (missing_data.missing_values, missing_data.missing_patterns),
    "predictors": (
        odds_ratios.odds_ratios,
        odds_ratios.complete_cases,
        odds_ratios.joint_tests,
        odds_ratios.full_model,
    ),
    "performance": (
        performance.performance,
        performance.optimism,
        performance.calibration_measures,
    ),
    "added value": (
        added_value.added_value,
        added_value.net_benefit_change,
        added_value.reclassification,
    ),
    "net benefit": (performance.net_benefit,),
    "subgroups": (robustness.subgroups,),
    "scanners": (robustness.scanners, robustness.leave_one_group_out),
    "sensitivity": (robustness.sensitivity,),
    "measurement error": (robustness.measurement_error,),
    "follow-up": (follow_up.incidence, follow_up.time_models),
    "controls": (controls.controls,),
    "findings": (provenance.findings,),
    "software": (provenance.software_and_data,),
    "checklist": (provenance.reporting_checklist,),
}
"""The tables of each section in order; a table that does not apply is None and is not shown."""


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
    yield Section("Patients", tables=_tables(analysis, "patients"))
    yield Section(
        "Missing data", (_missing_data(analysis),), tables=_tables(analysis, "missing data")
    )


def _models(analysis: Analysis, place: Place) -> Iterator[Section]:
    yield Section(
        "Predictors of the event",
        _separation(analysis),
        place("odds_ratios", "effect"),
        _tables(analysis, "predictors"),
    )
    yield Section(
        "Performance of the model",
        figures=place("roc", "calibration"),
        tables=_tables(analysis, "performance"),
    )
    yield _optional_section(
        _comparison_title(analysis),
        "The plan names no index, or nothing to compare it with.",
        _tables(analysis, "added value"),
    )
    yield Section("Net benefit", figures=place("decision"), tables=_tables(analysis, "net benefit"))


def _robustness(analysis: Analysis, place: Place) -> Iterator[Section]:
    yield _optional_section(
        "Subgroups",
        "The plan declares no subgroups, or no index to analyse in them.",
        _tables(analysis, "subgroups"),
        figures=place("subgroups"),
    )
    yield _optional_section(
        "Scanners",
        "The plan names no site, scanner or field strength.",
        _tables(analysis, "scanners"),
    )
    yield _optional_section(
        "Sensitivity analyses",
        "No sensitivity analysis applied: nothing was imputed, no scanner was named that is not "
        "already a predictor, and no readings were flagged.",
        _tables(analysis, "sensitivity"),
    )
    yield _optional_section(
        "Measurement error",
        "The plan gives no reliability of the index.",
        _tables(analysis, "measurement error"),
    )
    yield _optional_section(
        "Time to the event",
        "The plan names neither dates of the event nor a length of follow-up, or none is known: "
        "the event is analysed as occurring at any time.",
        _tables(analysis, "follow-up"),
    )
    yield _optional_section("Controls", "The plan has no controls.", _tables(analysis, "controls"))
    yield Section("Nomogram", figures=place("nomogram"))


def _record(analysis: Analysis) -> Iterator[Section]:
    yield Section(tripod.FINDINGS, tables=_tables(analysis, "findings"))
    yield Section(
        tripod.METHODS, tuple(one_line(paragraph) for paragraph in methods.methods(analysis))
    )
    yield Section(
        tripod.PLAN,
        ("Types, levels and references as found in the data; omitted entries have their default.",),
        code=provenance.plan_text(analysis),
    )
    yield Section(tripod.SOFTWARE, tables=_tables(analysis, "software"))
    yield Section(
        "TRIPOD+AI checklist",
        ("Items that the analysis can answer are filled in; the others are for the authors.",),
        tables=_tables(analysis, "checklist"),
    )


def _tables(analysis: Analysis, section: str) -> tuple[ReportTable, ...]:
    tables = (table(analysis) for table in TABLES[section])
    return tuple(table for table in tables if table is not None)


def _optional_section(
    title: str,
    reason: str,
    tables: tuple[ReportTable, ...],
    figures: tuple[ReportFigure, ...] = (),
) -> Section:
    """A section with its tables, or with the reason why there are none."""
    return Section(title, () if tables else (reason,), figures, tables)


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
