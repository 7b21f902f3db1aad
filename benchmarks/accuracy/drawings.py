"""SPIDER's pictures as volumes: vertebrae drawn whole become bodies, numbered, with a spacing.

Both folders have lost their spacing; each patient is scaled by training's rule, so that
neighbouring lumbar bodies are 36 mm apart. No pixel is interpolated: the scale becomes the pixel
size.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from volumes import Volume, sources

from vbq.anatomy.levels import CANAL, DISC_OFFSET, LEVEL_NUMBERS

VERTEBRA, DISC = 1, 100  # their numbers in the masks of spider_t2space
L5 = LEVEL_NUMBERS["L5"]
SMALLEST_MM2 = 150.0  # least area of a body on a slice
CARRIED_MM = 3.0  # how far a body moves from one slice to the next
LEAST_CANAL = 0.8  # share of a body's rows that have canal behind them
T1_SLICES = Path(__file__).with_name("t1_slices.json")

# Colours of spider_png from L5 upward: red, green, blue, yellow, magenta, cyan, grey.
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255), (0, 255, 255),
           (128, 128, 128))  # fmt: skip


def t2space(data: Path, patient: str) -> Volume:
    """T2 SPACE slices of a patient, 1 mm apart; the lowest vertebra drawn is L5."""
    folder = data / "spider_t2space"
    names = [p.name for p in folder.glob(f"images/{patient}_t2_SPACE_slice*.png")]
    names.sort(key=lambda name: int(name.removesuffix(".png").rpartition("slice")[2]))
    images = np.stack([np.array(Image.open(folder / "images" / n).convert("L")) for n in names])
    masks = np.stack([np.array(Image.open(folder / "masks" / name)) for name in names])
    scale = sources.spider_scale(list(masks))
    labels = bodies_of(masks, scale)
    labels[masks == CANAL] = CANAL
    labels[masks == DISC] = DISC_OFFSET
    voxels = images.astype(np.float32)
    return Volume(f"spider_t2space {patient}", "spider_t2space", voxels, labels, (1, scale, scale))


def bodies_of(masks: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Vertebral bodies of masks with posterior elements, numbered upward from L5.

    Bodies are what lies in front of the canal, in pieces that reach a disc. They are counted on the
    slice that shows most of them and followed from slice to slice: neighbours that touch in one
    slice stay two.

    Args:
        masks: Shape (slices, rows, columns): 1 vertebra, 61 canal, 100 disc.
        pixel_mm: Size of a pixel.
    """
    pieces = [_pieces(m, f, pixel_mm) for m, f in zip(masks, canal_front(masks), strict=True)]
    canal = (masks == CANAL).sum(axis=(1, 2))
    first = max(range(len(masks)), key=lambda k: (pieces[k].max(), canal[k]))
    labels = np.zeros(masks.shape, np.uint8)
    count = int(pieces[first].max())
    labels[first] = np.where(pieces[first] > 0, L5 - count + pieces[first], 0)
    for order in (range(first + 1, len(masks)), range(first - 1, -1, -1)):
        seen = labels[first]
        for k in order:
            labels[k] = _carried(seen, pieces[k], CARRIED_MM / pixel_mm)
            seen = np.where(np.isin(seen, labels[k]), labels[k], seen)
    return labels


def _pieces(mask: np.ndarray, front: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Pieces of one slice that may be bodies, 1 the uppermost."""
    pieces, _ = ndimage.label((mask == VERTEBRA) & (np.arange(mask.shape[1]) < front[:, None]))
    large = np.bincount(pieces.ravel()) * pixel_mm**2 >= SMALLEST_MM2
    by_disc = np.unique(pieces[ndimage.binary_dilation(mask == DISC, iterations=4)])
    candidates = [k for k in by_disc if k and large[k]]
    candidates.sort(key=lambda k: float(np.nonzero(pieces == k)[0].mean()))
    out = np.zeros(mask.shape, int)
    for number, k in enumerate(candidates, 1):
        out[pieces == k] = number
    return out


def _carried(seen: np.ndarray, pieces: np.ndarray, reach: float) -> np.ndarray:
    """The pieces of a slice with the numbers that lie nearest on the slice before."""
    distance, nearest = ndimage.distance_transform_edt(seen == 0, return_indices=True)
    close = [k for k in range(1, pieces.max() + 1) if np.median(distance[pieces == k]) <= reach]
    return np.where(np.isin(pieces, close), seen[tuple(nearest)], 0).astype(np.uint8)


def with_canal_behind(labels: np.ndarray) -> np.ndarray:
    """The labels without bodies that were not cut off at the canal itself.

    Where a slice has left the canal, pedicles hang on the bodies and no outline of the body was
    drawn: nothing can be judged by it.
    """
    certain = labels.copy()
    for part, out in zip(labels, certain, strict=True):
        canal = (part == CANAL).any(axis=1)
        for number in np.unique(part[(part > 0) & (part <= L5)]):
            body = part == number
            if canal[body.any(axis=1)].mean() < LEAST_CANAL:
                out[body] = 0
    return certain


def canal_front(masks: np.ndarray) -> np.ndarray:
    """First column of the canal, shape (slices, rows).

    Where a slice does not show it, between or as in the slices that do; then so between rows.
    """
    canal = masks == CANAL
    front = np.where(canal.any(axis=2), canal.argmax(axis=2), np.nan)
    for line in (*front.T, *front):  # views: rows across the slices, then each slice
        known = np.flatnonzero(~np.isnan(line))
        if known.size:
            line[:] = np.interp(np.arange(line.size), known, line[known])
    return front


def t1_slices(data: Path) -> list[tuple[str, Volume]]:
    """Patient and volume of the T1 pictures named in ``t1_slices.json``; stored upside down."""
    folder = data / "spider_png" / "t1t2"
    slices = []
    for entry in json.loads(T1_SLICES.read_text("utf-8"))["slices"]:
        name = f"{entry['file']}.png"
        image = np.array(Image.open(folder / "images" / name).convert("L"))[::-1]
        colours = np.array(Image.open(folder / "masks" / name).convert("RGB"))[::-1]
        labels = np.zeros(image.shape, np.uint8)
        for step, colour in enumerate(COLOURS):
            components, _ = ndimage.label((colours == colour).all(axis=2))
            if components.any():  # the largest piece is the body: see t1_slices.json
                labels[components == 1 + np.argmax(np.bincount(components.ravel())[1:])] = L5 - step
        centres = [np.argwhere(labels == L5 - k).mean(axis=0) for k in range(5)]
        pitch = np.median(np.linalg.norm(np.diff(centres, axis=0), axis=1))
        scale = sources.PITCH_MM / float(pitch)
        volume = Volume(
            f"spider_png {entry['file']}",
            "spider_png",
            image[None].astype(np.float32),
            labels[None],
            (4.0, scale, scale),
        )
        slices.append((entry["patient"], volume))
    return slices
