"""How sure: the network's own probabilities turned into frequencies of being right.

A network is most often surer than it should be. Two logistic maps (Platt 1999, doi
10.7551/mitpress/1113.003.0008), fitted by ``training/calibrate.py`` on patients the network was
not trained on, say how often a numbering with such a posterior was right, and how often a body
with such an outline was drawn alike by hand. A level is right when both are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vbq.anatomy.builtin.instances import Body
    from vbq.anatomy.builtin.numbering import Numbering

__all__ = ["Calibration", "shipped_calibration"]

CERTAIN = 0.999  # a posterior above this says no more; keeps its logit finite
FILE = "calibration.json"
NUMBERING_FEATURES = ("posterior", "sacrum")


@dataclass(frozen=True, slots=True)
class Calibration:
    """The two maps; every weight but the intercepts is at least 0, so both only ever rise.

    Attributes:
        numbering: ``intercept``; ``posterior``, weight of the logit of the numbering's posterior;
            ``sacrum``, added where the sacrum is recognised.
        outline: ``intercept``; ``certainty``, weight of the logit of the outline's certainty.
        model_sha256: The weights they were fitted for.
    """

    numbering: Mapping[str, float]
    outline: Mapping[str, float]
    model_sha256: str

    def numbering_confidence(self, numbering: Numbering) -> float:
        """Probability that the names are right, 0..1."""
        values = numbering_features(numbering.posterior, sacrum=numbering.anchor == "sacrum")
        weights = [self.numbering[name] for name in NUMBERING_FEATURES]
        return _logistic(self.numbering["intercept"] + float(np.dot(weights, values)))

    def outline_confidence(self, body: Body) -> float:
        """Probability that a reader would draw the body alike (Dice above 0.7), 0..1."""
        weight = self.outline
        return _logistic(weight["intercept"] + weight["certainty"] * logit(body.certainty))

    def shifted_numbering_probability(self, numbering: Numbering) -> float:
        """Probability of the second numbering: its share of what the first one leaves, 0..1."""
        rest = 1 - numbering.posterior
        share = numbering.alternative_posterior / rest if rest > 0 else 0.0
        return (1 - self.numbering_confidence(numbering)) * min(1.0, share)


def numbering_features(posterior: float, *, sacrum: bool) -> tuple[float, float]:
    """What the map of the numbering is made of, in the order of `NUMBERING_FEATURES`."""
    return (logit(posterior), float(sacrum))


def logit(probability: float) -> float:
    """Log odds, with probabilities kept between 0.001 and 0.999."""
    kept = min(max(probability, 1 - CERTAIN), CERTAIN)
    return float(np.log(kept / (1 - kept)))


def _logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


@lru_cache(maxsize=1)
def shipped_calibration() -> Calibration:
    """The calibration shipped beside the network's weights."""
    text = files("vbq.anatomy.builtin").joinpath("weights", FILE).read_text(encoding="utf-8")
    found = json.loads(text)
    return Calibration(found["numbering"], found["outline"], found["model_sha256"])
