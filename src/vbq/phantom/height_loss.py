"""Compression fractures: vertebrae that have lost height, and the spine above them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vbq.phantom.pathology import HeightLoss
from vbq.phantom.vertebra import Vertebra


def apply_height_loss(
    column: Sequence[Vertebra], losses: Mapping[int, HeightLoss]
) -> list[Vertebra]:
    """Reduce the height of vertebrae; the vertebrae above a wedge fracture tilt forward.

    Args:
        column: Vertebrae from superior to inferior, before they are placed.
        losses: Share of the anterior, middle and posterior height lost, by level number.
    """
    kyphosis = 0.0  # degrees, added by the fractures below
    fractured = []
    for vertebra in reversed(column):
        compressed = _compress(vertebra, losses.get(vertebra.level, (0.0, 0.0, 0.0)))
        wedging = vertebra.wedge_deg - compressed.wedge_deg
        fractured.append(replace(compressed, tilt_deg=compressed.tilt_deg + kyphosis + wedging / 2))
        kyphosis += wedging
    return fractured[::-1]


def _compress(vertebra: Vertebra, loss: HeightLoss) -> Vertebra:
    """A vertebra after the loss of a share of its anterior, middle and posterior height."""
    if not any(loss):
        return vertebra
    rise = np.tan(np.radians(vertebra.wedge_deg / 2)) * vertebra.depth
    middle = (vertebra.height - sum(vertebra.concavity)) * (1 - loss[1])
    anterior = (vertebra.height + rise) * (1 - loss[0])
    posterior = (vertebra.height - rise) * (1 - loss[2])
    height = float(anterior + posterior) / 2
    wedge = 2 * np.degrees(np.arctan((anterior - posterior) / (2 * vertebra.depth)))
    concavity = height - middle
    return replace(
        vertebra,
        height=height,
        wedge_deg=float(wedge),
        concavity=(0.6 * concavity, 0.4 * concavity),
    )
