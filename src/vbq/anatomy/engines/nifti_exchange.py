"""A scan written for an engine, and the engine's answer brought back to the scan's pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import EngineError, InputError
from vbq.files import raising_output_errors
from vbq.scan.geometry import LPS_TO_RAS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vbq.scan.scan import Scan

__all__ = ["read_segmentation", "write_image"]

SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT
SAME_PLACE_MM = 0.05


def write_image(scan: Scan, path: Path) -> None:
    """Write the voxels of a scan as NIfTI; where they lie, and nothing else about the patient.

    Both qform and sform are set: readers differ in which of them they believe.

    Raises:
        OutputError: the disk is full or the folder may not be written to.
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
        scan: The scan that the engine was given.
        engine: What messages call it.

    Returns:
        Its numbers, of the shape of ``scan.voxels``: of the nearest voxel where the grids differ,
        0 outside the engine's field of view.

    Raises:
        EngineError: the file cannot be read, holds no whole numbers, or lies elsewhere.
    """
    from vbq.scan import find_series

    try:
        (series,) = find_series(path).series
        answer = series.load()
    except (InputError, ValueError) as error:
        raise EngineError(
            f"The label map that {engine} wrote cannot be read.",
            remedy="Run it again; if that does not help, install it again.",
            code="engine_output_unreadable",
        ) from error
    numbers = np.rint(answer.voxels).astype(np.int32)
    if (numbers != answer.voxels).any() or numbers.min() < 0:
        raise EngineError(
            f"{engine} wrote values that are not whole numbers: no label map.",
            remedy="It may be a version newer than this program.",
            code="engine_output_unreadable",
        )
    same_shape = numbers.shape == scan.voxels.shape
    if same_shape and np.allclose(answer.affine, scan.affine, atol=SAME_PLACE_MM):
        return numbers
    transform = np.asarray(np.linalg.solve(answer.affine, scan.affine), np.float64)
    resampled = _nearest(numbers, transform, scan.voxels.shape)
    if numbers.any() and not resampled.any():
        raise EngineError(
            f"The label map that {engine} wrote does not lie where the scan does.",
            remedy="Run it by itself to see whether it keeps the geometry of NIfTI files.",
            code="engine_grid",
        )
    return resampled


def _nearest(
    numbers: NDArray[np.int32], transform: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.int32]:
    """Numbers at the voxels of another grid; ``transform`` takes its indices to theirs."""
    result = np.zeros(shape, np.int32)
    rows, columns = np.ogrid[: shape[1], : shape[2]]
    for k in range(shape[0]):  # a slice at a time: whole index arrays are large
        indices = [
            np.rint(t[0] * k + t[1] * rows + t[2] * columns + t[3]).astype(int)
            for t in transform[:3]
        ]
        inside = np.logical_and.reduce(
            [(i >= 0) & (i < size) for i, size in zip(indices, numbers.shape, strict=True)]
        )
        result[k][inside] = numbers[tuple(i[inside] for i in indices)]
    return result
