from .claim import Claim as Claim
from .claim import claim_texts as claim_texts
from .grid import DigitalSpine as DigitalSpine
from .grid import ScanCondition as ScanCondition
from .grid import phantom_grid as phantom_grid
from .outcomes import METHODS as METHODS
from .outcomes import Outcome as Outcome
from .outcomes import read_spine as read_spine
from .outcomes import read_spines as read_spines
from .performance import assess as assess

__all__ = [
    "METHODS",
    "Claim",
    "DigitalSpine",
    "Outcome",
    "ScanCondition",
    "assess",
    "claim_texts",
    "phantom_grid",
    "read_spine",
    "read_spines",
]
