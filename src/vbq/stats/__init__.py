"""Statistics of readings: numpy arrays in, frozen dataclasses out; images are unknown here.

One method a file, each with its paper. What is undefined for the data at hand (a constant column,
a single subject) is refused with the reason, never returned as NaN.
"""

from __future__ import annotations

from vbq.stats.agreement import Agreement, PairAgreement, agreement
from vbq.stats.bland_altman import BlandAltman, Trend, bland_altman
from vbq.stats.deming import Deming, deming
from vbq.stats.icc import IntraclassCorrelation, intraclass_correlation
from vbq.stats.passing_bablok import PassingBablok, passing_bablok
from vbq.stats.repeatability import Repeatability, repeatability

__all__ = [
    "Agreement",
    "BlandAltman",
    "Deming",
    "IntraclassCorrelation",
    "PairAgreement",
    "PassingBablok",
    "Repeatability",
    "Trend",
    "agreement",
    "bland_altman",
    "deming",
    "intraclass_correlation",
    "passing_bablok",
    "repeatability",
]
