"""Whether an image can be measured at all: a sagittal magnitude MR image."""

import numpy as np

from vbq.errors import RefusalError
from vbq.scan.scan import Scan, require_sagittal
from vbq.text import percent

LARGEST_NEGATIVE_SHARE = 0.01  # fraction of the voxels that is negative


def require_suitable_image(scan: Scan) -> None:
    """Refuse an image that cannot be a sagittal magnitude MR image, before anything is measured.

    Raises:
        RefusalError: another modality, negative or constant signal, or not a sagittal image.
    """
    modality = scan.acquisition.modality
    if modality not in (None, "MR"):
        raise RefusalError(
            f"This is a {modality} series, not MR.",
            remedy="Choose the sagittal T1 of a lumbar MRI.",
            code="not_mr",
        )
    if not np.isfinite(scan.voxels).all():
        raise RefusalError(
            "The image holds values that are not numbers.",
            remedy="Export the series again from the scanner or PACS.",
            code="not_numbers",
        )
    if scan.voxels.max() == scan.voxels.min():
        raise RefusalError(
            "Every pixel of the image has the same value.",
            remedy="Export the series again from the scanner or PACS.",
            code="constant_image",
        )
    negative = float(np.mean(scan.voxels < 0))
    if negative > LARGEST_NEGATIVE_SHARE:
        raise RefusalError(
            f"{percent(negative, 0)} of the signal is negative: this is CT, a phase image or a "
            "processed one, and a ratio of its signals means nothing.",
            remedy="Use the magnitude image as the scanner reconstructed it.",
            code="negative_signal",
        )
    require_sagittal(scan)
