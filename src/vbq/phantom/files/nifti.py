"""Writing a phantom as NIfTI, whose axes are RAS instead of LPS."""

import gzip
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vbq.errors import UsageError
from vbq.files import write_file
from vbq.scan.geometry import LPS_TO_RAS


def write_nifti(
    array: NDArray[np.float32] | NDArray[np.uint8], affine: NDArray[np.float64], path: Path | str
) -> None:
    """Write an array with its LPS affine as ``.nii`` or ``.nii.gz``, completely or not at all.

    Raises:
        OutputError: The file cannot be written; an existing file is left as it was.
        UsageError: The name ends in neither ``.nii`` nor ``.nii.gz``.
    """
    name = Path(path).name.lower()
    if not name.endswith((".nii", ".nii.gz")):
        raise UsageError(
            f"{path} is not a NIfTI file name.", remedy="Use the extension .nii or .nii.gz."
        )
    write_file(path, nifti_bytes(array, affine, compressed=name.endswith(".gz")))


def nifti_bytes(
    array: NDArray[np.float32] | NDArray[np.uint8],
    affine: NDArray[np.float64],
    *,
    compressed: bool = True,
) -> bytes:
    """Encode an array with its LPS affine as NIfTI-1, with or without gzip compression.

    The same input gives the same bytes: the gzip header contains neither time nor name.
    """
    import nibabel

    image = nibabel.nifti1.Nifti1Image(array, LPS_TO_RAS @ affine)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm", "sec")  # type: ignore[no-untyped-call]
    content: bytes = image.to_bytes()
    if not compressed:
        return content
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=1, mtime=0) as file:
        file.write(content)
    return packed.getvalue()
