"""Plain values from DICOM attributes and JSON fields.

A value that is missing, empty or malformed becomes ``None``.
"""

import math
import re
from collections.abc import Iterable
from typing import Any


def number(value: Any) -> float | None:
    """The first value as a finite number."""
    for item in _items(value)[:1]:
        try:
            result = float(item)
        except (TypeError, ValueError):
            return None
        return result if math.isfinite(result) else None
    return None


def integer(value: Any) -> int | None:
    """The first value as a whole number."""
    result = number(value)
    return None if result is None else int(result)


def numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """Exactly `count` finite numbers, or ``None``."""
    parsed = [number(item) for item in _items(value)]
    finite = tuple(item for item in parsed if item is not None)
    return finite if len(parsed) == len(finite) == count else None


def text(value: Any) -> str | None:
    """The first value as one line of text."""
    joined = " ".join(str(item) for item in _items(value)[:1]).strip("\x00 ")
    return re.sub(r"\s+", " ", joined) or None


def texts(value: Any) -> tuple[str, ...]:
    """All values that are not empty, as text."""
    stripped = (str(item).strip("\x00 ") for item in _items(value))
    return tuple(item for item in stripped if item)


def _items(value: Any) -> list[Any]:
    if value is None or isinstance(value, bytes):
        return []
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [value]
    return list(value)
