"""``risk-model.json``: everything that is needed to apply a model, and to know when not to.

The JSON Schema is shipped beside this file as ``risk-model.schema.json`` and is exactly what
`RiskModel` describes; a model is validated whenever it is written or read.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from vbq.stats.regression.terms import Design, Term
from vbq.text import one_line

__all__ = [
    "ENOUGH",
    "SCHEMA",
    "Baseline",
    "CategoryCount",
    "Coefficient",
    "ModelIndex",
    "ModelPerformance",
    "Observed",
    "Provenance",
    "Recalibration",
    "RiskModel",
    "RiskPredictor",
    "Shrinkage",
    "Source",
    "schema_text",
]

SCHEMA: Literal["vbq.risk-model/1"] = "vbq.risk-model/1"
# of the rarer outcome, to validate: Collins GS et al. Stat Med 2016;35:214-226, 10.1002/sim.6787
ENOUGH = 100

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Interval = tuple[float, float]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, AfterValidator(one_line)]
Text = Annotated[Words, Field(min_length=1)]


class _Record(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, strict=True, serialize_by_alias=True
    )


class Observed(_Record):
    """Values of a continuous predictor in the cohort the model was made from, in its unit.

    Attributes:
        range: Lowest and highest; beyond it the model gives no risk.
        percentiles: 1st and 99th; beyond them a risk rests on hardly anybody.
    """

    range: Interval
    percentiles: Interval

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ends = (self.range[0], *self.percentiles, self.range[1])
        if not (ends == tuple(sorted(ends)) and ends[0] < ends[-1]):
            raise ValueError("range and percentiles are not in order")
        return self


class CategoryCount(_Record):
    """How many patients of the cohort had a level."""

    level: Text
    n: Count


class RiskPredictor(_Record):
    """A predictor as the model takes it.

    Attributes:
        name: What tables and ``--set`` call it.
        column: Its column in the study, which is also understood.
        label: In words.
        unit: Of a continuous predictor; empty for none.
        type: As the study declared or found it.
        transformation: ``categories`` takes one column a level but the reference.
        per: The value is divided by it (of ``log``, its logarithm), before any spline.
        knots: Of a restricted cubic spline, in the unit divided by ``per``.
        levels: Of categories; empty else.
        reference: The level without a column; empty else.
        observed: Of a continuous predictor; None else.
        counts: Of each level; empty else.
    """

    name: Text
    column: Text
    label: Text
    unit: Words
    type: Literal["continuous", "binary", "categorical", "ordered"]
    transformation: Literal["linear", "log", "spline", "categories"]
    per: Positive
    knots: tuple[float, ...]
    levels: tuple[Text, ...]
    reference: Words
    observed: Observed | None
    counts: tuple[CategoryCount, ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        named = self.transformation == "categories"
        if named != (self.type != "continuous") or named != (self.observed is None):
            raise ValueError("type, transformation and observed contradict each other")
        if named and not (
            len(set(self.levels)) == len(self.levels) >= 2
            and self.reference in self.levels
            and tuple(count.level for count in self.counts) == self.levels
        ):
            raise ValueError("levels, reference and counts contradict each other")
        ascending = all(a < b for a, b in zip(self.knots, self.knots[1:], strict=False))
        if (self.transformation == "spline") != (len(self.knots) >= 3) or not ascending:
            raise ValueError("a spline needs 3 or more ascending knots, and nothing else any")
        if self.transformation == "log" and self.observed and self.observed.range[0] <= 0:
            raise ValueError("the logarithm of a range that reaches 0 or below")
        return self

    @property
    def term(self) -> Term:
        """As the analysis has it."""
        return Term(
            self.name, self.label, self.unit, self.transformation, self.per, self.knots,
            self.levels, self.reference,
        )  # fmt: skip

    @property
    def described(self) -> str:
        """``BMI (bmi, kg/m²)``."""
        name = "" if self.name == self.label else self.name
        text = ", ".join(part for part in (name, self.unit) if part)
        return f"{self.label} ({text})" if text else self.label


class Coefficient(_Record):
    """A column of the model.

    Attributes:
        column: Its name.
        compared: What it stands for, such as ``per 10 years``.
        unshrunken: Log odds ratio as fitted, before shrinkage and any recalibration.
        coefficient: That the model applies.
    """

    column: Text
    compared: Words
    unshrunken: float
    coefficient: float


class Shrinkage(_Record):
    """By what the coefficients were multiplied against overfitting; the intercept followed."""

    factor: Annotated[float, Field(gt=0, le=1)]
    method: Text


class Baseline(_Record):
    """What is predicted, and how often it happened in the cohort the model was made from.

    Attributes:
        outcome: Its label.
        event: The entry that means that it happened.
        time: Over which time, in words.
        median_years: Median follow-up; None where not known.
        n: Patients.
        events: Patients with the event.
        event_share: 0..1; the mean of the risks before any recalibration.
        patients: Which these were: all, imputed, or complete cases.
        flow: From the table to them, step by step.
    """

    outcome: Text
    event: Words
    time: Text
    median_years: Positive | None
    n: Annotated[int, Field(gt=0)]
    events: Annotated[int, Field(gt=0)]
    event_share: Share
    patients: Text
    flow: tuple[Text, ...]


class ModelIndex(_Record):
    """An index of performance: in the model's own patients, and expected in new ones."""

    name: Literal["auc", "brier", "intercept", "slope", "r2"]
    apparent: float
    optimism: float
    corrected: float


class ModelPerformance(_Record):
    """Performance of the model before shrinkage, in the cohort it was made from.

    Attributes:
        indices: Apparent and corrected for optimism.
        auc_interval: Of the apparent area; None where it has none.
        ici: Apparent integrated calibration index.
        method: Of the correction.
        resamples: Behind it.
    """

    indices: tuple[ModelIndex, ...] = Field(min_length=1)
    auc_interval: Interval | None
    ici: float
    method: Text
    resamples: Count

    @model_validator(mode="after")
    def _has_an_area(self) -> Self:
        names = [index.name for index in self.indices]
        if "auc" not in names or len(set(names)) != len(names):
            raise ValueError("the indices are not each there once, the auc among them")
        return self

    def __getitem__(self, name: str) -> ModelIndex:
        return {str(index.name): index for index in self.indices}[name]


class Source(_Record):
    """A file, without its folder."""

    name: Text
    sha256: Sha256


class Provenance(_Record):
    """Where the model comes from.

    Attributes:
        title: Of the study.
        plan_sha256: Of the plan as JSON, types and levels as found.
        sources: Tables it was made from.
        seed: Of everything random.
        software: Name and version.
        fitted_by: Likelihood that was maximised.
        imputations: Tables pooled; 1 without imputation.
        simulated: Whether the patients are simulated: then its risks are nobody's.
    """

    title: Text
    plan_sha256: Sha256
    sources: tuple[Source, ...]
    seed: Count
    software: Text
    fitted_by: Text
    imputations: Annotated[int, Field(gt=0)]
    simulated: bool


class Recalibration(_Record):
    """The log odds were replaced by ``intercept + slope × log odds``, fitted in other patients.

    Attributes:
        update: What was estimated; a slope that was not is 1.
        intercept: Estimate.
        slope: Estimate.
        n: Patients.
        events: Patients with the event.
        left_out: Patients of the table who could not be used.
        mean_risk_before: Of these patients; afterwards it is ``events / n``.
        source: The table.
        software: Name and version.
    """

    update: Literal["intercept", "intercept and slope"]
    intercept: float
    slope: Positive
    n: Annotated[int, Field(gt=0)]
    events: Annotated[int, Field(gt=0)]
    left_out: Count
    mean_risk_before: Share
    source: Source
    software: Text


class RiskModel(_Record):
    """A logistic model of risk.

    Attributes:
        schema_: Of the document.
        baseline: What is predicted, and how often it happened.
        predictors: One each.
        interactions: Pairs of predictors whose columns are multiplied.
        shrinkage: Of the coefficients.
        intercept: That the model applies.
        coefficients: One a column, in the order of the design.
        covariance: Shape (p + 1, p + 1), intercept first: of the coefficients as fitted, which
            shrinkage does not narrow; a recalibration adds its own.
        performance: Before shrinkage.
        provenance: Where it comes from.
        recalibrations: Applied so far, in their order.
    """

    schema_: Annotated[Literal["vbq.risk-model/1"], Field(alias="schema")] = SCHEMA
    baseline: Baseline
    predictors: tuple[RiskPredictor, ...] = Field(min_length=1)
    interactions: tuple[tuple[Text, Text], ...]
    shrinkage: Shrinkage
    intercept: float
    coefficients: tuple[Coefficient, ...] = Field(min_length=1)
    covariance: tuple[tuple[float, ...], ...]
    performance: ModelPerformance
    provenance: Provenance
    recalibrations: tuple[Recalibration, ...]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [one.name for one in self.predictors]
        if len(set(names)) != len(names):
            raise ValueError("two predictors have the same name")
        if not {name for pair in self.interactions for name in pair} <= set(names):
            raise ValueError("an interaction is with what is no predictor")
        if tuple(one.column for one in self.coefficients) != self.design.names:
            raise ValueError("the coefficients do not fit the predictors")
        size = 1 + len(self.coefficients)
        if len(self.covariance) != size or any(len(row) != size for row in self.covariance):
            raise ValueError("the covariance has another size than the coefficients")
        matrix = np.array(self.covariance)
        largest = float(np.abs(matrix).max())
        if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=1e-9 * largest) or (
            np.linalg.eigvalsh(matrix).min() < -1e-9 * largest
        ):
            raise ValueError("the covariance is no covariance")
        if not 0 < self.baseline.events < self.baseline.n:
            raise ValueError("everybody or nobody had the event")
        return self

    @property
    def design(self) -> Design:
        """Its columns, as the analysis has them."""
        return Design(tuple(one.term for one in self.predictors), self.interactions)

    @property
    def all_coefficients(self) -> tuple[float, ...]:
        """The intercept, then those of the columns, as applied."""
        return (self.intercept, *(one.coefficient for one in self.coefficients))

    def to_json(self) -> str:
        """The document as indented JSON text ending in a newline."""
        return self.model_dump_json(indent=2) + "\n"


def schema_text() -> str:
    """The text of ``risk-model.schema.json``."""
    schema = RiskModel.model_json_schema(by_alias=True, mode="serialization")
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(draft | schema, indent=2, sort_keys=True) + "\n"
