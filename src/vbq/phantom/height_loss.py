"""Compression fractures: vertebrae that have lost height, and the column above them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vbq.phantom.pathology import HeightLoss
    from vbq.phantom.vertebra import Vertebra

__all__ = ["apply_height_loss"]


def apply_height_loss(
    column: Sequence[Vertebra], losses: Mapping[int, HeightLoss]
) -> list[Vertebra]:
    """Take height from vertebrae; those above a wedge lean forward with it.

    Args:
        column: The vertebrae from superior to inferior, not yet placed.
        losses: Per level number, the share of the anterior, middle and posterior height lost.
    """
    lean = 0.0
    found = []
    for vertebra in reversed(column):
        lower = _compressed(vertebra, losses.get(vertebra.level, (0.0, 0.0, 0.0)))
        lost = vertebra.wedge_deg - lower.wedge_deg
        found.append(replace(lower, tilt_deg=lower.tilt_deg + lean + lost / 2))
        lean += lost
    return found[::-1]


def _compressed(vertebra: Vertebra, loss: HeightLoss) -> Vertebra:
    if not any(loss):
        return vertebra
    rise = np.tan(np.radians(vertebra.wedge_deg / 2)) * vertebra.depth
    middle = (vertebra.height - sum(vertebra.concavity)) * (1 - loss[1])
    front = (vertebra.height + rise) * (1 - loss[0])
    back = (vertebra.height - rise) * (1 - loss[2])
    height = float(front + back) / 2
    wedge = 2 * np.degrees(np.arctan((front - back) / (2 * vertebra.depth)))
    dip = height - middle
    return replace(
        vertebra, height=height, wedge_deg=float(wedge), concavity=(0.6 * dip, 0.4 * dip)
    )
