"""DICOM attributes as plain values: missing, empty and malformed ones become ``None``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from vbq.scan.scan import Acquisition

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = [
    "Lookup",
    "acquisition",
    "dataset_lookup",
    "integer",
    "number",
    "numbers",
    "text",
    "words",
]

Lookup = Callable[[str], Any]
"""The value of an attribute by its keyword, ``None`` where it is missing."""


def dataset_lookup(dataset: Dataset) -> Lookup:
    """Look attributes up in a data set; a value that cannot be parsed counts as missing."""

    def lookup(keyword: str) -> Any:
        try:
            return dataset.get(keyword)
        except (ValueError, TypeError, OverflowError, NotImplementedError, AttributeError):
            return None

    return lookup


def _items(value: Any) -> list[Any]:
    if value is None or isinstance(value, bytes):
        return []
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [value]
    return list(value)


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
    """Exactly so many finite numbers, or ``None``."""
    found = [number(item) for item in _items(value)]
    if len(found) != count or any(item is None for item in found):
        return None
    return tuple(item for item in found if item is not None)


def text(value: Any) -> str | None:
    """The first value as one line of text."""
    joined = " ".join(str(item) for item in _items(value)[:1]).strip("\x00 ")
    return re.sub(r"\s+", " ", joined) or None


def words(value: Any) -> tuple[str, ...]:
    """All values as text."""
    found = (str(item).strip("\x00 ") for item in _items(value))
    return tuple(item for item in found if item)


def acquisition(lookup: Lookup) -> Acquisition:
    """How a frame was acquired; works for classic and, given a flat lookup, enhanced MR."""
    return Acquisition(
        modality=text(lookup("Modality")),
        description=text(lookup("SeriesDescription")) or text(lookup("ProtocolName")),
        field_strength_t=_tesla(number(lookup("MagneticFieldStrength"))),
        repetition_time_ms=number(lookup("RepetitionTime")) or None,
        echo_time_ms=number(lookup("EchoTime")),
        inversion_time_ms=number(lookup("InversionTime")) or None,
        flip_angle_deg=number(lookup("FlipAngle")),
        echo_train_length=integer(lookup("EchoTrainLength")),
        scanning_sequence=words(lookup("ScanningSequence")),
        sequence_variant=words(lookup("SequenceVariant")),
        scan_options=words(lookup("ScanOptions")),
        sequence_name=text(lookup("SequenceName")),
        image_type=words(lookup("ImageType")),
        contrast_agent=_agent(lookup),
        pixel_bandwidth_hz=number(lookup("PixelBandwidth")) or None,
        phase_encoding=_phase_encoding(text(lookup("InPlanePhaseEncodingDirection"))),
        slice_thickness_mm=number(lookup("SliceThickness")) or None,
        manufacturer=text(lookup("Manufacturer")),
        model=text(lookup("ManufacturerModelName")),
        body_part=text(lookup("BodyPartExamined")),
    )


def _agent(lookup: Lookup) -> str | None:
    """The agent's name; ``"unnamed"`` where only its amount is recorded."""
    named = text(lookup("ContrastBolusAgent")) or text(lookup("ContrastBolusIngredient"))
    amounts = (number(lookup(f"ContrastBolus{what}")) for what in ("Volume", "TotalDose"))
    return named or ("unnamed" if any(amounts) else None)


def _phase_encoding(direction: str | None) -> str | None:
    """``"ROW"`` or ``"COL"``; enhanced MR writes ``COLUMN``."""
    short = (direction or "").upper()[:3]
    return short if short in ("ROW", "COL") else None


def _tesla(value: float | None) -> float | None:
    """Some exports write gauss or millitesla."""
    if not value or value <= 0:
        return None
    if value > 5000:
        return value / 10_000
    return value / 1000 if value > 100 else value
