"""Findings about the numbering of the levels."""

from vbq.anatomy.anatomy import NumberingAlternative
from vbq.anatomy.builtin.numbering import Numbering
from vbq.finding import Finding

MIN_CONFIDENCE = 0.8  # a numbering below this confidence is flagged
NOTABLE = 0.1  # a numbering shifted by one level is reported from this probability
# Of 418 people with MRI of the whole spine, without transitional vertebrae. Only such an image
# shows it. Tins BJ, Balain B. Insights Imaging 2016;7:199-203, doi 10.1007/s13244-016-0468-7.
ONE_MORE, ONE_FEWER = round(18 / 418, 3), round(14 / 418, 3)
CHECK = "Check the level names in the overlay."


def level_findings(
    numbering: Numbering,
    confidence: float,
    alternative: NumberingAlternative | None,
) -> tuple[Finding, ...]:
    """Findings about the numbering of the levels.

    Args:
        numbering: The numbering.
        confidence: Calibrated probability that it is right, 0..1.
        alternative: The second most likely numbering.
    """
    evidence: dict[str, float | int | str | bool | None] = {
        "anchor": numbering.anchor,
        "confidence": round(confidence, 3),
        "alternative_shift": alternative.shift if alternative else None,
        "alternative_probability": round(alternative.probability, 3) if alternative else None,
    }
    certainty = f"confidence {confidence:.2f}"
    findings = []
    if numbering.anchor == "assumed":
        findings.append(
            Finding(
                "levels_assumed",
                "caution",
                "Neither L5 nor the sacrum was recognised; L5 was assumed to lie below the lowest "
                f"body in view ({certainty}). {CHECK}",
                evidence,
            )
        )
    elif numbering.anchor == "L5":
        findings.append(
            Finding(
                "sacrum_not_seen",
                "caution",
                "The sacrum was not recognised; levels were numbered from what looks like L5, "
                f"which may be L4 as no sacrum is seen below it ({certainty}). {CHECK}",
                evidence,
            )
        )
    elif confidence < MIN_CONFIDENCE:
        findings.append(
            Finding(
                "levels_uncertain",
                "caution",
                f"The level numbering is uncertain ({certainty}). {CHECK}",
                evidence,
            )
        )
    if (
        numbering.anchor == "sacrum"
        and alternative is not None
        and abs(alternative.shift) == 1
        and alternative.probability >= NOTABLE
    ):
        findings.append(
            Finding(
                "transitional_vertebra_possible",
                "caution",
                "The two lowest bodies look alike, as with a transitional vertebra: every level "
                "name may be one too high or too low "
                f"(probability {alternative.probability:.2f}). {CHECK}",
                evidence,
            )
        )
    if numbering.gaps:
        findings.append(
            Finding(
                "body_missed",
                "caution",
                "A vertebral body between two others was not recognised. Check the level names.",
                {"missing": numbering.gaps},
            )
        )
    findings.append(
        Finding(
            "lumbar_count_unknown",
            "note",
            "Levels are counted upward from the sacrum as if there were five lumbar vertebrae; a "
            "lumbar scan does not show whether there are. Of 418 people 7.7 % had one mobile "
            "vertebra more or fewer, which moves every name by one: compare with an image of the "
            "whole spine where it matters.",
            {"one_more_probability": ONE_MORE, "one_fewer_probability": ONE_FEWER},
        )
    )
    return tuple(findings)
