"""Calibration: the network's probabilities turned into observed frequencies of being right.

Networks tend to be overconfident. Two logistic maps (Platt 1999, doi
10.7551/mitpress/1113.003.0008), fitted by ``training/calibrate.py`` on patients the network was
not trained on, give the probability that a numbering with a given posterior is right, and the
probability that an outline with a given certainty agrees with one drawn by hand. A level is right
when both are.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from vbq.anatomy.builtin.instances import Body
from vbq.anatomy.builtin.numbering import Numbering

LARGEST_PROBABILITY = 0.999  # larger ones are set to this, which keeps the logit finite
FILE = "calibration.json"
NUMBERING_FEATURES = ("posterior", "sacrum")


@dataclass(frozen=True, slots=True)
class Calibration:
    """The two logistic maps; all weights but the intercepts are ≥ 0, so both are monotonic.

    Attributes:
        numbering: ``intercept``; ``posterior``, weight of the logit of the numbering's posterior;
            ``sacrum``, added where the sacrum is recognised.
        outline: ``intercept``; ``certainty``, weight of the logit of the outline's certainty.
        model_sha256: SHA-256 of the network's weights for which they were fitted.
    """

    numbering: Mapping[str, float]
    outline: Mapping[str, float]
    model_sha256: str

    def numbering_confidence(self, numbering: Numbering) -> float:
        """Probability that the level names are right, 0..1."""
        values = numbering_features(numbering.posterior, sacrum=numbering.anchor == "sacrum")
        weights = [self.numbering[name] for name in NUMBERING_FEATURES]
        return _logistic(self.numbering["intercept"] + float(np.dot(weights, values)))

    def outline_confidence(self, body: Body) -> float:
        """Probability that an outline drawn by hand agrees (Dice above 0.7), 0..1."""
        weight = self.outline
        return _logistic(weight["intercept"] + weight["certainty"] * logit(body.certainty))

    def alternative_probability(self, numbering: Numbering) -> float:
        """Probability of the second most likely numbering, 0..1.

        It is that numbering's share of what the first one leaves.
        """
        remainder = 1 - numbering.posterior
        share = numbering.alternative_posterior / remainder if remainder > 0 else 0.0
        return (1 - self.numbering_confidence(numbering)) * min(1.0, share)


def numbering_features(posterior: float, *, sacrum: bool) -> tuple[float, float]:
    """The predictors of the numbering map, in the order of `NUMBERING_FEATURES`."""
    return (logit(posterior), float(sacrum))


def logit(probability: float) -> float:
    """Log odds, with probabilities kept between 0.001 and 0.999."""
    bounded = min(max(probability, 1 - LARGEST_PROBABILITY), LARGEST_PROBABILITY)
    return float(np.log(bounded / (1 - bounded)))


def _logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


@lru_cache(maxsize=1)
def shipped_calibration() -> Calibration:
    """The calibration shipped with the network's weights."""
    text = files("vbq.anatomy.builtin").joinpath("weights", FILE).read_text(encoding="utf-8")
    document = json.loads(text)
    return Calibration(document["numbering"], document["outline"], document["model_sha256"])
