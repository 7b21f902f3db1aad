"""Scan and Anatomy become a Reading: regions, signals, the score and its quality flags."""

from __future__ import annotations

from vbq.measure.measure import refused, take_reading
from vbq.measure.measurement import Measurement, Roi
from vbq.measure.protocol import STANDARD, Protocol
from vbq.measure.reading import Reading

__all__ = ["STANDARD", "Measurement", "Protocol", "Reading", "Roi", "refused", "take_reading"]
