"""Writing phantoms as single-frame MR Image Storage, one file per slice."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vbq.files import write_folder
from vbq.phantom.settings import PIXEL_BANDWIDTH_HZ, MriSettings

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset
    from pydicom.uid import UID

_FULL_SCALE = 4095  # 12 bits
_AXES = {"sagittal": (0, 1, 2), "axial": (1, 2, 0), "coronal": (2, 1, 0)}  # slice, row, column


class DigitalScan(Protocol):
    """The part of a phantom that is written."""

    @property
    def voxels(self) -> NDArray[np.float32]:
        """Signal, axes R→L, S→I, A→P."""

    @property
    def affine(self) -> NDArray[np.float64]:
        """(4, 4), voxel index to LPS mm."""

    @property
    def settings(self) -> MriSettings:
        """MRI settings."""


@dataclass(frozen=True, slots=True)
class StudyLabel:
    """Identifiers shared by the series of a study.

    Attributes:
        key: Text from which all UIDs of the study are derived.
        patient_name: Patient's Name in DICOM format.
        patient_id: Patient ID.
    """

    key: str
    patient_name: str = "PHANTOM^VBQ"
    patient_id: str = "VBQ-PHANTOM"


def write_dicom(phantom: DigitalScan, folder: Path | str, *, series_number: int = 1) -> list[Path]:
    """Write one file per slice, all of them or none; see `dicom_bytes`.

    Args:
        phantom: The phantom.
        folder: Created if missing.
        series_number: DICOM Series Number.

    Returns:
        The paths, in slice order.

    Raises:
        OutputError: A file cannot be written; none is.
    """
    return list(write_folder(folder, dicom_bytes(phantom, series_number=series_number)).values())


def dicom_bytes(
    phantom: DigitalScan,
    *,
    series_number: int = 1,
    study: StudyLabel | None = None,
    image_type: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "OTHER"),
    first_instance: int = 1,
    series_key: str | None = None,
) -> dict[str, bytes]:
    """Encode a series, one file per slice, 12 bits stored in 16, Explicit VR Little Endian.

    The same phantom and arguments give the same UIDs and bytes.

    Args:
        phantom: The phantom.
        series_number: DICOM Series Number.
        study: Study it belongs to; a study of its own by default.
        image_type: DICOM Image Type.
        first_instance: Instance Number of the first slice.
        series_key: Phantoms written with the same key (and study) share one series.

    Returns:
        File contents by name, in slice order; names without extension, from ``IM000001``.
    """
    digest = hashlib.sha256(phantom.voxels.tobytes() + phantom.affine.tobytes()).hexdigest()
    study = study or StudyLabel(key=digest)
    common = _common(phantom, study, series_number, series_key or digest, image_type)
    frames = _to_12_bits(phantom.voxels).transpose(_AXES[phantom.settings.plane])
    contents = {}
    for k, frame in enumerate(frames):
        number = first_instance + k
        dataset = _instance(phantom, common, frame, k, number, f"{study.key}/{digest}/{k}")
        file = io.BytesIO()
        dataset.save_as(file, enforce_file_format=True)
        contents[f"IM{number:06d}"] = file.getvalue()
    return contents


def _to_12_bits(voxels: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Scale to 12 bits, which preserves ratios of signals."""
    top = float(voxels.max(initial=0.0))
    return np.asarray(np.rint(voxels * (_FULL_SCALE / top if top > 0 else 1.0)), "<u2")


def _uid(*sources: str) -> UID:
    from pydicom.uid import generate_uid

    return generate_uid(entropy_srcs=["vbq phantom", *sources])


def _common(
    phantom: DigitalScan,
    study: StudyLabel,
    series_number: int,
    series_key: str,
    image_type: tuple[str, ...],
) -> dict[str, Any]:
    """Attributes shared by all slices of a series, by DICOM keyword."""
    s = phantom.settings
    inversion = s.ti_ms is not None
    attributes: dict[str, Any] = {
        "SpecificCharacterSet": "ISO_IR 100",
        "ImageType": list(image_type),
        "StudyDate": "20200101",
        "SeriesDate": "20200101",
        "AcquisitionDate": "20200101",
        "ContentDate": "20200101",
        "StudyTime": "120000",
        "SeriesTime": f"12{series_number % 60:02d}00",
        "AcquisitionTime": f"12{series_number % 60:02d}00",
        "ContentTime": f"12{series_number % 60:02d}30",
        "AccessionNumber": "",
        "Modality": "MR",
        "Manufacturer": "VBQ",
        "ManufacturerModelName": "Digital spine",
        "DeviceSerialNumber": "0",
        "SoftwareVersions": "1",
        "InstitutionName": "Simulated",
        "ReferringPhysicianName": "",
        "StudyDescription": "MR LUMBAR SPINE",
        "SeriesDescription": s.description,
        "PatientName": study.patient_name,
        "PatientID": study.patient_id,
        "PatientBirthDate": "",
        "PatientSex": "O",
        "PatientAge": "060Y",
        "PatientWeight": "70",
        "BodyPartExamined": "LSPINE",
        "ScanningSequence": ["SE", "IR"] if inversion else "SE",
        "SequenceVariant": "SK",
        "ScanOptions": "FS" if s.fat_suppressed else "",
        "MRAcquisitionType": "2D",
        "SequenceName": "*tir2d" if inversion else "*tse2d",
        "AngioFlag": "N",
        "SliceThickness": _ds(s.slice_thickness_mm),
        "RepetitionTime": _ds(s.tr_ms),
        "EchoTime": _ds(s.te_ms),
        "NumberOfAverages": "1",
        "ImagingFrequency": _ds(42.577 * s.field_strength_t),
        "ImagedNucleus": "1H",
        "EchoNumbers": "1",
        "MagneticFieldStrength": _ds(s.field_strength_t),
        "SpacingBetweenSlices": _ds(s.slice_spacing_mm),
        "NumberOfPhaseEncodingSteps": s.matrix[0 if s.phase_encoding == "COL" else 1],
        "EchoTrainLength": 4,
        "PercentSampling": "100",
        "PercentPhaseFieldOfView": "100",
        "PixelBandwidth": _ds(PIXEL_BANDWIDTH_HZ),
        "ProtocolName": s.description,
        "InPlanePhaseEncodingDirection": s.phase_encoding,
        "FlipAngle": "90",
        "PatientPosition": "HFS",
        "StudyInstanceUID": _uid(study.key),
        "SeriesInstanceUID": _uid(study.key, "series", series_key, str(series_number)),
        "StudyID": "1",
        "SeriesNumber": series_number,
        "FrameOfReferenceUID": _uid(study.key, "frame"),
        "PositionReferenceIndicator": "",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": s.matrix[0],
        "Columns": s.matrix[1],
        "PixelSpacing": [_ds(s.pixel_mm), _ds(s.pixel_mm)],
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
    }
    if inversion:
        attributes["InversionTime"] = _ds(float(s.ti_ms or 0))
    if s.contrast_agent is not None:
        attributes["ContrastBolusAgent"] = s.contrast_agent
    return attributes


def _instance(
    phantom: DigitalScan,
    common: dict[str, Any],
    frame: NDArray[np.uint16],
    k: int,
    number: int,
    key: str,
) -> FileDataset:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

    uid = _uid(key)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = _uid("implementation")
    meta.ImplementationVersionName = "VBQ"
    dataset = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    for keyword, value in common.items():
        setattr(dataset, keyword, value)
    dataset.SOPClassUID = MRImageStorage
    dataset.SOPInstanceUID = uid
    dataset.InstanceNumber = number
    dataset.AcquisitionNumber = 1
    _set_image_plane(dataset, phantom, k)
    low, high = int(frame.min()), int(np.percentile(frame, 99))
    dataset.WindowCenter = str((low + high) // 2)
    dataset.WindowWidth = str(max(high - low, 1))
    dataset.PixelData = np.ascontiguousarray(frame).tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def _set_image_plane(dataset: Dataset, phantom: DigitalScan, k: int) -> None:
    """Set position and orientation of slice ``k``: Image Plane module."""
    along, down, across = _AXES[phantom.settings.plane]
    steps = phantom.affine[:3, :3] / np.linalg.norm(phantom.affine[:3, :3], axis=0)
    position = phantom.affine[:3, 3] + k * phantom.affine[:3, along]
    dataset.ImageOrientationPatient = [_ds(x) for x in (*steps[:, across], *steps[:, down])]
    dataset.ImagePositionPatient = [_ds(x) for x in position]
    normal = np.cross(steps[:, across], steps[:, down])
    dataset.SliceLocation = _ds(float(position @ normal))


def _ds(value: float) -> str:
    """A DICOM decimal string of at most 16 characters."""
    from pydicom.valuerep import format_number_as_ds

    return format_number_as_ds(float(value) + 0.0)
