"""A published table, typed in as printed and read from YAML."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from vbq.audit.printed_number import Printed, read_printed
from vbq.errors import UsageError
from vbq.tables.yaml_lines import KeyPath, YamlProblem, load, path_text

MAXIMUM_BYTES = 1_000_000
MAXIMUM_PATIENTS = 10_000_000
MISTAKES_SHOWN = 6
REMEDY = "Correct the table; docs/audit.md lists its keys, 'vbq audit --example' shows one."


def _number(value: Any) -> Printed:
    if isinstance(value, Printed):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a single number")  # noqa: TRY004 - pydantic takes no TypeError
    return read_printed(value)


def _exact(value: Any) -> Printed:
    number = _number(value)
    if number.sign:
        raise ValueError(f"is {number.text}, not an exact number")
    return number


def _percentage(value: Any) -> Printed:
    number = _exact(value)
    if not 0 <= number.value <= 100:
        raise ValueError(f"is {number.text}, not a percentage between 0 and 100")
    return number


def _probability(value: Any) -> Printed:
    number = _number(value)
    if not 0 <= number.value <= 1 or (number.sign == "<" and number.value == 0):
        raise ValueError(f"is {number.text}, not a p-value between 0 and 1")
    return number


def _positive(value: Any) -> Printed:
    number = _exact(value)
    if number.low <= 0:
        raise ValueError(f"is {number.text}, not a number above 0 with all its printed decimals")
    return number


def _count(value: Any) -> int:
    number = _exact(value)
    if number.decimals or not 0 <= number.value < MAXIMUM_PATIENTS:
        raise ValueError(f"is {number.text}, not a number of patients")
    return int(number.value)


Number = Annotated[Printed, BeforeValidator(_exact)]
Percentage = Annotated[Printed, BeforeValidator(_percentage)]
Probability = Annotated[Printed, BeforeValidator(_probability)]
Positive = Annotated[Printed, BeforeValidator(_positive)]
Count = Annotated[int, BeforeValidator(_count)]
Name = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    """A section of the table: immutable, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Events(_Section):
    """Patients with the outcome.

    Attributes:
        count: Number of patients with the outcome.
        percent: Their percentage of all patients.
        patients: Number of all patients, if printed.
    """

    count: Count
    percent: Percentage | None = None
    patients: Count | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.count < 1:
            raise ValueError("has no event: there is nothing to audit")
        if self.patients is not None and self.patients <= self.count:
            raise ValueError(f"has {self.count} events in {self.patients} patients")
        return self


class Characteristic(_Section):
    """A row of the table by outcome: first with the outcome, then without it.

    Attributes:
        name: Name of the variable.
        percent: Percentages of a yes/no variable.
        count: Counts of a yes/no variable, if printed.
        mean: Means of a continuous variable.
        p: p-value of the row.
    """

    name: Name
    percent: tuple[Percentage, Percentage] | None = None
    count: tuple[Count, Count] | None = None
    mean: tuple[Number, Number] | None = None
    p: Probability | None = None

    @model_validator(mode="after")
    def _yes_no_or_continuous(self) -> Self:
        if (self.mean is None) == (self.percent is None and self.count is None):
            raise ValueError("needs either percent or count, or mean")
        return self


class ModelRow(_Section):
    """A row of the multivariable model.

    Attributes:
        name: Name of the predictor; the same as among the characteristics, if it is there.
        odds_ratio: Adjusted odds ratio.
        interval: Limits of its 95 % confidence interval.
        p: p-value of the row.
        assumed_sd: Standard deviation of a continuous predictor. It is assumed, not printed; only
            the effective sample size depends on it.
    """

    name: Name
    odds_ratio: Positive | None = None
    interval: tuple[Positive, Positive] | None = None
    p: Probability | None = None
    assumed_sd: Positive | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.interval is not None and self.interval[0].value > self.interval[1].value:
            low, high = self.interval
            raise ValueError(f"has an interval of {low.text} to {high.text}: the lower limit first")
        if (self.odds_ratio is None) != (self.interval is None):
            raise ValueError("needs both odds_ratio and interval, or neither")
        if self.odds_ratio is None and self.p is None:
            raise ValueError("has neither an odds ratio nor a p-value")
        return self


class Superiority(_Section):
    """A claim that one predictor is superior to another.

    Attributes:
        predictor: Name of the predictor said to be superior; ``what`` in the file.
        comparator: Name of the other predictor; ``to`` in the file.
    """

    predictor: Annotated[Name, Field(alias="what")]
    comparator: Annotated[Name, Field(alias="to")]


class PublishedTable(_Section):
    """A published study of a yes/no outcome.

    Attributes:
        title: Title of the publication.
        events: Patients with the outcome.
        characteristics: Rows of the table by outcome.
        model: Rows of the multivariable logistic regression.
        model_patients: Number of patients in the model, if printed.
        superior: A claim in the text that one predictor is superior to another.
    """

    title: Name
    events: Events
    characteristics: tuple[Characteristic, ...] = ()
    model: tuple[ModelRow, ...] = ()
    model_patients: Count | None = None
    superior: Superiority | None = None

    @model_validator(mode="after")
    def _names(self) -> Self:
        predictors = [row.name for row in self.model]
        for section, names in (
            ("characteristics", [row.name for row in self.characteristics]),
            ("model", predictors),
        ):
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise ValueError(f"{section}: {', '.join(repeated)} appears more than once")
        if self.superior:
            unknown = {self.superior.predictor, self.superior.comparator} - {*predictors}
            if unknown:
                raise ValueError(f"superior: {', '.join(sorted(unknown))} is not in the model")
        return self


def read_table(path: Path | str) -> PublishedTable:
    """Read a published table.

    Numbers are read as printed, so that 19.40 keeps its last decimal.

    Raises:
        UsageError: the file cannot be read, is not YAML, or has an unknown key or an impossible
            number. Up to six mistakes are named, each with its line and key.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig") if len(content) <= MAXIMUM_BYTES else ""
    except (OSError, UnicodeDecodeError) as error:
        reason = (getattr(error, "strerror", None) or "").lower() or "it is not UTF-8 text"
        raise UsageError(
            f"{path} cannot be read: {reason}.", remedy=REMEDY, code="no_table"
        ) from error
    try:
        # every scalar as text: what is printed matters, not what YAML would make of it
        printed, lines = load(text, as_text=True)
    except YamlProblem as problem:
        raise UsageError(
            f"{path} line {problem.line} is not valid YAML: {problem.message}.",
            remedy="Indent with spaces, and write one key per line: 'key: value'.",
            code="bad_table",
        ) from problem
    if not isinstance(printed, dict):
        raise UsageError(f"{path} is not a table: it has no keys.", remedy=REMEDY, code="bad_table")
    try:
        return PublishedTable.model_validate(printed)
    except ValidationError as error:
        mistakes = sorted(
            {
                (_line(detail["loc"], lines), _sentence(detail, printed))
                for detail in error.errors(include_url=False)
            }
        )
        shown = "; ".join(f"line {line}: {text}" for line, text in mistakes[:MISTAKES_SHOWN])
        hidden = len(mistakes) - MISTAKES_SHOWN
        ending = f"; and {hidden} more" if hidden > 0 else ""
        raise UsageError(f"{path} {shown}{ending}.", remedy=REMEDY, code="bad_table") from error


def _line(path: KeyPath, lines: dict[KeyPath, int]) -> int:
    """Line of a key, or of the nearest section around it that the file has."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _sentence(mistake: Any, content: Any) -> str:
    """A mistake that pydantic found, in words."""
    name, kind = path_text(mistake["loc"], content), mistake["type"]
    if kind == "value_error":
        return f"{name} {mistake['ctx']['error']}".strip()
    sentences = {
        "missing": "is missing",
        "extra_forbidden": "is not a key of the table",
        "too_short": "has too few entries",
        "too_long": "has too many entries",
        "string_too_short": "is empty",
    }
    fallback = "must be a list" if "tuple" in kind else "has a value that is not allowed"
    return f"{name} {sentences.get(kind, fallback)}"
