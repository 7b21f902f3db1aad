"""``reading.json``: the reading as a document, checked against its schema when it is written."""

from pathlib import Path

from vbq.errors import OutputError, describe_validation_error
from vbq.files import write_file
from vbq.measure.reading import Reading


def write_reading(path: Path | str, reading: Reading) -> Path:
    """Write a reading as JSON, completely or not at all.

    Raises:
        OutputError: the reading is not valid, or could not be written.
    """
    return write_file(path, reading_bytes(reading))


def reading_bytes(reading: Reading) -> bytes:
    """The document as UTF-8, read back through the schema before it is returned.

    Raises:
        OutputError: the reading is not valid.
    """
    from pydantic import ValidationError

    content = reading.to_json().encode()
    try:
        read_back = type(reading).from_json(content)
    except ValidationError as error:
        raise OutputError(
            f"The reading is not valid {describe_validation_error(error)}.",
            remedy="Nothing was written; please report it.",
            code="invalid_reading",
        ) from error
    if read_back != reading:  # JSON has no NaN or infinity: they would become null
        changed = [
            name
            for name in type(reading).model_fields
            if getattr(read_back, name) != getattr(reading, name)
        ]
        raise OutputError(
            f"The reading has values that JSON cannot hold, in {', '.join(changed)}.",
            remedy="Nothing was written; please report it.",
            code="invalid_reading",
        )
    return content
