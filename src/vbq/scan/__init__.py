"""A series on disk becomes a Scan; among many series, the sagittal T1 is chosen.

`find_series` lists the series at a path from their headers alone, `group_by_study` groups them,
`rank_series` says which series of a study is the T1 and why the others are not, `Series.load`
reads the pixels. `read_scan` does all of that for a path with one study.
"""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(
    __name__,
    __getattr__,
    {
        "Choice": "RankedSeries",
        "Found": "SeriesListing",
        "best": "best_series",
        "choose": "rank_series",
        "select": "select_series",
        "without_label_maps": "exclude_label_maps",
    },
)
