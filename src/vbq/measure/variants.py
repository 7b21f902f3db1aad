"""Scores by every protocol that divides trabecular signal by that of CSF, on the same regions."""

from collections.abc import Mapping, Sequence

import numpy as np

from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.measure.protocol import STANDARD, Protocol, protocols
from vbq.measure.reading import CsfReading, LevelReading


def score_variants(
    levels: Sequence[LevelReading], csf: CsfReading, coil_gains: Mapping[int, float]
) -> dict[str, float]:
    """Scores by the id of their protocol (``protocols.toml``), as its fields define them.

    Levels are combined where the standard score uses them; those that it never uses (T12, S1), and
    single levels, where they are not suspect. A score of several levels needs the fewest levels of
    its protocol. CSF is measured by the same statistic as the levels.

    Args:
        levels: Measured levels, at least one of them used for the score.
        csf: The CSF.
        coil_gains: Sensitivity of the coil at the CSF region over that at each level used, by level
            number; empty where no shading was fitted, and no score is then corrected for it.

    Returns:
        Combined levels in the order of the protocols, then single levels from superior to inferior,
        then scores corrected for coil shading.
    """
    if csf.signal <= 0:
        return {}
    scored = sum(level.used for level in levels)
    uncorrected = dict.fromkeys(LEVEL_NUMBERS.values(), 1.0)
    variants = {}
    for protocol in sorted(filter(_is_signal_ratio, protocols().values()), key=_position):
        gains = coil_gains if protocol.correction else uncorrected
        signals = [
            getattr(level, protocol.statistic) * gains[number]
            for level in levels
            if (number := LEVEL_NUMBERS[level.level]) in protocol.levels
            and number in gains
            and _is_usable(level, protocol)
        ]
        # where fewer levels are scored the reading is refused, but its checks compare the scores
        fewest = min(protocol.fewest_levels, len(protocol.levels), scored)
        if signals and len(signals) >= fewest:
            combined = np.mean(signals) if protocol.across_levels == "mean" else np.median(signals)
            reference = getattr(csf, protocol.statistic) * csf.floor_factor
            variants[protocol.id] = combined / reference
    return {name: float(value) for name, value in variants.items() if np.isfinite(value)}


def _is_signal_ratio(protocol: Protocol) -> bool:
    """Whether a protocol is measured by its fields alone, with no algorithm of its own."""
    return (
        protocol.region == STANDARD.region
        and protocol.reference == STANDARD.reference
        and protocol.contrast == STANDARD.contrast
        and not protocol.not_measured
    )


def _position(protocol: Protocol) -> tuple[bool, tuple[int, ...]]:
    """Sorts several levels before single ones, and what is corrected after what is not."""
    return bool(protocol.correction), protocol.levels if protocol.is_single_level else ()


def _is_usable(level: LevelReading, protocol: Protocol) -> bool:
    if not protocol.is_single_level and LEVEL_NUMBERS[level.level] in STANDARD.levels:
        return level.used
    return not level.findings
