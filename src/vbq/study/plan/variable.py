"""Variables as a plan declares them: what a column means, and how it enters a model."""

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

VariableType = Literal["continuous", "binary", "categorical", "ordered"]
Transformation = Literal["linear", "log", "rcs3", "rcs4", "rcs5"]
KNOTS: dict[Transformation, int] = {"linear": 0, "log": 0, "rcs3": 3, "rcs4": 4, "rcs5": 5}

Text = Annotated[str, Strict(), Field(min_length=1)]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Positive = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
# a value as in a cell of the table: the plan may write 1, Yes, true or "1"
Value = Annotated[
    Annotated[int, Strict()] | Annotated[str, Strict()] | Number,
    BeforeValidator(lambda value: str(value).lower() if isinstance(value, bool) else value),
]


class Section(BaseModel):
    """A section of the plan: immutable, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Variable(Section):
    """A column that a model, an imputation or a subgroup uses.

    Attributes:
        name: Name of the variable in the plan.
        column: Column of the variable in the table; by default its name.
        label: Name of the variable in tables and figures; by default ``name``.
        type: By default taken from the data: a column with two different entries is binary, other
            text is categorical, numbers are continuous. In the plan of a `Cohort` it is always
            set.
        unit: Unit such as ``kg/m²``; empty if there is none.
        range: Lowest and highest plausible value of a continuous variable; a value outside stops
            the study.
        reference: Category that the others are compared with (the 0 of a binary variable); by
            default no, 0 or false, else the first of ``levels``.
        levels: Categories in order; required for ordered text. In the plan of a `Cohort` they are
            set for every binary, categorical and ordered variable, the reference first unless the
            variable is ordered.
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
    def _from_name(cls, declaration: Any) -> Any:
        """A name alone is enough; column and label are the name by default."""
        if isinstance(declaration, str):
            declaration = {"name": declaration}
        if isinstance(declaration, dict) and isinstance(declaration.get("name"), str):
            name = declaration["name"]
            declaration = {"column": name, "label": name} | declaration
        return declaration

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        if self.range and not self.range[0] < self.range[1]:
            raise ValueError("has a range whose lower limit is not below its upper limit")
        if self.levels is not None and len(set(map(str, self.levels))) != len(self.levels):
            raise ValueError("has the same level twice")
        if self.type == "continuous" and (self.levels or self.reference is not None):
            raise ValueError("is continuous, so it cannot have levels or a reference")
        if self.type not in ("continuous", None) and self.range:
            raise ValueError("is not continuous, so it cannot have a range")
        return self


class Predictor(Variable):
    """A candidate predictor as the plan declares it, before the data are read.

    In a model it becomes a `Term`, a class of its own: a plan may leave type and levels to the
    data and asks for a number of knots, while a term has levels, a reference and knots with values.

    Attributes:
        per: Difference that its odds ratio stands for, in its unit, such as 10 (years).
        transformation: ``linear``, ``log`` (natural logarithm), or a restricted cubic spline with
            3, 4 or 5 knots.
    """

    per: Positive = 1.0
    transformation: Transformation = "linear"

    @model_validator(mode="after")
    def _transformation_fits_type(self) -> Self:
        scaled = self.transformation != "linear" or self.per != 1
        if scaled and self.type not in ("continuous", None):
            raise ValueError("is not continuous, so it cannot have per or a transformation")
        return self

    @property
    def knots(self) -> int:
        """Number of knots of its restricted cubic spline; 0 if it has none."""
        return KNOTS[self.transformation]

    @property
    def parameters(self) -> int:
        """Number of its coefficients in a model.

        Raises:
            ValueError: its levels are not known yet.
        """
        if self.type == "continuous":
            return max(self.knots - 1, 1)
        if self.levels is None:
            raise ValueError(f"the levels of {self.name} are not known before the data are read")
        return len(self.levels) - 1


class Subgroup(Variable):
    """A variable whose groups are analysed separately; a predictor may be named instead.

    Attributes:
        cuts: Cut points of a continuous variable, ascending; a value equal to a cut point belongs
            to the upper group.
    """

    cuts: tuple[Number, ...] = ()

    @field_validator("cuts")
    @classmethod
    def _ascending(cls, cuts: tuple[float, ...]) -> tuple[float, ...]:
        if list(cuts) != sorted(set(cuts)):
            raise ValueError("are not in ascending order")
        return cuts
