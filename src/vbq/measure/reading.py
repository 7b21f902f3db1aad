"""A Reading: the score of one scan with everything needed to check it, as a JSON document.

The document is versioned. Its JSON Schema is shipped as ``reading.schema.json`` beside this file
and is exactly what `Reading` describes; a reading is validated whenever it is written or read.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vbq.anatomy.anatomy import EngineInfo, NumberingAlternative
from vbq.finding import Finding
from vbq.measure.protocol import STANDARD_ID

SCHEMA: Literal["vbq.reading/1"] = "vbq.reading/1"

Millimetres = tuple[float, float, float]
Confidence = Annotated[float, Field(ge=0, le=1)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RegionSignal(_Record):
    """The signal in one region of interest, in the scan's own arbitrary units."""

    mean: float
    median: float
    sd: Annotated[float, Field(ge=0)]
    pixels: Annotated[int, Field(gt=0)]
    area_mm2: Annotated[float, Field(gt=0)]
    slice: Annotated[int, Field(ge=0, description="Sagittal slice, 0 is the patient's right")]
    centre_mm: Annotated[Millimetres, Field(description="Patient coordinates, LPS, mm")]
    source: Annotated[
        Literal["automatic", "drawn"], Field(description="drawn: by hand, or edited in a file")
    ] = "automatic"


class LevelReading(RegionSignal):
    """One vertebral level: the signal of its trabecular region."""

    level: Annotated[str, Field(pattern=r"^(T([1-9]|1[0-2])|L[1-6]|S1)$")]
    confidence: Confidence | None
    used: Annotated[bool, Field(description="Whether the score was made from this level")]
    findings: Annotated[
        tuple[str, ...],
        Field(description="Flag codes of the findings that exclude the level from the score"),
    ] = ()
    excluded_share: Annotated[
        float, Field(ge=0, le=1, description="Share of the region excluded as focal lesions")
    ] = 0.0


class CsfReading(RegionSignal):
    """The reference: cerebrospinal fluid in the thecal sac behind one vertebra."""

    level: Annotated[str, Field(pattern=r"^L[1-5]$")]
    floor_factor: Annotated[
        float,
        Field(ge=0, le=1, description="Factor that removes the noise floor from the mean"),
    ] = 1.0

    @property
    def signal(self) -> float:
        """The mean without the noise floor: the denominator of scores."""
        return self.mean * self.floor_factor


class UncertaintyRecord(_Record):
    """SDs of the score by source, in its units; see `vbq.measure.uncertainty`."""

    sd: Annotated[float, Field(ge=0, description="SD of all components combined")]
    placement: Annotated[float, Field(ge=0, description="Trabecular regions moved by 1 mm")]
    slice: Annotated[
        float | None, Field(ge=0, description="Position of the midline; null if only one slice")
    ]
    csf: Annotated[float, Field(ge=0, description="Other levels and tolerances for CSF")]
    noise: Annotated[float, Field(ge=0, description="Standard error of the signals")]


class ReferenceRecord(_Record):
    """A score compared with one reference population, or why it was not compared."""

    population: Annotated[str, Field(description="Its id; see 'vbq reference list'")]
    description: str
    protocol: Annotated[str, Field(description="The variant that was compared")]
    z: float | None
    percentile: Annotated[
        float | None, Field(ge=0, le=100, description="Percentile of z under a normal distribution")
    ]
    n: Annotated[int, Field(gt=0, description="People in it, or in its entire study")]
    citation: Annotated[str, Field(description="DOI or address; for a site norm, the method")]
    not_compared: Annotated[str | None, Field(description="Why z and percentile are null")] = None


class ScanRecord(_Record):
    """The scan as it was read. No patient names, birth dates or free text.

    Pixel data are identified by ``voxels_sha256``: the same image has the same digest however it
    was stored.
    """

    format: str
    study_uid: str | None
    series_uid: str | None
    series_number: int | None
    slices: int
    rows: int
    columns: int
    spacing_mm: Millimetres
    field_strength_t: float | None
    repetition_time_ms: float | None
    echo_time_ms: float | None
    pixel_bandwidth_hz: Annotated[
        float | None, Field(description="Receiver bandwidth per pixel")
    ] = None
    slice_thickness_mm: float | None = None
    manufacturer: str | None
    model: str | None
    voxels_sha256: str


class ProtocolRecord(_Record):
    """How the score is defined."""

    id: Annotated[str, Field(description="Its name among the variants")] = STANDARD_ID
    name: str
    statistic: Annotated[str, Field(description="Statistic inside a region")]
    across_levels: Annotated[str, Field(description="How level signals are combined")]
    levels: tuple[str, ...]
    reference: str
    citation: str


class FileRecord(_Record):
    """A file beside the reading that a person may edit and supply to the next run."""

    file: str
    sha256: str
    given: Annotated[bool, Field(description="Whether the user supplied it")] = False


class SoftwareRecord(_Record):
    """The software that made the reading."""

    name: Literal["vbq"] = "vbq"
    version: str


class Reading(_Record):
    """A score with its levels, CSF, flags and provenance.

    Attributes:
        score: VBQ, unitless; higher means more fat and worse bone; ``None`` when refused.
        interval: 95 % interval of the score; ``None`` where there is no score.
        uncertainty: Components of the interval; ``None`` where there is no score.
        variants: Other definitions of the score on the same image, by the id of their protocol.
        shading_corrected_sd: SD of the shading-corrected variant due to its correction; ``None``
            where there is none.
        references: Comparisons of the score with reference populations; see `vbq.reference`.
        rois: The file that holds the regions; ``None`` where nothing was measured.
        labels: The file that holds the label map; ``None`` where none was written.
        numbering: Anchor of the numbering of the levels.
        numbering_confidence: Frequency with which such a numbering was right in patients that the
            engine was not trained on; ``None`` where the engine does not give it.
        numbering_alternative: The second most likely numbering; ``None`` where the engine does not
            give it.
        lumbar_count: ``None`` where it was not determined.
    """

    schema_: Annotated[Literal["vbq.reading/1"], Field(alias="schema")] = SCHEMA
    status: Literal["ok", "caution", "refused"]
    score: Annotated[float, Field(gt=0)] | None
    interval: tuple[float, float] | None
    uncertainty: UncertaintyRecord | None = None
    levels: tuple[LevelReading, ...]
    csf: CsfReading | None
    variants: dict[str, float]
    shading_corrected_sd: Annotated[
        float | None,
        Field(ge=0, description="SD of the shading-corrected variant by its correction alone"),
    ] = None
    references: tuple[ReferenceRecord, ...] = ()
    rois: FileRecord | None = None
    labels: FileRecord | None = None
    numbering: str | None
    numbering_confidence: Confidence | None
    numbering_alternative: NumberingAlternative | None = None
    lumbar_count: int | None
    midsagittal_slice: int | None
    flags: tuple[Finding, ...]
    scan: ScanRecord | None
    protocol: ProtocolRecord
    engine: EngineInfo | None
    software: SoftwareRecord

    def to_json(self) -> str:
        """The document as indented JSON text ending in a newline."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Reading:
        """Read and validate a document.

        Raises:
            pydantic.ValidationError: the text is not a valid reading.
        """
        return cls.model_validate_json(text)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema (draft 2020-12) of the document."""
        return cls.model_json_schema(by_alias=True, mode="serialization")


def schema_text() -> str:
    """The text of ``reading.schema.json``."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Reading.json_schema()}
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
