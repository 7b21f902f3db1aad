"""Renew the JSON Schemas that are shipped: ``python tools/schemas.py``.

``reading.json`` and ``risk-model.json`` are pydantic models and describe themselves.
``analysis.json`` is made of frozen dataclasses and pydantic models: pydantic makes its schema from
their types, and the descriptions come from their docstrings.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

import vbq
from vbq.measure import reading
from vbq.risk import model as risk_model
from vbq.study.analysis.analysis import SCHEMA, WRITTEN_AS, Analysis

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

SOURCE = Path(vbq.__file__).parent
NUMBER_OR_NULL = ["number", "null"]


class DocumentSchema(GenerateJsonSchema):
    """Pydantic's schema, for a document that is written with all its fields and no other.

    A number that is not finite is written as null.
    """

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> JsonSchemaValue:
        """An array of any number of dimensions."""
        if schema["cls"] is np.ndarray:
            return {"type": "array", "items": {"type": ["number", "null", "array"]}}
        return super().is_instance_schema(schema)

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        """A number; null where it may be infinite and is."""
        number = super().float_schema(schema)
        return number if self._config.allow_inf_nan is False else number | {"type": NUMBER_OR_NULL}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A field without its default, which says nothing about a document."""
        return self.generate_inner(schema["schema"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """The fields of a dataclass, by their keys and described by its docstring."""
        described = _described(super().dataclass_schema(schema), schema["cls"])
        properties, required = described["properties"], described["required"]
        return described | {
            "properties": {WRITTEN_AS.get(name, name): field for name, field in properties.items()},
            "required": [WRITTEN_AS.get(name, name) for name in required],
        }

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The fields of a pydantic model, described by its docstring."""
        return _described(super().model_schema(schema), schema["cls"])

    def field_is_required(self, *_: Any, **__: Any) -> bool:
        """Every field is written."""
        return True

    def field_title_should_be_set(self, *_: Any) -> bool:
        """A field has a name and a description, and no title."""
        return False


def analysis_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of ``analysis.json``."""
    adapter = TypeAdapter(Analysis)
    schema = adapter.json_schema(mode="serialization", schema_generator=DocumentSchema)
    definitions = schema.pop("$defs")
    schema["properties"] = {"schema": {"const": SCHEMA}} | schema["properties"]
    schema["required"] = ["schema", *schema["required"]]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return schema | head | {"$defs": dict(sorted(definitions.items()))}


def schema_texts() -> dict[Path, str]:
    """Every shipped schema: its file and its text."""
    analysis = json.dumps(analysis_schema(), indent=1, ensure_ascii=False) + "\n"
    return {
        SOURCE / "measure" / "reading.schema.json": reading.schema_text(),
        SOURCE / "risk" / "risk-model.schema.json": risk_model.schema_text(),
        SOURCE / "study" / "analysis" / "analysis.schema.json": analysis,
    }


def _described(schema: JsonSchemaValue, kind: type) -> JsonSchemaValue:
    """The schema of a class, with the first paragraph and the attributes of its docstring."""
    docstring = inspect.cleandoc(kind.__doc__ or "")
    summary, _, attributes = docstring.partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE)
    described = {name: {"description": " ".join(entry.split())} for name, entry in entries}
    properties = {
        name: described.get(name, {}) | field for name, field in schema["properties"].items()
    }
    description = " ".join(summary.split())
    return schema | {
        "description": description,
        "properties": properties,
        "additionalProperties": False,
    }


if __name__ == "__main__":
    for path, text in schema_texts().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")
