"""The picture sheet: best, median and worst case of every source, for visual review.

Found outlines in colour, drawn ones in white; each body with its Dice and its name, both names
where they differ.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from overlap import bodies
from PIL import Image, ImageDraw

from vbq.anatomy.levels import CANAL, LEVEL_NAMES
from vbq.files import write_file
from vbq.report.colours import INK, MUTED, ORANGE, PAPER, SKY_BLUE
from vbq.report.reading.drawing import outline, write_line

if TYPE_CHECKING:
    from pathlib import Path

    from cases import SegmentedCase
    from overlap import Body

TILE = (350, 640)  # width, height of a picture
HEADER, GAP, LEGEND = 46, 8, 36
MARGIN_MM = 22.0  # margin around L1-L5
WHITE = (255, 255, 255)
YELLOW = (240, 228, 66)  # yellow of Okabe and Ito's palette
GOOD = 0.85  # Dice below it, and wrong names, are yellow


def draw_sheet(segmented_cases: list[SegmentedCase], path: Path) -> None:
    """Write the sheet as PNG."""
    sources: dict[tuple[str, str], list[SegmentedCase]] = {}
    for segmented in segmented_cases:
        sources.setdefault((segmented.case.source, segmented.case.contrast), []).append(segmented)
    rows = [_chosen(group) for group in sources.values()]
    width, height = TILE[0] + GAP, TILE[1] + HEADER + GAP
    sheet = Image.new("RGB", (GAP + 3 * width, LEGEND + len(rows) * height), PAPER)
    draw = ImageDraw.Draw(sheet)
    for k, (text, colour) in enumerate(
        (("drawn", WHITE), ("body found", ORANGE), ("canal found", SKY_BLUE))
    ):
        write_line(draw, (GAP + 4 + 130 * k, 8), text, colour, size=16, bold=True)
    for i, row in enumerate(rows):
        for j, (rank, segmented, bodies_of_case) in enumerate(row):
            sheet.paste(
                _tile(rank, segmented, bodies_of_case), (GAP + j * width, LEGEND + i * height)
            )
    packed = io.BytesIO()
    sheet.save(packed, "PNG")
    write_file(path, packed.getvalue())


def _chosen(group: list[SegmentedCase]) -> list[tuple[str, SegmentedCase, list[Body]]]:
    """Best, median and worst by the median Dice of a case, as many as there are."""
    judged = [(segmented, bodies(segmented)) for segmented in group]
    judged.sort(key=lambda pair: -float(np.median([b.dice for b in pair[1]])))
    places = {"best": 0, "median": len(judged) // 2, "worst": len(judged) - 1}
    if len(judged) < 3:
        places = {"best": 0, "worst": 1} if len(judged) == 2 else {"only": 0}
    return [(f"{rank} of {len(judged)}", *judged[k]) for rank, k in places.items()]


def _tile(rank: str, segmented: SegmentedCase, bodies_of_case: list[Body]) -> Image.Image:
    case = segmented.case
    image, box, scale = _view(segmented)
    canvas = np.repeat(np.asarray(image, np.float32)[..., None], 3, axis=2)
    reference, labels = case.labels[case.middle][box], segmented.labels[case.middle][box]
    outline(canvas, labels == CANAL, SKY_BLUE, width=1.2)
    outline(canvas, reference == CANAL, WHITE, width=1.0)
    for number in LEVEL_NAMES:
        outline(canvas, labels == number, ORANGE, width=2.0)
        outline(canvas, reference == number, WHITE, width=1.0)
    tile = Image.new("RGB", (TILE[0], TILE[1] + HEADER), PAPER)
    tile.paste(Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8)), (0, HEADER))
    draw = ImageDraw.Draw(tile)
    least = min(b.dice for b in bodies_of_case)
    write_line(draw, (4, 2), f"{case.volume.name}, {case.contrast}", INK, size=16, bold=True)
    line = f"{rank}: Dice {np.median([b.dice for b in bodies_of_case]):.3f}, least {least:.3f}"
    write_line(
        draw,
        (4, 23),
        line + (f", {segmented.refusal}" if segmented.refusal else ""),
        MUTED,
        size=15,
    )
    for body in bodies_of_case:
        mask = reference == _number(body.level)
        if not mask.any():
            continue
        row, column = np.argwhere(mask).mean(axis=0)
        name = body.level
        if body.found_as != body.level:
            name += f" as {body.found_as or 'none'}"
        colour = WHITE if body.found_as == body.level and body.dice >= GOOD else YELLOW
        position = ((column + 0.5) * scale[1], HEADER + (row + 0.5) * scale[0])
        write_line(
            draw, position, f"{name} {body.dice:.2f}", colour, size=15, anchor="mm", halo=True
        )
    return tile


def _view(segmented: SegmentedCase) -> tuple[Image.Image, tuple[slice, slice], tuple[float, float]]:
    """The slice around L1-L5 enlarged to fit a tile, where it was cut, tile pixels per pixel."""
    case = segmented.case
    _, *pixel = case.volume.spacing_mm
    reference = np.isin(case.volume.labels[case.near], [_number(f"L{k}") for k in range(1, 6)])
    sides = []
    for axis, size, length in zip((1, 2), pixel, reference.shape[1:], strict=True):
        hit = np.flatnonzero(reference.any(axis=tuple({0, 1, 2} - {axis})))
        margin = round(MARGIN_MM / size)
        sides.append(slice(max(0, hit[0] - margin), min(length, hit[-1] + margin + 1)))
    box = (sides[0], sides[1])
    part = case.volume.voxels[case.middle][box]
    low, high = np.percentile(part, (1, 99))
    grey = np.clip((part - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8)
    extent = np.array(grey.shape) * pixel  # mm
    zoom = min(TILE[1] / extent[0], TILE[0] / extent[1])
    height, width = (round(e * zoom) for e in extent)
    image = Image.fromarray(grey).resize((width, height), Image.Resampling.BICUBIC)
    return image, box, (height / grey.shape[0], width / grey.shape[1])


def _number(level: str) -> int:
    return next(number for number, name in LEVEL_NAMES.items() if name == level)
