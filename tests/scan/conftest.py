"""Small real files with a signal that is different in every voxel, so that mix-ups show."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
SHAPE = (5, 36, 33)


@pytest.fixture
def truth() -> SimpleNamespace:
    """A canonical sagittal array, its affine, and the words of a T1."""
    voxels = (np.arange(np.prod(SHAPE)) % 4096).astype(np.uint16).reshape(SHAPE)
    affine = np.array([[3.3, 0, 0, -6.6], [0, 0, 1.6, -8.0], [0, -1.7, 0, 40.0], [0, 0, 0, 1.0]])
    return SimpleNamespace(voxels=voxels, affine=affine)


@pytest.fixture
def slices() -> Callable[..., list[Dataset]]:
    """Classic MR slices of an array (slice, row, column); keywords replace attributes."""
    return classic


@pytest.fixture
def frames() -> Callable[..., Dataset]:
    """One enhanced MR object of an array (slice, row, column)."""
    return enhanced


@pytest.fixture
def save() -> Callable[..., list[Path]]:
    """Write data sets to a folder."""
    return write


@pytest.fixture
def to_lossless_jpeg() -> Callable[[Path], None]:
    """Transcode a file to lossless JPEG (process 14, first-order prediction), in place."""
    return transcode


def transcode(path: Path) -> None:
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()


def classic(voxels: np.ndarray, affine: np.ndarray, **attributes: Any) -> list[Dataset]:
    study, series = generate_uid(), generate_uid()
    datasets = []
    for k, picture in enumerate(voxels):
        ds = common(picture, study, series)
        ds.SOPClassUID = MR
        ds.SOPInstanceUID = generate_uid()
        ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "SE"]
        ds.InstanceNumber = k + 1
        ds.ScanningSequence = "SE"
        ds.RepetitionTime, ds.EchoTime, ds.EchoTrainLength = "600", "11", "3"
        ds.SliceThickness = "3"
        ds.ImagePositionPatient = [f"{v:.6g}" for v in (affine @ [k, 0, 0, 1])[:3]]
        ds.ImageOrientationPatient, ds.PixelSpacing = plane(affine)
        for name, value in attributes.items():
            if value is None:
                delattr(ds, name)
            else:
                setattr(ds, name, value)
        datasets.append(ds)
    return datasets


def enhanced(voxels: np.ndarray, affine: np.ndarray, **attributes: Any) -> Dataset:
    ds = common(voxels, generate_uid(), generate_uid())
    ds.SOPClassUID = ENHANCED_MR
    ds.SOPInstanceUID = generate_uid()
    ds.NumberOfFrames = len(voxels)
    ds.EchoPulseSequence = "SPIN"
    orientation, spacing = plane(affine)
    shared = Dataset()
    shared.PixelMeasuresSequence = [item(PixelSpacing=spacing, SliceThickness="3")]
    shared.PlaneOrientationSequence = [item(ImageOrientationPatient=orientation)]
    shared.MRTimingAndRelatedParametersSequence = [
        item(RepetitionTime=600.0, FlipAngle=90.0, RFEchoTrainLength=3)
    ]
    shared.MREchoSequence = [item(EffectiveEchoTime=11.0)]
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence()
    for k in range(len(voxels)):
        groups = Dataset()
        position = [f"{v:.6g}" for v in (affine @ [k, 0, 0, 1])[:3]]
        groups.PlanePositionSequence = [item(ImagePositionPatient=position)]
        groups.MRImageFrameTypeSequence = [
            item(
                FrameType=["ORIGINAL", "PRIMARY", "SPINE", "NONE"],
                ComplexImageComponent="MAGNITUDE",
            )
        ]
        groups.PixelValueTransformationSequence = [
            item(RescaleIntercept="0", RescaleSlope=f"{k + 1}", RescaleType="US")
        ]
        ds.PerFrameFunctionalGroupsSequence.append(groups)
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def item(**attributes: Any) -> Dataset:
    ds = Dataset()
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def common(pixels: np.ndarray, study: str, series: str) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.PatientName, ds.PatientID = "Secret^Name", "SECRET-ID"
    ds.Modality = "MR"
    ds.SeriesDescription = "SAG T1 TSE"
    ds.SeriesNumber = 3
    ds.BodyPartExamined = "LSPINE"
    ds.MagneticFieldStrength = "1.5"
    ds.Manufacturer = "SIEMENS"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study, series
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = pixels.itemsize * 8
    ds.BitsStored = 12 if pixels.itemsize > 1 else 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = pixels.tobytes()
    return ds


def plane(affine: np.ndarray) -> tuple[list[str], list[str]]:
    """Image orientation and pixel spacing of an affine for (slice, row, column)."""
    rows, columns = affine[:3, 1], affine[:3, 2]
    spacing = np.linalg.norm(rows), np.linalg.norm(columns)
    cosines = [*(columns / spacing[1]), *(rows / spacing[0])]
    return [f"{v:.10g}" for v in cosines], [f"{v:.10g}" for v in spacing]


def write(datasets: list[Dataset], folder: Path, name: str = "IM{:03d}") -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, ds in enumerate(datasets):
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        paths.append(folder / name.format(number))
        ds.save_as(paths[-1], enforce_file_format=True)
    return paths
