"""A risk model as a file: written only if it can be read again, read only if it is whole."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from vbq.errors import OutputError, UnreadableFileError, first_mistake
from vbq.risk.model import SCHEMA, RiskModel

__all__ = ["model_bytes", "read_risk_model"]

LARGEST = 4_000_000  # bytes; a model of ten predictors has 10,000
REMEDY = "Give a risk-model.json that 'vbq study run' or 'vbq risk recalibrate' wrote."


def model_bytes(model: RiskModel) -> bytes:
    """The document as UTF-8, read back through the schema before it is given out.

    Raises:
        OutputError: it is not a valid model.
    """
    content = model.to_json().encode()
    try:
        same = RiskModel.model_validate_json(content) == model
    except ValidationError as error:
        raise OutputError(
            f"The risk model is not valid: {first_mistake(error)}.",
            remedy="Nothing was written; please report it.",
            code="invalid_risk_model",
        ) from error
    if not same:
        raise OutputError(
            "The risk model changes when it is written as JSON.",
            remedy="Nothing was written; please report it.",
            code="invalid_risk_model",
        )
    return content


def read_risk_model(path: Path | str) -> RiskModel:
    """Read and validate a risk model.

    Raises:
        UnreadableFileError: it cannot be read, is no risk model, one of another version, or
            contradicts itself.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise UnreadableFileError(
            f"{path} cannot be read: {why}.", remedy=REMEDY, code="no_risk_model"
        ) from error
    try:
        if len(content) > LARGEST:
            raise _refused(path, f"it has more than {LARGEST:,} bytes")
        _check_schema(path, content)
        return RiskModel.model_validate_json(content)
    except ValidationError as error:
        raise _refused(path, first_mistake(error)) from error


def _check_schema(path: Path, content: bytes) -> None:
    """That it says it is a risk model of this version, before anything else is complained about."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _refused(path, "it is not JSON") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema == SCHEMA:
        return
    kind = SCHEMA.split("/")[0]
    if isinstance(schema, str) and schema.startswith(f"{kind}/"):
        raise _refused(path, f"it is {schema[:40]!r}, and this program reads {SCHEMA}")
    said = f"its schema is {schema[:40]!r}" if isinstance(schema, str) else "it names no schema"
    raise _refused(path, f"{said}, not {SCHEMA}")


def _refused(path: Path, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} is not a risk model: {why}.", remedy=REMEDY, code="not_a_risk_model"
    )
