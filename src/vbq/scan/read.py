"""From a path with one study straight to its scan."""

from pathlib import Path

from vbq.errors import UsageError
from vbq.scan.find import find_series, group_by_study
from vbq.scan.scan import Scan
from vbq.scan.selection import best_series, exclude_label_maps, rank_series, select_series


def read_scan(path: str | Path, series: str | None = None) -> Scan:
    """Read the sagittal T1 at a path.

    Args:
        path: A DICOM, NIfTI, NRRD or MetaImage file, a folder of one study, or a zip of one.
        series: Number, UID or description of the series to read in place of the sagittal T1.

    Raises:
        InputError: Nothing there can be read, or none of it is a sagittal T1.
        UsageError: `series` matches none or several, or there are several studies.
    """
    listing = find_series(path)
    if series is not None:
        return select_series(listing.series, series).load()
    studies = exclude_label_maps(group_by_study(listing.series))
    if len(studies) > 1:
        raise UsageError(
            f"This path holds {len(studies)} studies, not one.",
            remedy="Give the folder of one study, or name a series.",
            code="several_studies",
        )
    return best_series(rank_series(studies[0])).load()
