"""A published table, typed in as printed, and read from YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from vbq.audit.printed_number import Printed, read_printed
from vbq.errors import UsageError
from vbq.tables.yaml_lines import YamlProblem, load

__all__ = ["Characteristic", "Events", "ModelRow", "PublishedTable", "Superior", "read_table"]

LARGEST = 1_000_000  # bytes
MOST_SHOWN = 6
REMEDY = "Correct the table; docs/audit.md lists its keys, 'vbq audit --example' shows one."
TOO_MANY = 10_000_000


def _number(given: Any) -> Printed:
    if isinstance(given, Printed):
        return given
    if not isinstance(given, str):
        raise ValueError("must be one number")  # noqa: TRY004 - pydantic takes no TypeError
    return read_printed(given)


def _no_sign(number: Printed) -> Printed:
    if number.sign:
        raise ValueError(f"is {number.text}, not one number")
    return number


def _share(given: Any) -> Printed:
    number = _no_sign(_number(given))
    if not 0 <= number.value <= 100:
        raise ValueError(f"is {number.text}, not a percentage between 0 and 100")
    return number


def _probability(given: Any) -> Printed:
    number = _number(given)
    if not 0 <= number.value <= 1 or (number.sign == "<" and number.value == 0):
        raise ValueError(f"is {number.text}, not a p-value between 0 and 1")
    return number


def _positive(given: Any) -> Printed:
    number = _no_sign(_number(given))
    if number.low <= 0:
        raise ValueError(f"is {number.text}, not a number above 0 with all its printed decimals")
    return number


def _whole(given: Any) -> int:
    number = _no_sign(_number(given))
    if number.decimals or not 0 <= number.value < TOO_MANY:
        raise ValueError(f"is {number.text}, not a number of patients")
    return int(number.value)


_Shown = PlainSerializer(lambda number: number.text, return_type=str)
Number = Annotated[Printed, BeforeValidator(lambda given: _no_sign(_number(given))), _Shown]
Share = Annotated[Printed, BeforeValidator(_share), _Shown]
Probability = Annotated[Printed, BeforeValidator(_probability), _Shown]
Positive = Annotated[Printed, BeforeValidator(_positive), _Shown]
Whole = Annotated[int, BeforeValidator(_whole)]
Name = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    """A section of the table: no key is taken that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Events(_Section):
    """Patients with the outcome.

    Attributes:
        count: How many.
        percent: Of all patients.
        patients: All of them, where printed.
    """

    count: Whole
    percent: Share | None = None
    patients: Whole | None = None

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
        name: Of the variable.
        percent: Of a yes/no variable.
        count: Of a yes/no variable, where printed.
        mean: Of a continuous variable.
        p: Printed beside it.
    """

    name: Name
    percent: tuple[Share, Share] | None = None
    count: tuple[Whole, Whole] | None = None
    mean: tuple[Number, Number] | None = None
    p: Probability | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.mean is None) == (self.percent is None and self.count is None):
            raise ValueError("needs percent or count, or else mean")
        return self


class ModelRow(_Section):
    """A row of the multivariable model.

    Attributes:
        name: Of the predictor; the same as among the characteristics, if it is there.
        odds_ratio: Adjusted.
        interval: Its 95 % confidence interval.
        p: Printed beside it.
        assumed_sd: Standard deviation of a continuous predictor. Assumed, not printed; only the
            effective number of patients rests on it.
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
            raise ValueError("has no figure")
        return self


class Superior(_Section):
    """A claim that one predictor is better than another.

    Attributes:
        what: Name of the one.
        to: Name of the other.
    """

    what: Name
    to: Name


class PublishedTable(_Section):
    """A published study of a yes/no outcome.

    Attributes:
        title: Of the publication.
        events: Patients with the outcome.
        characteristics: By outcome.
        model: Multivariable logistic regression.
        model_patients: In the model, where printed.
        superior: A claim of the text.
    """

    title: Name
    events: Events
    characteristics: tuple[Characteristic, ...] = ()
    model: tuple[ModelRow, ...] = ()
    model_patients: Whole | None = None
    superior: Superior | None = None

    @model_validator(mode="after")
    def _names(self) -> Self:
        for where, names in (
            ("characteristics", [one.name for one in self.characteristics]),
            ("model", [one.name for one in self.model]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{where}: {', '.join(twice)} is there twice")
        if self.superior:
            unknown = {self.superior.what, self.superior.to} - {one.name for one in self.model}
            if unknown:
                raise ValueError(f"superior: {', '.join(sorted(unknown))} is not in the model")
        return self


def read_table(path: Path | str) -> PublishedTable:
    """Read a published table.

    Numbers are read as printed, so that 19.40 keeps its last decimal.

    Raises:
        UsageError: it cannot be read, is not YAML, or has a key or number that cannot be. Up to
            six mistakes are named, each with its key and line.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig") if len(content) <= LARGEST else ""
    except (OSError, UnicodeDecodeError) as error:
        why = (getattr(error, "strerror", None) or "").lower() or "it is not UTF-8 text"
        raise UsageError(
            f"{path} cannot be read: {why}.", remedy=REMEDY, code="no_table"
        ) from error
    try:
        # every scalar as text: what is printed matters, not what YAML would make of it
        printed, lines = load(text, as_text=True)
    except YamlProblem as problem:
        raise UsageError(
            f"{path} line {problem.line} is not understood as YAML: {problem.message}.",
            remedy="Indent with spaces, one key a line: 'key: value'.",
            code="bad_table",
        ) from problem
    if not isinstance(printed, dict):
        raise UsageError(f"{path} is not a table: it has no keys.", remedy=REMEDY, code="bad_table")
    try:
        return PublishedTable.model_validate(printed)
    except ValidationError as error:
        found = sorted(
            {
                (lines.get(_known(one["loc"], lines), 1), _sentence(one, printed))
                for one in error.errors(include_url=False)
            }
        )
        shown = "; ".join(f"line {line}: {sentence}" for line, sentence in found[:MOST_SHOWN])
        more = f"; and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
        raise UsageError(f"{path} {shown}{more}.", remedy=REMEDY, code="bad_table") from error


def _known(where: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> Any:
    while where not in lines:
        where = where[:-1]
    return where


def _sentence(detail: Any, content: Any) -> str:
    name, kind = _written(detail["loc"], content), detail["type"]
    if kind == "value_error":
        return f"{name} {detail['ctx']['error']}".strip()
    words = {
        "missing": "is missing",
        "extra_forbidden": "is not a key of the table",
        "too_short": "has too few entries",
        "too_long": "has too many entries",
        "string_too_short": "is empty",
    }
    other = "must be a list" if "tuple" in kind else "cannot be that"
    return f"{name} {words.get(kind, other)}"


def _written(where: tuple[str | int, ...], content: Any) -> str:
    """The place as a person would say it: model[VBQ].interval[2]."""
    text, here = "", content
    for part in where:
        if isinstance(part, int):
            here = here[part] if isinstance(here, list) and part < len(here) else None
        else:
            here = here.get(part) if isinstance(here, dict) else None
        if isinstance(part, str):
            text += f".{part}" if text else part
        else:
            text += f"[{here['name'] if isinstance(here, dict) and 'name' in here else part + 1}]"
    return text
