"""``risk-model.json``: everything needed to apply a model, and to know when not to apply it.

The JSON Schema is shipped beside this file as ``risk-model.schema.json`` and is exactly what
`RiskModel` describes; a model is validated whenever it is written or read.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from vbq.stats.checks import Interval
from vbq.stats.regression.terms import Design, Kind, Term
from vbq.text import one_line

SCHEMA: Literal["vbq.risk-model/1"] = "vbq.risk-model/1"
# patients with the rarer outcome: Collins GS et al. Stat Med 2016;35:214-226, 10.1002/sim.6787
EVENTS_TO_VALIDATE = 100

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, AfterValidator(one_line)]  # safe to print; may be empty
Text = Annotated[Line, Field(min_length=1)]
Update = Literal["intercept", "intercept and slope"]

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class _Record(BaseModel):
    model_config = STRICT | ConfigDict(frozen=True)


class ObservedRange(_Record):
    """Values of a continuous predictor in the cohort the model was made from, in its unit.

    Attributes:
        range: Lowest and highest value; the model predicts no risk beyond it.
        percentiles: 1st and 99th percentile; beyond them a risk rests on very few patients.
    """

    range: Interval
    percentiles: Interval

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        ends = (self.range[0], *self.percentiles, self.range[1])
        if not (ends == tuple(sorted(ends)) and ends[0] < ends[-1]):
            raise ValueError("range and percentiles are not in order")
        return self


class LevelCount(_Record):
    """How many patients of the cohort had a level."""

    level: Text
    n: Count


@dataclass(frozen=True, kw_only=True, config=STRICT | ConfigDict(populate_by_name=True))
class ObservedTerm(Term):
    """A term of the model, with the values that the cohort had of its predictor.

    The fields of `Term` are declared again because a file is trusted less than a fitted design:
    all of them must be there, and no text may hold control characters. In the file ``kind`` is
    called ``transformation``.

    Attributes:
        column: Column of the predictor in the study's table; new tables may use it as well.
        type: Type of the predictor, as the study declared or found it.
        observed: Observed values of a continuous predictor; None for categories.
        counts: Patients with each level; empty for a continuous predictor.
    """

    name: Text
    label: Text
    unit: Line
    kind: Annotated[Kind, Field(alias="transformation")]
    # Field() makes required what has a default in Term
    per: Positive = Field()
    knots: tuple[float, ...] = Field()
    levels: tuple[Text, ...] = Field()
    reference: Line = Field()
    column: Text
    type: Literal["continuous", "binary", "categorical", "ordered"]
    observed: ObservedRange | None
    counts: tuple[LevelCount, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        categorical = self.kind == "categories"
        if categorical != (self.type != "continuous") or categorical != (self.observed is None):
            raise ValueError("type, transformation and observed contradict each other")
        if categorical and not (
            len(set(self.levels)) == len(self.levels) >= 2
            and self.reference in self.levels
            and tuple(count.level for count in self.counts) == self.levels
        ):
            raise ValueError("levels, reference and counts contradict each other")
        ascending = all(a < b for a, b in zip(self.knots, self.knots[1:], strict=False))
        if (self.kind == "spline") != (len(self.knots) >= 3) or not ascending:
            raise ValueError("only a spline has knots, three or more in ascending order")
        if self.kind == "log" and self.observed and self.observed.range[0] <= 0:
            raise ValueError("a logarithm needs an observed range above 0")
        return self

    @property
    def described(self) -> str:
        """Label, name and unit for a message: ``BMI (bmi, kg/m²)``."""
        name = "" if self.name == self.label else self.name
        text = ", ".join(part for part in (name, self.unit) if part)
        return f"{self.label} ({text})" if text else self.label


class Coefficient(_Record):
    """A column of the model and its coefficient.

    Attributes:
        column: Name of the column.
        compared: What its odds ratio compares, such as ``per 10 years``.
        unshrunken: Log odds ratio as fitted, before shrinkage and any recalibration.
        coefficient: Log odds ratio that the model applies.
    """

    column: Text
    compared: Line
    unshrunken: float
    coefficient: float


class Shrinkage(_Record):
    """Shrinkage against overfitting; the intercept was estimated anew afterwards.

    Attributes:
        factor: What the coefficients were multiplied by, 0..1.
        method: How the factor was found, in words.
    """

    factor: Annotated[float, Field(gt=0, le=1)]
    method: Text


class Baseline(_Record):
    """What is predicted, and how often it happened in the cohort the model was made from.

    Attributes:
        outcome: Label of the outcome.
        event: Entry of the outcome's column that means that the event happened.
        time: Period that the risk refers to, in words.
        median_years: Median follow-up in years; None if unknown.
        n: Number of patients.
        events: Number of patients with the event.
        event_share: ``events / n``; the mean predicted risk before any recalibration.
        patients: Which patients were analysed: all, imputed, or complete cases.
        flow: Steps from the table to the patients analysed, each with its numbers.
    """

    outcome: Text
    event: Line
    time: Text
    median_years: Positive | None
    n: Annotated[int, Field(gt=0)]
    events: Annotated[int, Field(gt=0)]
    event_share: Share
    patients: Text
    flow: tuple[Text, ...]


class ModelMeasure(_Record):
    """A measure of performance: in the model's own patients, and expected in new patients.

    Attributes:
        name: Name of the measure; ``intercept`` and ``slope`` are of calibration, ``r2`` is
            Nagelkerke's R².
        apparent: Value in the patients the model was made from.
        optimism: Expected excess of the apparent value over that in new patients.
        corrected: Value expected in new patients: apparent minus optimism.
    """

    name: Literal["auc", "brier", "intercept", "slope", "r2"]
    apparent: float
    optimism: float
    corrected: float


class ModelPerformance(_Record):
    """Performance of the model before shrinkage, in the cohort it was made from.

    Attributes:
        indices: Measures, apparent and corrected for optimism. A calibration slope or intercept
            that depends on the seed is left out.
        auc_interval: 95 % interval of the apparent area under the ROC curve; None if it has none.
        ici: Apparent integrated calibration index.
        method: Method of the correction for optimism, in words.
        resamples: Number of resamples behind the correction.
    """

    indices: tuple[ModelMeasure, ...] = Field(min_length=1)
    auc_interval: Interval | None
    ici: float
    method: Text
    resamples: Count

    @model_validator(mode="after")
    def _has_an_area(self) -> Self:
        names = [measure.name for measure in self.indices]
        if "auc" not in names or len(set(names)) != len(names):
            raise ValueError("the measures lack auc, or name a measure twice")
        return self

    def __getitem__(self, name: str) -> ModelMeasure:
        return {str(measure.name): measure for measure in self.indices}[name]


class SourceFile(_Record):
    """A file that a study, a model or a recalibration was made from.

    Attributes:
        name: Name of the file, without its folder.
        sha256: SHA-256 of its bytes, in hexadecimal.
    """

    name: Text
    sha256: Sha256

    @classmethod
    def from_path(cls, path: Path) -> Self:
        """Name and hash of a file on disk."""
        return cls(name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


class Provenance(_Record):
    """Where the model comes from.

    Attributes:
        title: Title of the study.
        plan_sha256: SHA-256 of the plan as JSON, with types and levels as found in the data.
        sources: Tables the model was made from.
        seed: Seed of everything random.
        software: Name and version of the program.
        fitted_by: Likelihood that was maximised.
        imputations: Number of completed tables pooled; 1 without imputation.
        simulated: Whether the patients are simulated; such risks apply to no real patient.
    """

    title: Text
    plan_sha256: Sha256
    sources: tuple[SourceFile, ...]
    seed: Count
    software: Text
    fitted_by: Text
    imputations: Annotated[int, Field(gt=0)]
    simulated: bool


class Recalibration(_Record):
    """The log odds were replaced by ``intercept + slope × log odds``, fitted in other patients.

    Attributes:
        update: What was estimated.
        intercept: Estimated intercept.
        slope: Estimated slope; 1 where only the intercept was estimated.
        n: Number of patients.
        events: Number of patients with the event.
        left_out: Number of patients excluded because no risk can be predicted for them.
        mean_risk_before: Mean predicted risk of these patients before the recalibration.
        source: Table of the patients.
        software: Name and version of the program.
    """

    update: Update
    intercept: float
    slope: Positive
    n: Annotated[int, Field(gt=0)]
    events: Annotated[int, Field(gt=0)]
    left_out: Count
    mean_risk_before: Share
    source: SourceFile
    software: Text

    @property
    def mean_risk(self) -> float:
        """Mean predicted risk of these patients after the recalibration: their share of events."""
        return self.events / self.n


class RiskModel(_Record):
    """A logistic model of risk.

    Attributes:
        schema_: Name and version of the document's schema.
        baseline: What is predicted, and how often it happened.
        predictors: The terms of the model.
        interactions: Pairs of predictors, by name, whose columns are multiplied.
        shrinkage: Shrinkage of the coefficients.
        intercept: Intercept that the model applies.
        coefficients: One coefficient for each column, in the order of the design.
        covariance: Shape (p + 1, p + 1), intercept first: covariance of the coefficients as
            fitted, which shrinkage does not reduce; a recalibration adds its own uncertainty.
        performance: Performance before shrinkage.
        provenance: Where the model comes from.
        recalibrations: Recalibrations so far, oldest first.
    """

    schema_: Annotated[Literal["vbq.risk-model/1"], Field(alias="schema")] = SCHEMA
    baseline: Baseline
    predictors: tuple[ObservedTerm, ...] = Field(min_length=1)
    interactions: tuple[tuple[Text, Text], ...]
    shrinkage: Shrinkage
    intercept: float
    coefficients: tuple[Coefficient, ...] = Field(min_length=1)
    covariance: tuple[tuple[float, ...], ...]
    performance: ModelPerformance
    provenance: Provenance
    recalibrations: tuple[Recalibration, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [predictor.name for predictor in self.predictors]
        if len(set(names)) != len(names):
            raise ValueError("two predictors have the same name")
        if not {name for pair in self.interactions for name in pair} <= set(names):
            raise ValueError("an interaction names a predictor that the model does not have")
        if tuple(row.column for row in self.coefficients) != self.design.names:
            raise ValueError("the coefficients do not match the predictors")
        size = 1 + len(self.coefficients)
        if len(self.covariance) != size or any(len(row) != size for row in self.covariance):
            raise ValueError("the covariance matrix does not match the number of coefficients")
        matrix = np.array(self.covariance)
        largest = float(np.abs(matrix).max())
        if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=1e-9 * largest) or (
            np.linalg.eigvalsh(matrix).min() < -1e-9 * largest
        ):
            raise ValueError("the covariance matrix is not symmetric and positive semidefinite")
        if not 0 < self.baseline.events < self.baseline.n:
            raise ValueError("all or none of the patients had the event")
        return self

    @property
    def design(self) -> Design:
        """The design matrix of the model, as in the analysis it comes from."""
        return Design(self.predictors, self.interactions)

    @property
    def all_coefficients(self) -> tuple[float, ...]:
        """The intercept and the coefficients as applied, length p + 1."""
        return (self.intercept, *(row.coefficient for row in self.coefficients))

    def to_json(self) -> str:
        """The document as indented JSON text ending in a newline."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


def schema_text() -> str:
    """The text of ``risk-model.schema.json``."""
    schema = RiskModel.model_json_schema(by_alias=True, mode="serialization")
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(draft | schema, indent=2, sort_keys=True) + "\n"
