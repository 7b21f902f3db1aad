"""The failures as outlines without the image, which the documentation may show.

The worst patient of every contrast by the least body Dice, none twice, and one spine cut below L3,
where nothing in the picture says which vertebra is the lowest.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from cases import find
from overlap import bodies

from vbq.anatomy.levels import CANAL, LEVEL_NAMES, LEVEL_NUMBERS
from vbq.files import write_file
from vbq.report.colours import ORANGE, SKY_BLUE

if TYPE_CHECKING:
    from pathlib import Path

    from cases import SegmentedCase
    from matplotlib.axes import Axes

CONTRASTS = ("T1", "T2/water", "T1-like")
CUT_BELOW = LEVEL_NUMBERS["L3"]
CUT_MARGIN_MM = 6.0
ROOM_MM = 10.0  # margin around the outlines


def draw_failures(segmented_cases: list[SegmentedCase], path: Path) -> None:
    """Write the picture as PNG."""
    from matplotlib.figure import Figure

    worst: list[SegmentedCase] = []
    for contrast in CONTRASTS:
        shown = {f.case.patient for f in worst}
        candidates = [f for f in segmented_cases if f.case.contrast == contrast]
        candidates = [f for f in candidates if f.case.patient not in shown]
        worst += [min(candidates, key=least)] if candidates else []
    panels = [(f, f"{f.case.volume.name}: least Dice {least(f):.2f}") for f in worst]
    with_anatomy = [f for f in segmented_cases if f.case.contrast == CONTRASTS[-1] and f.anatomy]
    if with_anatomy:
        panels.append(
            (cut_below(with_anatomy[0]), f"{with_anatomy[0].case.volume.name}, cut below L3")
        )
    figure = Figure(figsize=(2.9 * len(panels), 5.2), layout="constrained")
    for axes, (segmented, title) in zip(
        np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True
    ):
        _panel(axes, segmented, title)
    packed = io.BytesIO()
    figure.savefig(packed, format="png", dpi=100, metadata={"Software": None})
    write_file(path, packed.getvalue())


def least(segmented: SegmentedCase) -> float:
    """The least Dice of its bodies."""
    return min(body.dice for body in bodies(segmented))


def cut_below(segmented: SegmentedCase) -> SegmentedCase:
    """The same spine in a picture that ends below L3, segmented anew."""
    volume = segmented.case.volume
    rows = np.flatnonzero((volume.labels == CUT_BELOW).any(axis=(0, 2)))
    end = rows[-1] + 1 + round(CUT_MARGIN_MM / volume.spacing_mm[1])
    part = replace(volume, voxels=volume.voxels[:, :end], labels=volume.labels[:, :end])
    return find(replace(segmented.case, volume=part, labels=segmented.case.labels[:, :end]))


def _panel(axes: Axes, segmented: SegmentedCase, title: str) -> None:
    """Outlines of the drawing's mid-sagittal slice: drawn in black, found in colour."""
    case = segmented.case
    reference, seen = case.volume.labels[case.middle], segmented.labels[case.middle]
    _, row_mm, column_mm = case.volume.spacing_mm
    x = (np.arange(reference.shape[1]) + 0.5) * column_mm
    y = (np.arange(reference.shape[0]) + 0.5) * row_mm

    def line(mask: np.ndarray, colour: object, width: float) -> None:
        if mask.any():
            axes.contour(x, y, mask, [0.5], colors=[colour], linewidths=width)

    line(seen == CANAL, _rgb(SKY_BLUE), 1.2)
    for number, name in LEVEL_NAMES.items():
        line(seen == number, _rgb(ORANGE), 1.8)
        line(reference == number, "black", 0.8)
        for mask, side, colour, text in (
            (seen == number, "left", _rgb(ORANGE), name),
            (reference == number, "right", "black", name),
        ):
            if mask.any() and number in LEVEL_NUMBERS.values():
                row, column = np.argwhere(mask).mean(axis=0)
                shift = -4 if side == "left" else 4
                axes.text((column + 0.5) * column_mm + shift, (row + 0.5) * row_mm, text,
                          color=colour, ha="right" if side == "left" else "left", va="center",
                          fontsize=8, fontweight="bold")  # fmt: skip
    rows, columns = np.nonzero((reference > 0) | (seen > 0))
    axes.set_xlim(columns.min() * column_mm - ROOM_MM, columns.max() * column_mm + ROOM_MM)
    axes.set_ylim(rows.max() * row_mm + ROOM_MM, rows.min() * row_mm - ROOM_MM)
    axes.set_aspect("equal")
    axes.set_title(title, fontsize=9)
    axes.tick_params(labelsize=7)
    axes.set_xlabel("mm", fontsize=8)


def _rgb(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    return (colour[0] / 255, colour[1] / 255, colour[2] / 255)
