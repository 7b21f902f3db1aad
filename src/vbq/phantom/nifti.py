"""Writing a phantom as NIfTI, whose axes are RAS rather than LPS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import OutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["write_nifti"]


def write_nifti(
    array: NDArray[np.float32] | NDArray[np.uint8], affine: NDArray[np.float64], path: Path | str
) -> None:
    """Write an array with its LPS affine as ``.nii`` or ``.nii.gz``.

    Raises:
        OutputError: The file cannot be written.
    """
    import nibabel

    path = Path(path)
    image = nibabel.nifti1.Nifti1Image(array, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm", "sec")  # type: ignore[no-untyped-call]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        nibabel.loadsave.save(image, path)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}.",
            remedy="Choose a folder you may write to.",
        ) from error
