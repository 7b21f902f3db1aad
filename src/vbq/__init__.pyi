from ._version import __version__ as __version__
from .anatomy import Anatomy as Anatomy
from .anatomy import find_anatomy as find_anatomy
from .errors import VBQError as VBQError
from .finding import Finding as Finding
from .measure import Measurement as Measurement
from .measure import Reading as Reading
from .measure import measure_scan as measure_scan
from .measure import read_rois as read_rois
from .phantom import make_phantom as make_phantom
from .report import write_results as write_results
from .report import write_study as write_study
from .scan import Scan as Scan
from .scan import find_series as find_series
from .scan import read_scan as read_scan
from .scoring import StudyResult as StudyResult
from .scoring import score as score
from .study import Analysis as Analysis
from .study import Plan as Plan
from .study import read_plan as read_plan
from .study import run_study as run_study

__all__ = [
    "Analysis",
    "Anatomy",
    "Finding",
    "Measurement",
    "Plan",
    "Reading",
    "Scan",
    "StudyResult",
    "VBQError",
    "__version__",
    "find_anatomy",
    "find_series",
    "make_phantom",
    "measure_scan",
    "read_plan",
    "read_rois",
    "read_scan",
    "run_study",
    "score",
    "write_results",
    "write_study",
]
