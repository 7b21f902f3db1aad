from .find import find_series as find_series
from .find import group_by_study as group_by_study
from .geometry import Plane as Plane
from .geometry import canonical as canonical
from .read import read_scan as read_scan
from .scan import Acquisition as Acquisition
from .scan import Scan as Scan
from .scan import Source as Source
from .selection import RankedSeries as RankedSeries
from .selection import best_series as best_series
from .selection import exclude_label_maps as exclude_label_maps
from .selection import rank_series as rank_series
from .selection import select_series as select_series
from .series import Series as Series
from .series import SeriesListing as SeriesListing

__all__ = [
    "Acquisition",
    "Plane",
    "RankedSeries",
    "Scan",
    "Series",
    "SeriesListing",
    "Source",
    "best_series",
    "canonical",
    "exclude_label_maps",
    "find_series",
    "group_by_study",
    "rank_series",
    "read_scan",
    "select_series",
]
