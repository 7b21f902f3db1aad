"""The levels that are scored: missing, uncertain, or in a spine with an unusual number of them."""

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan
from vbq.measure.protocol import STANDARD

LOWEST_CONFIDENCE = 0.6
UNUSUAL_COUNTS = (4, 6)


def missing_level_findings(measured: MeasuredScan) -> list[Finding]:
    """Whether levels of the standard score are missing."""
    standard = [LEVEL_NAMES[n] for n in STANDARD.levels]
    used = [LEVEL_NAMES[n] for n in measured.scored]
    missing = [name for name in standard if name not in used]
    if not missing:
        return []
    evidence = {"used": " ".join(used), "missing": " ".join(missing)}
    if len(used) < STANDARD.fewest_levels:
        message = (
            f"Only {len(used)} of {', '.join(standard)} can be scored; at least "
            f"{STANDARD.fewest_levels} are needed."
        )
        return [Finding("too_few_levels", "refuse", message, evidence)]
    message = f"Scored without {', '.join(missing)}: the standard score has four levels."
    return [Finding("levels_missing", "caution", message, evidence)]


def level_confidence_findings(measured: MeasuredScan) -> list[Finding]:
    """Whether the engine is unsure of a scored level."""
    unsure = {
        vertebra.name: vertebra.confidence
        for vertebra in measured.anatomy.vertebrae
        if vertebra.level in measured.scored
        and vertebra.confidence is not None
        and vertebra.confidence < LOWEST_CONFIDENCE
    }
    if not unsure:
        return []
    listed = ", ".join(f"{name} ({confidence:.2f})" for name, confidence in unsure.items())
    message = f"The engine is unsure of {listed}. Check outlines and names in the overlay."
    evidence = {name: round(confidence, 3) for name, confidence in unsure.items()}
    return [Finding("level_confidence_low", "caution", message, evidence)]


def lumbar_count_findings(measured: MeasuredScan) -> list[Finding]:
    """Whether there are four or six lumbar vertebrae."""
    count = measured.anatomy.lumbar_count
    if count not in UNUSUAL_COUNTS:
        return []
    message = (
        f"There are {count} lumbar vertebrae: published scores are of spines with five, and levels "
        "counted from above and from below differ."
    )
    return [Finding("lumbar_count_unusual", "caution", message, {"lumbar_count": count})]
