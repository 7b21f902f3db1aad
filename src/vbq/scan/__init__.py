"""A series on disk becomes a Scan; among many series, the sagittal T1 is picked.

`find_series` lists what lies at a path from the headers alone, `group_by_study` sorts it,
`choose` says which series of a study is the T1 and why not the others, `Series.load` reads its
pixels. `read_scan` does all of that for a path with one study.
"""

from __future__ import annotations

from vbq.scan.choose import Choice, best, choose, select, without_label_maps
from vbq.scan.find import Found, find_series, group_by_study
from vbq.scan.geometry import Plane, canonical
from vbq.scan.read import read_scan
from vbq.scan.scan import Acquisition, Scan, Source
from vbq.scan.series import Series

__all__ = [
    "Acquisition",
    "Choice",
    "Found",
    "Plane",
    "Scan",
    "Series",
    "Source",
    "best",
    "canonical",
    "choose",
    "find_series",
    "group_by_study",
    "read_scan",
    "select",
    "without_label_maps",
]
