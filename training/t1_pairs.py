"""Real T1 in training: labels carried over from the T2 of the same patient, numbering by hand.

SPIDER's midline T1 images have no masks, but most have a T2 of the same slice, on which the first
network is most certain. Its predictions on both, superimposed, outline bodies, discs and canal;
`t1_landmarks.json` holds what must not be left to a network: which body is L5 and where the corners
of S1 are, placed by hand for this project (no radiologist checked them), and the pixel size that
puts neighbouring bodies 36 mm apart. 11_T1, whose lumbosacral level is doubtful, has no landmarks:
its lowest bodies keep every number. 20_T1 is left out: the same patient's slices are held out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

from sources import BACKGROUND, BODY, CANAL, CLASSES, DISC, L5, S1, Slice, bits, draw_s1, zoom
from vbq.anatomy.builtin.network import normalise

if TYPE_CHECKING:
    from pathlib import Path

    from evaluate import Network

SOURCE = "spider_midline"
SURE, SURELY_BACKGROUND, SURELY_NOT = 0.8, 0.9, 0.03
LOWEST_MM = 90  # above the lower end of the bodies: where a doubtful number is left open
ANY_CLASS = bits(*range(len(CLASSES)))


def read_t1(data: Path, landmarks: Path, network: Network) -> list[Slice]:
    """The midline T1 slices of `landmarks` at 1 mm, labelled where both contrasts agree."""
    folder = data / SOURCE / "images"
    slices = []
    for name, known in json.loads(landmarks.read_text(encoding="utf-8")).items():
        image = _at_one_mm(folder / f"{name}.png", known["mm_per_pixel"][0])
        p = network.probabilities(normalise(image))
        if "t2" in known:
            partner = _at_one_mm(folder / f"{known['t2']}.png", known["mm_per_pixel"][1])
            p = (p + _laid_over(p, network.probabilities(normalise(partner)))) / 2
        labelled = _label(p, known)
        if labelled is None:
            print(f"{name}: excluded: the network finds no body at the landmark of L5")
            continue
        slices.append(Slice(SOURCE, name, 0.0, image, *labelled))
    return slices


def _at_one_mm(path: Path, mm_per_pixel: float) -> np.ndarray:
    return zoom(np.array(Image.open(path).convert("L")), mm_per_pixel, order=1)


def _laid_over(fixed: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """`moving` shifted by whole millimetres so that its spine lies on that of `fixed`."""
    shape = tuple(np.maximum(fixed.shape[1:], moving.shape[1:]) * 2)
    a, b = (np.fft.rfft2(p[[BODY, L5, S1]].sum(0), shape) for p in (fixed, moving))
    match = np.fft.irfft2(a * b.conj(), shape)
    shift = [
        (k + n // 2) % n - n // 2
        for k, n in zip(np.unravel_index(match.argmax(), shape), shape, strict=True)
    ]
    rows, columns = np.indices(fixed.shape[1:])
    row, column = rows - shift[0], columns - shift[1]
    inside = (row >= 0) & (row < moving.shape[1]) & (column >= 0) & (column < moving.shape[2])
    out = fixed.copy()
    out[:, inside] = moving[:, row[inside], column[inside]]
    return out


def _label(p: np.ndarray, known: dict) -> tuple[np.ndarray, np.ndarray] | None:
    """Target and tissue: what is sure is set, what is impossible ruled out, the rest stays open.

    ``None`` where the network is not sure of any body, or of none at the landmark of L5.
    """
    target = np.full(p.shape[1:], ANY_CLASS)
    tissue = np.zeros(p.shape[1:], np.uint8)
    body = p[[BODY, L5, S1]].sum(0)
    for label, chance in ((BODY, body), (CANAL, p[CANAL]), (DISC, p[DISC])):
        if label == CANAL and not known.get("canal", True):
            continue
        ruled_out = bits(BODY, L5, S1) if label == BODY else bits(label)
        target[chance < SURELY_NOT] &= ~ruled_out
        sure = chance > SURE
        target[sure], tissue[sure] = bits(label), label
    target[p[BACKGROUND] > SURELY_BACKGROUND] = bits(BACKGROUND)
    bodies, count = ndimage.label(ndimage.binary_opening(tissue == BODY, iterations=2))
    if not count or ("l5" in known and not bodies[tuple(known["l5"])]):
        return None
    if "l5" in known:
        nearest = ndimage.distance_transform_edt(
            bodies == 0, return_distances=False, return_indices=True
        )
        owner = np.where(tissue == BODY, bodies[tuple(nearest)], 0)
        l5 = bodies[tuple(known["l5"])]
        target[owner == l5], tissue[owner == l5] = bits(L5), L5
        middles = ndimage.center_of_mass(bodies > 0, bodies, range(1, count + 1))
        sacral = [k for k, middle in enumerate(middles, 1) if middle[0] > middles[l5 - 1][0] + 5]
        # Below L5 the corners say where S1 is, and the rest of the sacrum is background.
        target[np.isin(owner, sacral)], tissue[np.isin(owner, sacral)] = bits(BACKGROUND), 0
        draw_s1(target, tissue, known["s1"])
    else:
        doubtful = np.arange(p.shape[1])[:, None] > np.nonzero(bodies)[0].max() - LOWEST_MM
        target[doubtful & (tissue == BODY)] = bits(BODY, L5, S1)
    target[target == 0] = bits(BACKGROUND)
    return target, tissue
