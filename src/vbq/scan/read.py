"""From a path with one study straight to its scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.errors import UsageError
from vbq.scan.find import find_series, group_by_study
from vbq.scan.selection import best_series, exclude_label_maps, rank_series, select_series

if TYPE_CHECKING:
    from pathlib import Path

    from vbq.scan.scan import Scan

__all__ = ["read_scan"]


def read_scan(path: str | Path, series: str | None = None) -> Scan:
    """Read the sagittal T1 at a path.

    Args:
        path: A DICOM, NIfTI, NRRD or MetaImage file, a folder of one study, or a zip of one.
        series: Read this one instead: its number, UID or description.

    Raises:
        InputError: Nothing there can be read, or none of it is a sagittal T1.
        UsageError: `series` matches none or several, or there are several studies.
    """
    found = find_series(path)
    if series is not None:
        return select_series(found.series, series).load()
    studies = exclude_label_maps(group_by_study(found.series))
    if len(studies) > 1:
        raise UsageError(
            f"There are {len(studies)} studies here, not one.",
            remedy="Give the folder of one, or name a series.",
            code="several_studies",
        )
    return best_series(rank_series(studies[0])).load()
