"""Every error that VBQ raises deliberately, in one hierarchy.

Each message is one line that says what is wrong, with which file, why, and what to do.

```
VBQError
├── UsageError              the command or call itself is wrong           exit code 2
├── InputError              the input cannot be read as a scan or table   exit code 1
│   ├── UnreadableFileError     damaged, truncated, not an image, no permission
│   ├── UnsafeArchiveError      a zip bomb, or a zip with paths outside itself
│   ├── GeometryError           positions or orientations missing or inconsistent
│   └── NoScanFoundError        no usable series in this file, folder or archive
├── RefusalError            readable, but a result would be meaningless   exit code 1
├── EngineError             an external engine is missing or failed       exit code 1
└── OutputError             the results could not be written              exit code 1
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = [
    "EngineError",
    "GeometryError",
    "InputError",
    "NoScanFoundError",
    "OutputError",
    "RefusalError",
    "UnreadableFileError",
    "UnsafeArchiveError",
    "UsageError",
    "VBQError",
    "describe_validation_error",
]


class VBQError(Exception):
    """Base class of every error that VBQ raises deliberately.

    Args:
        message: One line: what is wrong, and with what.
        remedy: One line: what the user can do about it.
        code: Machine-readable reason, e.g. ``"missing_geometry"``.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code or _snake(type(self).__name__.removesuffix("Error"))

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


class UsageError(VBQError):
    """The command or the call is wrong, whatever the input holds."""

    exit_code = 2


class InputError(VBQError):
    """The input cannot be read as a scan or a table."""


class UnreadableFileError(InputError):
    """A file is damaged, truncated, of an unsupported type, or not readable by this user."""


class UnsafeArchiveError(InputError):
    """A zip archive that would expand without bound or write outside its own folder."""


class GeometryError(InputError):
    """Slice positions, orientations or spacings are missing or contradict each other."""


class NoScanFoundError(InputError):
    """No series that could be a lumbar MR scan was found."""


class RefusalError(VBQError):
    """The input is readable, but a score or statistic computed from it would be meaningless."""


class EngineError(VBQError):
    """An external engine is missing, failed, or wrote output that cannot be used.

    Codes: ``engine_not_found``, ``engine_too_old``, ``engine_weights_missing``,
    ``engine_crashed``, ``engine_timeout``, ``engine_no_output``, ``engine_output_unreadable``,
    ``engine_unknown_labels``, ``engine_grid``.
    """


class OutputError(VBQError):
    """The results could not be written; no partial file was left behind."""


def describe_validation_error(error: ValidationError) -> str:
    """The first error of a document that does not match its schema, as part of a sentence.

    The offending value is not repeated: it may hold patient data.

    Returns:
        For example ``at levels.0.mean, field required, and 2 more errors``; at most about 320
        characters.
    """
    errors = error.errors(include_url=False, include_input=False)
    location = ".".join(str(part) for part in errors[0]["loc"]) or "its top level"
    reason = errors[0]["msg"].removeprefix("Value error, ")
    description = " ".join(f"at {location}, {reason[0].lower()}{reason[1:]}".split())[:300]
    remaining = len(errors) - 1
    if remaining:
        description += f", and {remaining} more error{'s' if remaining > 1 else ''}"
    return description


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))
