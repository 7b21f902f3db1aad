"""Renew the schema of ``analysis.json``: ``python tools/analysis_schema.py``.

The document is made of frozen dataclasses, most of whose types are imported for the type checker
only; here those imports are made, and every class becomes a definition with the words of its
docstring.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel

from vbq.study.analysis import analysis as document
from vbq.study.analysis.analysis import SCHEMA, Analysis

PLACE = Path(document.__file__).with_name("analysis.schema.json")
SIMPLE = {float: "number", int: "integer", str: "string", bool: "boolean", type(None): "null"}
ARRAY = {"type": "array", "items": {"type": ["number", "null", "array"]}}
REF = "#/$defs/{model}"


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of ``analysis.json``."""
    definitions: dict[str, Any] = {}
    _of(Analysis, definitions)
    whole = definitions.pop("Analysis")
    whole["properties"] = {"schema": {"const": SCHEMA}} | whole["properties"]
    whole["required"] = ["schema", *whole["required"]]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return head | whole | {"$defs": dict(sorted(definitions.items()))}


def text() -> str:
    """The file's text."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type; classes go to the definitions."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in SIMPLE:
        return {"type": SIMPLE[kind]}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(one, definitions) for one in inner]}
    if origin is np.ndarray or kind is np.ndarray:
        return ARRAY
    if origin is tuple and inner[-1] is not Ellipsis:
        items = [_of(one, definitions) for one in inner]
        return {
            "type": "array",
            "prefixItems": items,
            "minItems": len(items),
            "maxItems": len(items),
        }
    if origin is tuple:
        return {"type": "array", "items": _of(inner[0], definitions)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _of(inner[1], definitions)}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        made = kind.model_json_schema(ref_template=REF, mode="serialization")
        definitions |= made.pop("$defs", {})
        return _defined(kind, made, definitions)
    if is_dataclass(kind):
        return _dataclass(kind, definitions)
    raise TypeError(f"no schema for {kind}")


def _dataclass(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    known = definitions.get(kind.__name__)
    if known is not None and known.get("x-module") == kind.__module__:
        return {"$ref": REF.format(model=kind.__name__)}
    made: dict[str, Any] = {"type": "object", "x-module": kind.__module__}
    reference = _defined(kind, made, definitions)
    words, hints = _words(kind), _hints(kind)
    made["description"] = inspect.cleandoc(kind.__doc__ or "").split("\n")[0]
    made["properties"] = {
        f.name: {"description": words.get(f.name, "")} | _of(hints[f.name], definitions)
        for f in fields(kind)
    }
    made["required"] = [f.name for f in fields(kind)]
    made["additionalProperties"] = False
    return reference


def _defined(kind: type, made: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to a definition; two classes of one name are told apart by their file."""
    name = kind.__name__
    if name in definitions and definitions[name].get("x-module") != made.get("x-module"):
        name = f"{kind.__module__.rpartition('.')[2]}.{name}"
    definitions[name] = made
    return {"$ref": REF.format(model=name)}


def _hints(kind: type) -> dict[str, Any]:
    """Types of a class's fields, with what its file imports for the type checker only."""
    names: dict[str, Any] = {}
    for base in reversed(kind.__mro__[:-1]):
        module = sys.modules[base.__module__]
        names |= vars(module)
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                code = compile(ast.Module(node.body, []), str(module.__file__), "exec")
                exec(code, names)  # noqa: S102 - our own files
    return typing.get_type_hints(kind, names)


def _words(kind: type) -> dict[str, str]:
    """What the docstring says of each attribute."""
    _, _, attributes = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in entries}


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
    print(f"wrote {PLACE}")
