"""Every error VBQ raises on purpose, in one tree.

Each message is one line that says what is wrong, with which file, why, and what to do.

```
VBQError
├── UsageError              the command or call itself is wrong           exit code 2
├── InputError              the input cannot be read as a scan or table   exit code 1
│   ├── UnreadableFileError     damaged, truncated, not an image, no permission
│   ├── UnsafeArchiveError      a zip that is a bomb or points outside itself
│   ├── GeometryError           positions or orientations missing or inconsistent
│   └── NoScanFoundError        nothing usable in this file, folder or archive
├── RefusalError            readable, but the result would mean nothing   exit code 1
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
    "first_mistake",
]


class VBQError(Exception):
    """Base of all errors raised on purpose.

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
    """The command or the call is wrong; the input was not looked at."""

    exit_code = 2


class InputError(VBQError):
    """The input cannot be read as a scan or a table."""


class UnreadableFileError(InputError):
    """A file is damaged, truncated, of an unsupported kind or may not be read."""


class UnsafeArchiveError(InputError):
    """A zip archive would expand without bound or writes outside itself."""


class GeometryError(InputError):
    """Slice positions, orientations or spacings are missing or contradict each other."""


class NoScanFoundError(InputError):
    """Nothing that could be a lumbar MR series was found."""


class RefusalError(VBQError):
    """The input is readable, but a score or statistic from it would not mean anything."""


class EngineError(VBQError):
    """An external engine is missing, failed, or wrote something that cannot be used.

    Codes: ``engine_not_found``, ``engine_too_old``, ``engine_weights_missing``,
    ``engine_crashed``, ``engine_timeout``, ``engine_no_output``, ``engine_output_unreadable``,
    ``engine_unknown_labels``, ``engine_grid``.
    """


class OutputError(VBQError):
    """The results could not be written; nothing was left half-written."""


def first_mistake(error: ValidationError) -> str:
    """What is wrong first in a document that is not of its schema, and where; for one line.

    The value is not repeated: it may be anything.
    """
    found = error.errors(include_url=False, include_input=False)
    where = ".".join(str(part) for part in found[0]["loc"]) or "its beginning"
    said = found[0]["msg"].removeprefix("Value error, ")
    more = f", and {len(found) - 1} more mistakes" if len(found) > 1 else ""
    return " ".join(f"at {where}, {said[0].lower()}{said[1:]}".split())[:300] + more


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))
