"""Reading a plan from YAML; every mistake is reported with its key and its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from vbq.errors import UsageError
from vbq.study.plan.plan import Plan
from vbq.tables.yaml_lines import KeyPath, YamlProblem, load, path_text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_BYTES = 1_000_000  # a plan of one page has 5,000
MAX_REPORTED = 6  # mistakes
REMEDY = "Correct the plan; docs/study-plan.md lists its keys, 'vbq study new' writes one."


def read_plan(path: Path | str) -> Plan:
    """Read a plan; the paths in it are relative to its folder.

    Raises:
        UsageError: the file cannot be read, is not YAML, lacks a key, or has a key that is unknown,
            of the wrong type or in contradiction to another. Up to six mistakes are reported, each
            with its line.
    """
    path = Path(path)
    text = _text(path)
    try:
        content, lines = load(text)
    except YamlProblem as problem:
        raise UsageError(
            f"{path} line {problem.line} is not valid YAML: {problem.message}.",
            remedy="Indent with spaces, and write one key on each line: 'key: value'.",
            code="bad_plan",
        ) from problem
    if not isinstance(content, dict):
        raise UsageError(f"{path} is not a plan: it has no keys.", remedy=REMEDY, code="bad_plan")
    try:
        return Plan.model_validate(content).located(path.parent)
    except ValidationError as error:
        mistakes = sorted(_mistakes(error, content, lines))
        reported = [f"line {line}: {mistake}" for line, mistake in mistakes[:MAX_REPORTED]]
        if len(mistakes) > MAX_REPORTED:
            reported.append(f"and {len(mistakes) - MAX_REPORTED} more")
        raise UsageError(
            f"{path} {'; '.join(reported)}.",
            remedy=REMEDY,
            code="bad_plan",
        ) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {(error.strerror or type(error).__name__).lower()}.",
            remedy="Give the plan that 'vbq study new' wrote.",
            code="no_plan",
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if not text.strip() or len(content) > MAX_BYTES:
        raise UsageError(
            f"{path} is not a plan: it is {'too large' if text else 'empty or not UTF-8 text'}.",
            remedy=REMEDY,
            code="bad_plan",
        )
    return text


def _mistakes(
    error: ValidationError, content: Any, lines: dict[KeyPath, int]
) -> Iterator[tuple[int, str]]:
    """Line and description of each mistake; several at one place count once."""
    reported = set()
    for detail in error.errors(include_url=False, include_context=True):
        place = _place(detail["loc"], lines)
        written = place if place in lines else place[:-1]  # a missing key has no line of its own
        if written and written == place and place in reported:
            continue
        reported.add(place)
        mistake = _mistake(detail, place, content)
        # sections that contradict each other have no place: their message begins with the key
        written = written or tuple(mistake.split(":")[0].split("."))
        yield lines.get(written, 1), mistake


def _place(loc: tuple[str | int, ...], lines: dict[KeyPath, int]) -> KeyPath:
    """The path of a key, without the names that the types of a union add to it."""
    place: KeyPath = ()
    for part in loc:
        if (*place, part) not in lines:
            last = loc[-1]
            return (*place, part) if part == last else place
        place = (*place, part)
    return place


def _mistake(detail: ErrorDetails, place: KeyPath, content: Any) -> str:
    name = path_text(place, content)
    kind, context, entry = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "missing":
        return f"{name} is missing"
    if kind == "extra_forbidden":
        keys = _keys(place[:-1])
        similar = difflib.get_close_matches(str(place[-1]), keys, n=1, cutoff=0.5)
        hint = f"did you mean {similar[0]}" if similar else f"its keys are {', '.join(keys)}"
        return f"{name} is not a key of the plan; {hint}"
    if kind == "value_error":
        return f"{name} {context['error']}" if place else str(context["error"])
    if kind == "literal_error":
        expected = str(context["expected"])
        similar = difflib.get_close_matches(
            str(entry), expected.replace("'", "").replace(" or ", ", ").split(", ")
        )
        hint = f"; did you mean {similar[0]}" if similar else ""
        return f"{name} is {entry!r}, not {expected}{hint}"
    return f"{name} {_requirement(kind, context)}, not {_shown(entry)}"


def _requirement(kind: str, context: dict[str, Any]) -> str:
    """What pydantic's type of error requires of an entry, such as ``must be a number``."""
    if kind.startswith(("greater", "less")):
        relation, limit = next(iter(context.items()))
        relations = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
        return f"must be {relations[relation]} {limit:g}"
    requirements = {
        "string": "must be text (in quotation marks if it looks like a number)",
        "int": "must be a whole number",
        "float": "must be a number",
        "finite": "must be a finite number",
        "bool": "must be true or false",
        "tuple": "must be a list",
        "model": "must have keys of its own",
        "too_short": "must have at least one entry",
        "too_long": "has too many entries",
        "missing": "has too few entries",
    }
    matching = (text for start, text in requirements.items() if kind.startswith(start))
    return next(matching, "must be another kind of value")


def _shown(entry: Any) -> str:
    """An entry of the plan, shortened for a message."""
    if isinstance(entry, dict):
        return "keys"
    if entry is None:
        return "empty"
    if isinstance(entry, list | tuple):
        return "a list" if entry else "an empty list"
    text = repr(entry)
    return text if len(text) < 40 else f"{text[:36]}…"


def _keys(place: KeyPath) -> list[str]:
    """The keys that a section of the plan may have."""
    section: Any = Plan
    for part in place:
        if isinstance(part, str) and part in section.model_fields:
            section = _section(section.model_fields[part].annotation)
    return list(section.model_fields)


def _section(annotation: Any) -> type[BaseModel]:
    """The section within an annotation such as ``tuple[Predictor, ...]`` or ``Data | None``."""
    types = (annotation, *get_args(annotation))
    return next(kind for kind in types if isinstance(kind, type) and issubclass(kind, BaseModel))
