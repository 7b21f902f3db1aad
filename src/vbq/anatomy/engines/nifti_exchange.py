"""NIfTI files exchanged with an engine: a scan written, its segmentation read."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vbq.errors import EngineError, InputError
from vbq.files import raising_output_errors
from vbq.scan.geometry import LPS_TO_RAS
from vbq.scan.scan import Scan

SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT
SAME_POSITION_MM = 0.05


def write_image(scan: Scan, path: Path) -> None:
    """Write the voxels of a scan and their position as NIfTI, and nothing else about the patient.

    Both qform and sform are set, as programs differ in which of them they read.

    Raises:
        OutputError: The disk is full or writing to the folder is not permitted.
    """
    import nibabel

    image = nibabel.nifti1.Nifti1Image(scan.voxels, None)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm", "sec")  # type: ignore[no-untyped-call]
    image.set_qform(LPS_TO_RAS @ scan.affine, SCANNER)  # type: ignore[no-untyped-call]
    image.set_sform(LPS_TO_RAS @ scan.affine, SCANNER)  # type: ignore[no-untyped-call]
    with raising_output_errors(path):
        nibabel.loadsave.save(image, path)


def read_segmentation(path: Path, scan: Scan, engine: str) -> NDArray[np.int32]:
    """Read an engine's label map, whatever its orientation and grid, on the grid of the scan.

    Args:
        path: A NIfTI file of whole numbers.
        scan: The scan that the engine segmented.
        engine: Name of the engine in messages.

    Returns:
        Labels, same shape as ``scan.voxels``: those of the nearest voxel where the grids differ,
        0 outside the engine's field of view.

    Raises:
        EngineError: The file cannot be read, its values are not whole numbers, or it does not
            overlap the scan.
    """
    from vbq.scan import find_series

    try:
        (series,) = find_series(path).series
        segmentation = series.load()
    except (InputError, ValueError) as error:
        raise EngineError(
            f"The label map written by {engine} cannot be read.",
            remedy="Run it again; if that does not help, install it again.",
            code="engine_output_unreadable",
        ) from error
    labels = np.rint(segmentation.voxels).astype(np.int32)
    if (labels != segmentation.voxels).any() or labels.min() < 0:
        raise EngineError(
            f"{engine} wrote values that are not whole numbers: this is not a label map.",
            remedy="It may be a version newer than this program.",
            code="engine_output_unreadable",
        )
    same_shape = labels.shape == scan.voxels.shape
    if same_shape and np.allclose(segmentation.affine, scan.affine, atol=SAME_POSITION_MM):
        return labels
    transform = np.asarray(np.linalg.solve(segmentation.affine, scan.affine), np.float64)
    resampled = _resample_nearest(labels, transform, scan.voxels.shape)
    if labels.any() and not resampled.any():
        raise EngineError(
            f"The label map written by {engine} does not overlap the scan.",
            remedy="Run it on its own to check that it keeps the geometry of NIfTI files.",
            code="engine_grid",
        )
    return resampled


def _resample_nearest(
    labels: NDArray[np.int32], transform: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.int32]:
    """Labels at the voxels of another grid, whose indices ``transform`` maps to those of labels."""
    result = np.zeros(shape, np.int32)
    rows, columns = np.ogrid[: shape[1], : shape[2]]
    for k in range(shape[0]):  # a slice at a time: whole index arrays are large
        indices = [
            np.rint(t[0] * k + t[1] * rows + t[2] * columns + t[3]).astype(int)
            for t in transform[:3]
        ]
        inside = np.logical_and.reduce(
            [(i >= 0) & (i < size) for i, size in zip(indices, labels.shape, strict=True)]
        )
        result[k][inside] = labels[tuple(i[inside] for i in indices)]
    return result
