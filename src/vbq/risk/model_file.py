"""A risk model as a file: written only if it can be read back, read only if it is valid."""

import json
from pathlib import Path

from pydantic import ValidationError

from vbq.errors import OutputError, UnreadableFileError, describe_validation_error
from vbq.risk.model import SCHEMA, RiskModel

MAXIMUM_BYTES = 4_000_000  # a model of ten predictors has 10,000
REMEDY = "Use a risk-model.json that 'vbq study run' or 'vbq risk recalibrate' wrote."


def model_bytes(model: RiskModel) -> bytes:
    """The model as UTF-8 JSON, after a check that reading it gives the same model.

    Raises:
        OutputError: the model is not valid.
    """
    content = model.to_json().encode()
    try:
        unchanged = RiskModel.model_validate_json(content) == model
    except ValidationError as error:
        raise _invalid(f"is not valid: {describe_validation_error(error)}") from error
    if not unchanged:
        raise _invalid("changes when it is written as JSON")
    return content


def _invalid(reason: str) -> OutputError:
    return OutputError(
        f"The risk model {reason}.",
        remedy="Nothing was written; please report it.",
        code="invalid_risk_model",
    )


def read_risk_model(path: Path | str) -> RiskModel:
    """Read and validate a risk model.

    Raises:
        UnreadableFileError: the file cannot be read, is not a risk model, has another schema
            version, or is inconsistent.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UnreadableFileError(
            f"{path} cannot be read: {reason}.", remedy=REMEDY, code="no_risk_model"
        ) from error
    try:
        if len(content) > MAXIMUM_BYTES:
            raise _refused(path, f"it has more than {MAXIMUM_BYTES:,} bytes")
        _check_schema(path, content)
        return RiskModel.model_validate_json(content)
    except ValidationError as error:
        raise _refused(path, describe_validation_error(error)) from error


def _check_schema(path: Path, content: bytes) -> None:
    """Refuse a document of another schema, before any other mistake is reported."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _refused(path, "it is not JSON") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema == SCHEMA:
        return
    if not isinstance(schema, str):
        raise _refused(path, f"it has no schema, which should be {SCHEMA}")
    raise _refused(path, f"its schema is {schema[:40]!r}, and this program reads {SCHEMA}")


def _refused(path: Path, reason: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} is not a risk model: {reason}.", remedy=REMEDY, code="not_a_risk_model"
    )
