from .measure import measure_scan as measure_scan
from .measure import refused as refused
from .measurement import Measurement as Measurement
from .measurement import Roi as Roi
from .protocol import STANDARD as STANDARD
from .protocol import Protocol as Protocol
from .protocol import protocols as protocols
from .reading import Reading as Reading
from .regions.manual_rois import read_rois as read_rois

__all__ = [
    "STANDARD",
    "Measurement",
    "Protocol",
    "Reading",
    "Roi",
    "measure_scan",
    "protocols",
    "read_rois",
    "refused",
]
