from .selection import Choice as Choice
from .selection import best as best
from .selection import choose as choose
from .selection import select as select
from .selection import without_label_maps as without_label_maps
from .find import Found as Found
from .find import find_series as find_series
from .find import group_by_study as group_by_study
from .geometry import Plane as Plane
from .geometry import canonical as canonical
from .read import read_scan as read_scan
from .scan import Acquisition as Acquisition
from .scan import Scan as Scan
from .scan import Source as Source
from .series import Series as Series

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
