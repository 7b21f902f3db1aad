"""Proof on a digital reference object: phantoms whose true score is known, read and judged.

>>> from vbq.validation import phantom_grid
>>> grid = phantom_grid(seed=0)
>>> {spine.part for spine in grid} >= {"core", "repeats", "factors", "shading"}
True
"""

from vbq.validation.claim import Claim, claim_texts
from vbq.validation.grid import DigitalSpine, Scanning, phantom_grid
from vbq.validation.measurements import Outcome, measure, measure_all
from vbq.validation.performance import assess

__all__ = [
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
