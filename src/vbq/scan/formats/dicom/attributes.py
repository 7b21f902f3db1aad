"""DICOM attributes by keyword, and the acquisition that they describe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vbq.scan.formats.values import integer, number, text, texts
from vbq.scan.scan import Acquisition

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Lookup = Callable[[str], Any]
"""The value of an attribute by its keyword, ``None`` where it is missing."""


def dataset_lookup(dataset: Dataset) -> Lookup:
    """Look up attributes in a data set; a value that cannot be parsed counts as missing."""

    def lookup(keyword: str) -> Any:
        try:
            return dataset.get(keyword)
        except (ValueError, TypeError, OverflowError, NotImplementedError, AttributeError):
            return None

    return lookup


def read_acquisition(lookup: Lookup) -> Acquisition:
    """The acquisition of a frame, from the keywords of a classic MR image."""
    return Acquisition(
        modality=text(lookup("Modality")),
        description=text(lookup("SeriesDescription")) or text(lookup("ProtocolName")),
        field_strength_t=_tesla(number(lookup("MagneticFieldStrength"))),
        repetition_time_ms=number(lookup("RepetitionTime")) or None,
        echo_time_ms=number(lookup("EchoTime")),
        inversion_time_ms=number(lookup("InversionTime")) or None,
        flip_angle_deg=number(lookup("FlipAngle")),
        echo_train_length=integer(lookup("EchoTrainLength")),
        scanning_sequence=texts(lookup("ScanningSequence")),
        sequence_variant=texts(lookup("SequenceVariant")),
        scan_options=texts(lookup("ScanOptions")),
        sequence_name=text(lookup("SequenceName")),
        image_type=texts(lookup("ImageType")),
        contrast_agent=_contrast_agent(lookup),
        pixel_bandwidth_hz=number(lookup("PixelBandwidth")) or None,
        phase_encoding=_phase_encoding(text(lookup("InPlanePhaseEncodingDirection"))),
        slice_thickness_mm=number(lookup("SliceThickness")) or None,
        manufacturer=text(lookup("Manufacturer")),
        model=text(lookup("ManufacturerModelName")),
        body_part=text(lookup("BodyPartExamined")),
    )


def _contrast_agent(lookup: Lookup) -> str | None:
    """The agent's name; ``"unnamed"`` where only its amount is recorded."""
    name = text(lookup("ContrastBolusAgent")) or text(lookup("ContrastBolusIngredient"))
    amounts = (number(lookup("ContrastBolusVolume")), number(lookup("ContrastBolusTotalDose")))
    return name or ("unnamed" if any(amounts) else None)


def _phase_encoding(direction: str | None) -> str | None:
    """``"ROW"`` or ``"COL"``; enhanced MR writes ``COLUMN``."""
    short = (direction or "").upper()[:3]
    return short if short in ("ROW", "COL") else None


def _tesla(value: float | None) -> float | None:
    """Field strength in tesla; some exports write gauss or millitesla."""
    if not value or value <= 0:
        return None
    if value > 5000:
        return value / 10_000
    return value / 1000 if value > 100 else value
