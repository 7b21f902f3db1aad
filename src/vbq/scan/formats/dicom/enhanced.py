"""Enhanced multi-frame MR: shared and per-frame functional groups read as plain attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vbq.scan.formats.dicom.attributes import Lookup, dataset_lookup
from vbq.scan.formats.dicom.frame import Frame, Storage, make_frame
from vbq.scan.formats.values import text, texts

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_ENHANCED_KEYWORDS = {  # classic keyword: enhanced keyword
    "EchoTime": "EffectiveEchoTime",
    "InversionTime": "InversionTimes",
    "ImageType": "FrameType",
    "SequenceName": "PulseSequenceName",
    "EchoTrainLength": "RFEchoTrainLength",
}


def enhanced_frames(dataset: Dataset, storage: Storage) -> tuple[Frame, ...]:
    """The frames of an enhanced or legacy converted MR object, in the order of the file."""
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    common = _flat(shared[0]) if len(shared) else {}
    top = dataset_lookup(dataset)
    frames = []
    for index, groups in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        frames.append(make_frame(storage, index, _lookup({**common, **_flat(groups)}, top)))
    return tuple(frames)


def _flat(groups: Dataset) -> dict[str, Dataset]:
    """Keyword of each attribute in the first item of any functional group → that item."""
    return {
        element.keyword or str(element.tag): group.value[0]
        for group in groups
        if group.VR == "SQ" and len(group.value)
        for element in group.value[0]
    }


def _lookup(holders: dict[str, Dataset], top: Lookup) -> Lookup:
    """Look up attributes by the keywords of a classic MR image."""

    def plain(keyword: str) -> Any:
        if keyword in holders:
            return dataset_lookup(holders[keyword])(keyword)
        return top(keyword)

    def lookup(keyword: str) -> Any:
        if keyword == "ScanningSequence":
            return plain(keyword) or _scanning_sequence(plain)
        if keyword == "ScanOptions":
            suppressed = "FAT" in (text(plain("SpectrallySelectedSuppression")) or "").upper()
            return (*texts(plain(keyword)), *(["FS"] if suppressed else []))
        if keyword == "ContrastBolusAgent":
            return plain(keyword) or _contrast_agent(plain)
        value = plain(_ENHANCED_KEYWORDS[keyword]) if keyword in _ENHANCED_KEYWORDS else None
        return plain(keyword) if value is None or value == "" else value

    return lookup


def _scanning_sequence(plain: Lookup) -> tuple[str, ...]:
    echoes = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}
    sequence = echoes.get((text(plain("EchoPulseSequence")) or "").upper(), ())
    inverted = (text(plain("InversionRecovery")) or "").upper() == "YES"
    return (*sequence, "IR") if inverted else sequence


def _contrast_agent(plain: Lookup) -> str | None:
    """The contrast agent in the enhanced contrast module, if one was given."""
    agents = plain("ContrastBolusAgentSequence")
    return (text(dataset_lookup(agents[0])("CodeMeaning")) or "unnamed") if agents else None
