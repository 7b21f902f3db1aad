"""The plan of a fracture study, declared before the data are read.

A plan is written as YAML (`vbq.study.plan.plan_file.read_plan`) or in Python with the same names.
Only ``data``, ``outcome`` and ``predictors`` are required.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, Strict, model_validator

from vbq.study.plan.variable import (
    Number,
    Positive,
    Predictor,
    Section,
    Subgroup,
    Text,
    Value,
    Variable,
)


class Data(Section):
    """The table of patients.

    Attributes:
        file: CSV, TSV, XLSX or Parquet; relative to the plan.
        id: Column that identifies the patients.
        sheet: Sheet of an XLSX file; required where there are several.
    """

    file: Text
    id: Text
    sheet: Text | None = None


class Readings(Section):
    """``readings.csv`` of ``vbq score``, joined to the table of patients.

    Its columns are then called ``readings.score``, ``readings.field_strength_t`` and so on.

    Attributes:
        file: The table of readings; relative to the plan.
        id: Column of the *patients* table that holds the id of the reading; by default the
            patient's.
        keep: Statuses of readings that are used; patients without such a reading are excluded,
            and counted in the flow.
    """

    file: Text
    id: Text | None = None
    keep: tuple[Literal["ok", "caution"], ...] = Field(("ok", "caution"), min_length=1)


class Outcome(Section):
    """The outcome that is predicted.

    Attributes:
        column: Column of the outcome.
        event: Entry of the patients with the event; required unless the entries are 1 and 0, yes
            and no, or true and false.
        label: Name of the outcome in tables and figures; by default that of the column.
    """

    column: Text
    event: Value | None = None
    label: str = ""


class Exclusion(Section):
    """An exclusion criterion, declared in advance; those excluded are counted in the flow.

    Attributes:
        column: Column that marks the patients excluded.
        value: Entry of the patients excluded.
        reason: Reason of the exclusion, for the flow; by default the name of the column.
    """

    column: Text
    value: Value
    reason: str = ""


class Dates(Section):
    """Columns of dates, or of the length of follow-up; all are optional.

    Attributes:
        mri: Day of the MRI, which is time zero.
        event: Day of the fracture; empty where there was none.
        last_seen: Day the patient was last known to be without the event, or the end of study.
        competing: Day of death, or of another competing event.
        format: ``ISO`` (2024-03-31), or the format of the dates, such as ``%d.%m.%Y``.
        follow_up_years: Column with the years from the MRI to the event or the last contact, where
            there are no dates.
        minimum_follow_up_years: Patients with neither the event nor a competing one who were
            followed for less are excluded from the main model; time-to-event analyses include
            those of known follow-up.
    """

    mri: Text | None = None
    event: Text | None = None
    last_seen: Text | None = None
    competing: Text | None = None
    format: Text = "ISO"
    follow_up_years: Text | None = None
    minimum_follow_up_years: Annotated[float, Strict(), Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.format != "ISO" and "%" not in self.format:
            raise ValueError("is not ISO and has no % codes; day.month.year is %d.%m.%Y")
        end_dates = [self.event, self.last_seen, self.competing]
        if self.follow_up_years and any(end_dates):
            raise ValueError("gives both dates and follow_up_years; give only one of them")
        if any(end_dates) and not self.mri:
            raise ValueError("has dates but not that of the mri, from which time is counted")
        if self.minimum_follow_up_years and not (self.follow_up_years or self.last_seen):
            raise ValueError("asks for a minimum follow-up without last_seen or follow_up_years")
        return self


class Controls(Section):
    """Controls, in whom the index predictor is compared with the cohort.

    Attributes:
        file: Table of controls with the same columns, relative to the plan; or else ``column``.
        sheet: Sheet of an XLSX ``file``.
        column: Column of the patients' table that marks the controls.
        value: Entry of ``column`` for a control.
        adjust: Names of the variables that the comparison is adjusted for.
    """

    file: Text | None = None
    sheet: Text | None = None
    column: Text | None = None
    value: Value | None = None
    adjust: tuple[Text, ...] = ("age",)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.column is None):
            raise ValueError("need either a file, or a column and the value that marks a control")
        if self.column is not None and self.value is None:
            raise ValueError("need the value that marks a control in that column")
        return self


class Scanner(Section):
    """Columns that describe where the MRI was made; all are optional.

    Attributes:
        site: Column of the hospital.
        scanner: Column of the scanner.
        field_strength: Column of the field strength, in tesla.
    """

    site: Text | None = None
    scanner: Text | None = None
    field_strength: Text | None = None


class Missing(Section):
    """The handling of missing values.

    Attributes:
        strategy: ``impute`` (multiple imputation by chained equations) or ``complete_case``.
        imputations: Number of completed tables; with 50 the Monte-Carlo error of a log odds ratio
            is small against its standard error even where most patients lack a value.
        auxiliary: Variables of the imputation model that are in no other model.
    """

    strategy: Literal["impute", "complete_case"] = "impute"
    imputations: Annotated[int, Strict(), Field(ge=2, le=1000)] = 50
    auxiliary: tuple[Variable, ...] = ()


class MeasurementError(Section):
    """Reliability of the index predictor, for regression calibration.

    Attributes:
        icc: Intraclass correlation of repeated readings, for a single reading.
        interval: 95 % confidence interval of the ICC.
        source: Source of the ICC.
    """

    icc: Annotated[float, Strict(), Field(gt=0, le=1)]
    interval: tuple[Number, Number] | None = None
    source: str = ""

    @model_validator(mode="after")
    def _icc_in_interval(self) -> Self:
        if self.interval and not self.interval[0] <= self.icc <= self.interval[1]:
            raise ValueError("has an icc outside its confidence interval")
        return self


class Plan(Section):
    """The declaration of a fracture study.

    Attributes:
        title: Title of the report.
        seed: Seed of all random numbers; the same plan, data and seed give the same bytes.
        data: The table of patients.
        readings: Readings joined to the table of patients.
        outcome: The outcome that is predicted.
        dates: Columns of dates, and the minimum follow-up.
        exclusions: Exclusion criteria.
        predictors: All candidate predictors; none is selected by its p-value.
        index: Name of the predictor under study; by default the one called vbq, if there is one.
        comparators: Names of the predictors it is compared with, such as DXA.
        interactions: Pairs of predictors whose interaction is in the model.
        controls: Controls, in whom the index is compared with the cohort.
        scanner: Columns of site, scanner and field strength.
        missing: The handling of missing values.
        subgroups: Variables that define subgroups.
        measurement_error: Reliability of the index.
        bootstrap: Number of bootstrap samples of the internal validation.
        horizon_years: Time by which the event is predicted, in years; by default it is predicted
            without regard to time.
        reclassification: Whether net reclassification is reported too, with its caveat.
    """

    title: Text = "Fracture study"
    seed: Annotated[int, Strict(), Field(ge=0, lt=2**32)] = 20260101
    data: Data
    readings: Readings | None = None
    outcome: Outcome
    dates: Dates = Dates()
    exclusions: tuple[Exclusion, ...] = ()
    predictors: tuple[Predictor, ...] = Field(min_length=1)
    index: Text | None = None
    comparators: tuple[Text, ...] = ()
    interactions: tuple[tuple[Text, Text], ...] = ()
    controls: Controls | None = None
    scanner: Scanner = Scanner()
    missing: Missing = Missing()
    subgroups: tuple[Subgroup, ...] = ()
    measurement_error: MeasurementError | None = None
    bootstrap: Annotated[int, Strict(), Field(ge=50, le=100_000)] = 2000
    horizon_years: Positive | None = None
    reclassification: Annotated[bool, Strict()] = False

    _folder: Path = PrivateAttr(default_factory=Path)

    @model_validator(mode="before")
    @classmethod
    def _default_index(cls, declaration: Any) -> Any:
        """Where no index is named, it is the predictor called vbq."""
        if isinstance(declaration, dict) and declaration.get("index") is None:
            names = [_declared_name(entry) for entry in declaration.get("predictors") or ()]
            candidates = [name for name in names if name is not None and name.lower() == "vbq"]
            if len(candidates) == 1:
                declaration = declaration | {"index": candidates[0]}
        return declaration

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        predictors = [predictor.name for predictor in self.predictors]
        auxiliary = [variable.name for variable in self.missing.auxiliary]
        _require_unique(predictors, "predictors")
        _require_unique([*predictors, *auxiliary], "auxiliary")
        _require_unique([subgroup.name for subgroup in self.subgroups], "subgroups")
        for subgroup in self.subgroups:
            described = subgroup.model_fields_set - {"name", "column", "label", "cuts"}
            if subgroup.name in predictors and described:
                raise ValueError(
                    f"subgroups: {subgroup.name} is described among the predictors already"
                )
        _require_declared([self.index] if self.index else (), predictors, "index")
        _require_declared(self.comparators, predictors, "comparators")
        interacting = [name for pair in self.interactions for name in pair]
        _require_declared(interacting, predictors, "interactions")
        if self.index in self.comparators:
            raise ValueError("comparators: the index cannot be compared with itself")
        if any(first == second for first, second in self.interactions):
            raise ValueError("interactions: a predictor cannot interact with itself")
        _require_unique([" × ".join(sorted(pair)) for pair in self.interactions], "interactions")
        if self.measurement_error and self.index is None:
            raise ValueError("measurement_error: there is no index to be corrected")
        if self.controls:
            if self.index is None:
                raise ValueError("controls: there is no index to be compared")
            names = [variable.name for variable in self.variables]
            _require_declared(self.controls.adjust, names, "controls.adjust")
        self._refuse_leaks()
        return self

    def _refuse_leaks(self) -> None:
        """Refuse what is known only after the event, and subgroups defined by the index."""
        index_column = self.predictor(self.index).column if self.index else None
        dates = self.dates
        known_later = {dates.event, dates.last_seen, dates.competing, dates.follow_up_years}
        for section, variables in (
            ("predictors", self.predictors),
            ("missing.auxiliary", self.missing.auxiliary),
            ("subgroups", self.subgroups),
        ):
            for variable in variables:
                name = variable.name
                if variable.column == self.outcome.column:
                    raise ValueError(f"{section}: the column of the outcome is among them")
                if variable.column in known_later and section != "missing.auxiliary":
                    raise ValueError(
                        f"{section}: {name} is a column of dates, and the time of the event or the "
                        "last contact is not known at the MRI"
                    )
                if section == "subgroups" and (
                    name == self.index or variable.column == index_column
                ):
                    raise ValueError(
                        f"subgroups: {name} is the index, whose effect is estimated within "
                        "subgroups and which cannot define them"
                    )

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Predictors, auxiliary variables and subgroups, each name once."""
        by_name: dict[str, Variable] = {}
        for variable in (*self.predictors, *self.missing.auxiliary, *self.subgroups):
            by_name.setdefault(variable.name, variable)
        return tuple(by_name.values())

    @property
    def parameters(self) -> int:
        """Number of candidate coefficients of the model, the intercept not counted.

        Spline terms, categories and interactions count with each of their columns.

        Raises:
            ValueError: the levels of a predictor are not known yet.
        """
        count = {predictor.name: predictor.parameters for predictor in self.predictors}
        products = sum(count[first] * count[second] for first, second in self.interactions)
        return sum(count.values()) + products

    def predictor(self, name: str) -> Predictor:
        """The predictor of that name.

        Raises:
            KeyError: there is none.
        """
        return {predictor.name: predictor for predictor in self.predictors}[name]

    def path(self, file: str) -> Path:
        """Path of a file named in the plan: relative to the plan, unless it is absolute."""
        return self._folder / file

    def located(self, folder: Path) -> Plan:
        """The same plan, with its relative paths in this folder."""
        plan = self.model_copy()
        plan._folder = folder  # noqa: SLF001 - of this class
        return plan


def _declared_name(entry: Any) -> str | None:
    """The name of an entry of ``predictors``, before it is validated."""
    name = entry.get("name") if isinstance(entry, dict) else entry
    name = name.name if isinstance(name, Variable) else name
    return name if isinstance(name, str) else None


def _require_unique(names: list[str], section: str) -> None:
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        raise ValueError(f"{section}: {', '.join(duplicates)} is declared twice")


def _require_declared(names: Iterable[str], declared: Iterable[str], section: str) -> None:
    unknown = sorted(set(names) - set(declared))
    if unknown:
        raise ValueError(
            f"{section}: {', '.join(unknown)} is not declared; declared are {', '.join(declared)}"
        )
