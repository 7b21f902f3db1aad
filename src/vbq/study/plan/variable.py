"""Variables of a plan: what a column means, and how it enters a model."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    field_validator,
    model_validator,
)

__all__ = [
    "Number",
    "Positive",
    "Predictor",
    "Section",
    "Subgroup",
    "Text",
    "Transformation",
    "Value",
    "Variable",
    "VariableType",
]

VariableType = Literal["continuous", "binary", "categorical", "ordered"]
Transformation = Literal["linear", "log", "rcs3", "rcs4", "rcs5"]
KNOTS: dict[Transformation, int] = {"linear": 0, "log": 0, "rcs3": 3, "rcs4": 4, "rcs5": 5}

Text = Annotated[str, Strict(), Field(min_length=1)]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Positive = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
# a value as it stands in a cell: the plan may write 1, Yes, true or "1"
Value = Annotated[
    Annotated[int, Strict()] | Annotated[str, Strict()] | Number,
    BeforeValidator(lambda value: str(value).lower() if isinstance(value, bool) else value),
]


class Section(BaseModel):
    """A section of the plan: fixed once made, and no key is taken that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Variable(Section):
    """A column that a model, an imputation or a subgroup uses.

    Attributes:
        name: What the plan calls it.
        column: Its column; by default its name.
        label: What it is called in tables and figures; by default its name.
        type: By default taken from the data: two entries are binary, other text categorical,
            numbers continuous. In a `Cohort`'s plan it is always given.
        unit: Such as ``kg/m²``; empty for none.
        range: Lowest and highest plausible value, of continuous variables; a value outside stops
            the study.
        reference: The category that the others are compared with (0 of a binary variable); by
            default no, 0 or false, else the first of ``levels``.
        levels: Categories in order, needed for ordered text. In a `Cohort`'s plan it is given for
            every binary, categorical and ordered variable; but for ordered, the reference first.
    """

    name: Text
    column: str = ""
    label: str = ""
    type: VariableType | None = None
    unit: str = ""
    range: tuple[Number, Number] | None = None
    reference: Value | None = None
    levels: tuple[Value, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, given: Any) -> Any:
        """A bare name is enough; column and label follow the name."""
        if isinstance(given, str):
            given = {"name": given}
        if isinstance(given, dict) and isinstance(given.get("name"), str):
            given = {"column": given["name"], "label": given["name"]} | given
        return given

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        if self.range and not self.range[0] < self.range[1]:
            raise ValueError("has a range whose lowest value is not below its highest")
        if self.levels is not None and len(set(map(str, self.levels))) != len(self.levels):
            raise ValueError("has a level twice")
        if self.type == "continuous" and (self.levels or self.reference is not None):
            raise ValueError("is continuous and so has no levels and no reference")
        if self.type not in ("continuous", None) and self.range:
            raise ValueError("is not continuous and so has no range")
        return self


class Predictor(Variable):
    """A candidate predictor.

    Attributes:
        per: Difference its odds ratio stands for, in its unit, such as 10 (years).
        transformation: ``linear``, ``log`` (natural), or a restricted cubic spline of 3, 4 or 5
            knots.
    """

    per: Positive = 1.0
    transformation: Transformation = "linear"

    @model_validator(mode="after")
    def _only_numbers_bend(self) -> Self:
        special = self.transformation != "linear" or self.per != 1
        if special and self.type not in ("continuous", None):
            raise ValueError("is not continuous and so has no per and no transformation")
        return self

    @property
    def knots(self) -> int:
        """Of its restricted cubic spline; 0 without one."""
        return KNOTS[self.transformation]

    @property
    def parameters(self) -> int:
        """Coefficients it takes in a model.

        Raises:
            ValueError: its levels are not known yet.
        """
        if self.type == "continuous":
            return max(self.knots - 1, 1)
        if self.levels is None:
            raise ValueError(f"the levels of {self.name} are not known before the data are read")
        return len(self.levels) - 1


class Subgroup(Variable):
    """Patients looked at apart; a predictor's name alone means that predictor.

    Attributes:
        cuts: Where a continuous variable is cut, ascending: a value at a cut is in the upper part.
    """

    cuts: tuple[Number, ...] = ()

    @field_validator("cuts")
    @classmethod
    def _ascending(cls, cuts: tuple[float, ...]) -> tuple[float, ...]:
        if list(cuts) != sorted(set(cuts)):
            raise ValueError("are not in ascending order")
        return cuts
