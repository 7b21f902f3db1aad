"""Ghosts: what motion during the scan leaves in the air behind the back.

Breathing, pulsation and a moving patient repeat the picture along the phase-encoding direction.
Inside the body the copies hide among tissue and add to CSF and marrow alike; in the air there is
nothing else of that smoothness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.finding import Finding

if TYPE_CHECKING:
    from vbq.measure.regions.background import Background

__all__ = ["ghost_flags"]

MOST_GHOST = 0.02  # of marrow: SD of the locally averaged air beyond noise


def ghost_flags(background: Background | None, marrow: float, phase: str | None) -> list[Finding]:
    """Whether the air behind the back holds more than noise.

    Args:
        background: The air, where it is seen.
        marrow: Median signal of the scored levels.
        phase: ``"head-foot"`` or ``"front-back"``, where the file gives the phase encoding.
    """
    if background is None or background.structure <= MOST_GHOST * marrow:
        return []
    share = background.structure / marrow
    return [
        Finding(
            "ghosting",
            "caution",
            f"The air behind the back holds structures of {share:.0%} of the marrow's signal: "
            "ghosts of motion, which add to CSF as well. Look at it in a narrow window; repeat "
            "the series if they cross the canal.",
            {
                "structure_over_marrow": round(share, 4),
                "air_mm2": round(background.area_mm2),
                "phase_encoding": phase,
            },
        )
    ]
