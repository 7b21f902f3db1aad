from .claim import Claim as Claim
from .claim import claim_texts as claim_texts
from .grid import DigitalSpine as DigitalSpine
from .grid import Scanning as Scanning
from .grid import phantom_grid as phantom_grid
from .measurements import METHODS as METHODS
from .measurements import Outcome as Outcome
from .measurements import measure as measure
from .measurements import measure_all as measure_all
from .performance import assess as assess

__all__ = [
    "METHODS",
    "Claim",
    "DigitalSpine",
    "Outcome",
    "Scanning",
    "assess",
    "claim_texts",
    "measure",
    "measure_all",
    "phantom_grid",
]
