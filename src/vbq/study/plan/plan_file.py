"""A plan read from YAML: every mistake is named with its key and its line."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from vbq.errors import UsageError
from vbq.study.plan.plan import Plan
from vbq.tables.yaml_lines import YamlProblem, load, path_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from vbq.tables.yaml_lines import KeyPath

__all__ = ["read_plan"]

LARGEST = 1_000_000  # bytes; a plan of a page has 5,000
MOST_SHOWN = 6
REMEDY = "Correct the plan; docs/study-plan.md lists its keys, 'vbq study new' writes one."


def read_plan(path: Path | str) -> Plan:
    """Read a plan; files it names are looked for beside it.

    Raises:
        UsageError: it cannot be read, is not YAML, lacks a key, or has one that is unknown, of
            the wrong type or contradicts another. Up to six mistakes are named, each with its
            line.
    """
    path = Path(path)
    text = _text(path)
    try:
        content, lines = load(text)
    except YamlProblem as problem:
        raise UsageError(
            f"{path} line {problem.line} is not understood as YAML: {problem.message}.",
            remedy="Indent with spaces, one key a line: 'key: value'.",
            code="bad_plan",
        ) from problem
    if not isinstance(content, dict):
        raise UsageError(f"{path} is not a plan: it has no keys.", remedy=REMEDY, code="bad_plan")
    try:
        return Plan.model_validate(content).located(path.parent)
    except ValidationError as error:
        found = sorted(_sentences(error, content, lines))
        more = f"; and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
        raise UsageError(
            f"{path} {'; '.join(f'line {n}: {text}' for n, text in found[:MOST_SHOWN])}{more}.",
            remedy=REMEDY,
            code="bad_plan",
        ) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
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
    if not text.strip() or len(content) > LARGEST:
        raise UsageError(
            f"{path} is not a plan: it is {'too large' if text else 'empty or not UTF-8 text'}.",
            remedy=REMEDY,
            code="bad_plan",
        )
    return text


def _sentences(
    error: ValidationError, content: Any, lines: dict[KeyPath, int]
) -> Iterator[tuple[int, str]]:
    """Line and sentence of each mistake; several about one place count once."""
    seen = set()
    for detail in error.errors(include_url=False, include_context=True):
        where = _in_document(detail["loc"], lines)
        known = where if where in lines else where[:-1]
        if known and known == where and where in seen:
            continue
        seen.add(where)
        sentence = _sentence(detail, where, content)
        known = known or tuple(sentence.split(":")[0].split("."))  # sections that contradict
        yield lines.get(known, 1), sentence


def _in_document(loc: tuple[str | int, ...], lines: dict[KeyPath, int]) -> KeyPath:
    """The place without the names that the types of a union add to it."""
    where: KeyPath = ()
    for part in loc:
        if (*where, part) not in lines:
            last = loc[-1]
            return (*where, part) if part == last else where
        where = (*where, part)
    return where


def _sentence(detail: ErrorDetails, where: KeyPath, content: Any) -> str:
    name = path_text(where, content)
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "missing":
        return f"{name} is missing"
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(where[-1]), _keys(where[:-1]), n=1, cutoff=0.5)
        known = f"did you mean {near[0]}?" if near else f"known are {', '.join(_keys(where[:-1]))}"
        return f"{name} is not a key of the plan; {known}".rstrip("?")
    if kind == "value_error":
        return f"{name} {context['error']}" if where else str(context["error"])
    if kind == "literal_error":
        near = difflib.get_close_matches(
            str(given), str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        )
        guess = f"; did you mean {near[0]}?" if near else ""
        return f"{name} is {given!r}, not {context['expected']}{guess}".rstrip("?")
    return f"{name} {_wanted(kind, context)}, not {_shown(given)}"


def _wanted(kind: str, context: dict[str, Any]) -> str:
    if kind.startswith(("greater", "less")):
        sign, limit = next(iter(context.items()))
        words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
        return f"must be {words[sign]} {limit:g}"
    words = {
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
    starts = (words[start] for start in words if kind.startswith(start))
    return next(starts, "cannot be that")


def _shown(given: Any) -> str:
    if isinstance(given, dict):
        return "keys"
    if given is None:
        return "empty"
    if isinstance(given, list | tuple):
        return "a list" if given else "an empty list"
    text = repr(given)
    return text if len(text) < 40 else f"{text[:36]}…"


def _keys(where: KeyPath) -> list[str]:
    """The keys that may stand at a place of the plan."""
    here: Any = Plan
    for part in where:
        if isinstance(part, str) and part in here.model_fields:
            here = _model(here.model_fields[part].annotation)
    return list(here.model_fields)


def _model(annotation: Any) -> type[BaseModel]:
    """The section within an annotation such as ``tuple[Predictor, ...]`` or ``Data | None``."""
    inside = (annotation, *get_args(annotation))
    return next(m for m in inside if isinstance(m, type) and issubclass(m, BaseModel))
