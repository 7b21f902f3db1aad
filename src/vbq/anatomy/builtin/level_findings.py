"""What is doubtful about the names of the levels, said aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.finding import Finding

if TYPE_CHECKING:
    from vbq.anatomy.anatomy import NumberingAlternative
    from vbq.anatomy.builtin.numbering import Numbering

__all__ = ["level_findings"]

SURE = 0.8  # a numbering below this confidence is flagged
NOT_NEGLIGIBLE = 0.1  # probability of a numbering shifted by one that is worth a word
# Of 418 people with MRI of the whole spine, without transitional vertebrae. Only such an image can
# tell. Tins BJ, Balain B. Insights Imaging 2016;7:199-203, doi 10.1007/s13244-016-0468-7.
ONE_MORE, ONE_FEWER = round(18 / 418, 3), round(14 / 418, 3)
CHECK = "Check the level names in the overlay."


def level_findings(
    numbering: Numbering,
    confidence: float,
    alternative: NumberingAlternative | None,
) -> tuple[Finding, ...]:
    """Flags about the numbering.

    Args:
        numbering: What was found.
        confidence: Calibrated probability that it is right, 0..1.
        alternative: The next likely numbering.
    """
    evidence: dict[str, float | int | str | bool | None] = {
        "anchor": numbering.anchor,
        "confidence": round(confidence, 3),
        "alternative_shift": alternative.shift if alternative else None,
        "alternative_probability": round(alternative.probability, 3) if alternative else None,
    }
    sure = f"confidence {confidence:.2f}"
    flags = []
    if numbering.anchor == "assumed":
        flags.append(
            Finding(
                "levels_assumed",
                "caution",
                "Neither L5 nor the sacrum was recognised; L5 was taken to lie below the lowest "
                f"body in view ({sure}). {CHECK}",
                evidence,
            )
        )
    elif numbering.anchor == "L5":
        flags.append(
            Finding(
                "sacrum_not_seen",
                "caution",
                "The sacrum was not recognised; levels were numbered from what looks like L5, "
                f"which without a sacrum below it may be L4 ({sure}). {CHECK}",
                evidence,
            )
        )
    elif confidence < SURE:
        flags.append(
            Finding(
                "levels_uncertain",
                "caution",
                f"The level numbering is uncertain ({sure}). {CHECK}",
                evidence,
            )
        )
    if (
        numbering.anchor == "sacrum"
        and alternative is not None
        and abs(alternative.shift) == 1
        and alternative.probability >= NOT_NEGLIGIBLE
    ):
        flags.append(
            Finding(
                "transitional_vertebra_possible",
                "caution",
                "The two lowest bodies look alike, as with a transitional vertebra: every level "
                "may be named one too high or too low "
                f"(probability {alternative.probability:.2f}). {CHECK}",
                evidence,
            )
        )
    if numbering.gaps:
        flags.append(
            Finding(
                "body_missed",
                "caution",
                "A vertebral body inside the chain was not recognised. Check the level names.",
                {"missing": numbering.gaps},
            )
        )
    flags.append(
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
    return tuple(flags)
