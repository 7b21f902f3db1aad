"""Only sagittal images are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.errors import RefusalError

if TYPE_CHECKING:
    from vbq.scan.scan import Scan

__all__ = ["require_sagittal"]


def require_sagittal(scan: Scan) -> None:
    """Refuse a stack from which no sagittal slice can be taken as it was acquired.

    A stack of nearly cubic voxels passes: any plane can be cut from it.

    Raises:
        RefusalError: The scan is axial or coronal; code ``not_sagittal``.
    """
    if scan.plane not in ("sagittal", "isotropic"):
        raise RefusalError(
            f"The series is {scan.plane}; VBQ is measured on sagittal images.",
            remedy="Choose a sagittal T1 series.",
            code="not_sagittal",
        )
