"""What a fracture study will do, declared before the data are read.

A plan is written as YAML (`vbq.study.plan.plan_file.read_plan`) or in Python with the same names.
Only ``data``, ``outcome`` and ``predictors`` must be given.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, Strict, model_validator

from vbq.study.plan.variable import (
    Number,
    Positive,
    Predictor,
    Section,
    Subgroup,
    Text,
    Transformation,
    Value,
    Variable,
    VariableType,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Controls",
    "Data",
    "Dates",
    "Exclusion",
    "MeasurementError",
    "Missing",
    "Outcome",
    "Plan",
    "Predictor",
    "Readings",
    "Scanner",
    "Subgroup",
    "Transformation",
    "Value",
    "Variable",
    "VariableType",
]


class Data(Section):
    """The table of patients.

    Attributes:
        file: CSV, TSV, XLSX or Parquet; relative to the plan.
        id: Column that tells the patients apart.
        sheet: Sheet of an XLSX file; needed where there are several.
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
        keep: Statuses whose score is used; patients without one leave the study, counted.
    """

    file: Text
    id: Text | None = None
    keep: tuple[Literal["ok", "caution"], ...] = Field(("ok", "caution"), min_length=1)


class Outcome(Section):
    """What is predicted.

    Attributes:
        column: Its column.
        event: The entry that means that it happened; needed unless the entries are 1 and 0, yes
            and no, or true and false.
        label: What it is called in tables and figures; by default the column's name.
    """

    column: Text
    event: Value | None = None
    label: str = ""


class Exclusion(Section):
    """Patients who are not studied, declared in advance and counted in the participant flow.

    Attributes:
        column: Column that marks them.
        value: Its entry for those who leave.
        reason: Why, for the flow; by default the column's name.
    """

    column: Text
    value: Value
    reason: str = ""


class Dates(Section):
    """Columns of dates, or of the length of follow-up; all are optional.

    Attributes:
        mri: Day of the MRI: time zero.
        event: Day of the fracture; empty where there was none.
        last_seen: Day the patient was last known to be without the event, or the end of study.
        competing: Day of death, or of what else makes the event impossible.
        format: ``ISO`` (2024-03-31), or how dates are written, such as ``%d.%m.%Y``.
        follow_up_years: Column with the years from MRI to the event or to when last seen, where
            there are no dates.
        minimum_follow_up_years: Patients without the event, or a competing one, who were followed
            for less leave the main model, counted; analyses of time keep those of known follow-up.
    """

    mri: Text | None = None
    event: Text | None = None
    last_seen: Text | None = None
    competing: Text | None = None
    format: Text = "ISO"
    follow_up_years: Text | None = None
    minimum_follow_up_years: Annotated[float, Strict(), Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.format != "ISO" and "%" not in self.format:
            raise ValueError("is not ISO and has no % codes; day.month.year is %d.%m.%Y")
        dated = [self.event, self.last_seen, self.competing]
        if self.follow_up_years and any(dated):
            raise ValueError("gives both dates and follow_up_years; give one of them")
        if any(dated) and not self.mri:
            raise ValueError("has dates but not that of the mri, from which time is counted")
        if self.minimum_follow_up_years and not (self.follow_up_years or self.last_seen):
            raise ValueError("asks for a minimum follow-up without last_seen or follow_up_years")
        return self


class Controls(Section):
    """People without the disease, compared with the cohort by the index predictor.

    Attributes:
        file: Table of controls with the same columns; relative to the plan. Or:
        column: Column of the patients table that marks them, and
        value: its entry for a control.
        sheet: Sheet of an XLSX ``file``.
        adjust: Variables, by name, that the comparison is adjusted for.
    """

    file: Text | None = None
    sheet: Text | None = None
    column: Text | None = None
    value: Value | None = None
    adjust: tuple[Text, ...] = ("age",)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.file is None) == (self.column is None):
            raise ValueError("need either a file, or a column and the value that marks a control")
        if self.column is not None and self.value is None:
            raise ValueError("need the value that marks a control in that column")
        return self


class Scanner(Section):
    """Columns that say where and on what the MRI was made; all are optional.

    Attributes:
        site: Hospital.
        scanner: Machine.
        field_strength: In tesla.
    """

    site: Text | None = None
    scanner: Text | None = None
    field_strength: Text | None = None


class Missing(Section):
    """What is done about missing values.

    Attributes:
        strategy: ``impute`` (multiple imputation by chained equations) or ``complete_case``.
        imputations: How many completed tables; 50 keep the Monte-Carlo error of a log odds ratio
            small beside its standard error even where most patients lack a value.
        auxiliary: Variables that help the imputation and are in no model.
    """

    strategy: Literal["impute", "complete_case"] = "impute"
    imputations: Annotated[int, Strict(), Field(ge=2, le=1000)] = 50
    auxiliary: tuple[Variable, ...] = ()


class MeasurementError(Section):
    """Reliability of the index predictor, for regression calibration.

    Attributes:
        icc: Intraclass correlation of repeated readings, of one reading.
        interval: Its 95 % confidence interval.
        source: Where it comes from.
    """

    icc: Annotated[float, Strict(), Field(gt=0, le=1)]
    interval: tuple[Number, Number] | None = None
    source: str = ""

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.interval and not self.interval[0] <= self.icc <= self.interval[1]:
            raise ValueError("has an icc outside its interval")
        return self


class Plan(Section):
    """A fracture study, declared.

    Attributes:
        title: Of the report.
        seed: Of everything random; the same plan, data and seed give the same bytes.
        data: The table of patients.
        readings: Readings joined to it.
        outcome: What is predicted.
        dates: Columns of dates, and the follow-up asked for.
        exclusions: Patients who are not studied.
        predictors: All candidates, declared; none is chosen by its p-value.
        index: Name of the predictor under study; by default the one called vbq, if there is one.
        comparators: Names of the predictors it is compared with, such as DXA.
        interactions: Pairs of predictors whose product is in the model.
        controls: People without the disease.
        scanner: Site, scanner, field strength.
        missing: What is done about missing values.
        subgroups: Patients looked at apart.
        measurement_error: Reliability of the index.
        bootstrap: Bootstrap samples of the internal validation.
        horizon_years: Predict the event up to this time; by default its occurrence at all.
        reclassification: Also give net reclassification, with its caveat.
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
    def _index_is_vbq(cls, given: Any) -> Any:
        """The index, where none is named, is the predictor called vbq."""
        if isinstance(given, dict) and given.get("index") is None:
            names = [_name(one) for one in given.get("predictors") or ()]
            found = [name for name in names if name is not None and name.lower() == "vbq"]
            if len(found) == 1:
                given = given | {"index": found[0]}
        return given

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        predictors = [predictor.name for predictor in self.predictors]
        _unique(predictors, "predictors")
        _unique([one.name for one in (*self.predictors, *self.missing.auxiliary)], "auxiliary")
        _unique([one.name for one in self.subgroups], "subgroups")
        for one in self.subgroups:
            if one.name in predictors and one.model_fields_set - {
                "name",
                "column",
                "label",
                "cuts",
            }:
                raise ValueError(f"subgroups: {one.name} is described among the predictors already")
        _known([self.index] if self.index else (), predictors, "index")
        _known(self.comparators, predictors, "comparators")
        _known([name for pair in self.interactions for name in pair], predictors, "interactions")
        if self.index in self.comparators:
            raise ValueError("comparators: the index is compared with itself")
        if any(first == second for first, second in self.interactions):
            raise ValueError("interactions: a predictor does not interact with itself")
        _unique([" × ".join(sorted(pair)) for pair in self.interactions], "interactions")
        if self.measurement_error and self.index is None:
            raise ValueError("measurement_error: there is no index whose error it could be")
        if self.controls:
            if self.index is None:
                raise ValueError("controls: there is no index to compare them by")
            _known(self.controls.adjust, [one.name for one in self.variables], "controls.adjust")
        self._refuse_leaks()
        return self

    def _refuse_leaks(self) -> None:
        """What is known after the event only, or is the index itself, explains nothing."""
        index = self.predictor(self.index).column if self.index else None
        after = {
            self.dates.event,
            self.dates.last_seen,
            self.dates.competing,
            self.dates.follow_up_years,
        }
        for where, variables in (
            ("predictors", self.predictors),
            ("missing.auxiliary", self.missing.auxiliary),
            ("subgroups", self.subgroups),
        ):
            for one in variables:
                if one.column == self.outcome.column:
                    raise ValueError(f"{where}: the column of the outcome is among them")
                if one.column in after and where != "missing.auxiliary":
                    raise ValueError(
                        f"{where}: {one.name} is a column of dates, and when a patient had the "
                        "event or was last seen is not known at the MRI"
                    )
                if where == "subgroups" and (one.name == self.index or one.column == index):
                    raise ValueError(
                        f"subgroups: {one.name} is the index, which is looked at within subgroups "
                        "and cannot make them"
                    )

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Predictors, auxiliary variables and subgroups, each name once."""
        found: dict[str, Variable] = {}
        for one in (*self.predictors, *self.missing.auxiliary, *self.subgroups):
            found.setdefault(one.name, one)
        return tuple(found.values())

    @property
    def parameters(self) -> int:
        """Candidate coefficients: spline terms, categories and interactions counted, no intercept.

        Raises:
            ValueError: the levels of a predictor are not known yet.
        """
        of = {predictor.name: predictor.parameters for predictor in self.predictors}
        return sum(of.values()) + sum(of[a] * of[b] for a, b in self.interactions)

    def predictor(self, name: str) -> Predictor:
        """The predictor of that name.

        Raises:
            KeyError: there is none.
        """
        return {one.name: one for one in self.predictors}[name]

    def path(self, file: str) -> Path:
        """Where a file named in the plan is: beside the plan, unless its path is absolute."""
        return self._folder / file

    def located(self, folder: Path) -> Plan:
        """The same plan, its files looked for in this folder."""
        plan = self.model_copy()
        plan._folder = folder  # noqa: SLF001 - of this class
        return plan


def _name(predictor: Any) -> str | None:
    name = predictor.get("name") if isinstance(predictor, dict) else predictor
    name = name.name if isinstance(name, Variable) else name
    return name if isinstance(name, str) else None


def _unique(names: list[str], where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{where}: {', '.join(twice)} is there twice")


def _known(names: Iterable[str], known: Iterable[str], where: str) -> None:
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(
            f"{where}: {', '.join(unknown)} is not declared; declared are {', '.join(known)}"
        )
