"""Geometry and sampling: the window of the slice that the network is trained on.

Sampling is a pure function of an index, so any training run can be repeated or resumed exactly.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from contrast import Rng, photograph, spread
from sources import ALL_KNOWN, BODY, L5, Slice, bits

SHAPES = ((256, 192), (256, 192), (256, 192), (224, 224), (320, 160), (192, 256), (320, 256))
NEGATIVE_SHARE = 0.07
PHANTOM_SHARE = 0.10


def _affine(slice_: Slice, shape: tuple[int, int], rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Sampling coordinates of a rotated, scaled, slightly bent window of the slice."""
    angle = np.deg2rad(rng.uniform(-25, 25) if rng.random() < 0.35 else rng.normal(0, 6))
    scale = np.exp(rng.uniform(np.log(0.8), np.log(1.25)))
    stretch = np.exp(rng.uniform(-0.08, 0.08))
    seen = np.argwhere(slice_.tissue > 0)
    if len(seen) and rng.random() < 0.95:
        low, high = seen.min(0), seen.max(0)
        column = np.median(seen[:, 1]) + rng.uniform(-0.35, 0.35) * shape[1]
        if rng.random() < 0.5:
            # A window that ends somewhere below L5, as an ordinary lumbar scan does.
            row = high[0] + rng.uniform(15, 90) - shape[0] / 2
        else:
            row = rng.uniform(low[0] - 30, high[0] + 60)
        centre = np.array([row, column])
    else:
        centre = rng.uniform(0, 1, 2) * slice_.image.shape
    # Most of the window shows the patient: at most a fifth hangs over the edge of the slice.
    size = np.array(slice_.image.shape)
    margin = 0.3 * np.array(shape) / scale
    centre = np.clip(centre, np.minimum(margin, size / 2), np.maximum(size - margin, size / 2))
    rows, cols = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    rows, cols = rows - shape[0] / 2, cols - shape[1] / 2
    if rng.random() < 0.4:
        bend = rng.normal(0, 1, (2, 6, 5)) * rng.uniform(1, 4)
        bend = [spread(b, shape) for b in bend]
        rows, cols = rows + bend[0], cols + bend[1]
    cos, sin = np.cos(angle), np.sin(angle)
    return (
        centre[0] + (cos * rows - sin * cols) / scale,
        centre[1] + (sin * rows + cos * cols) / (scale * stretch),
    )


def crop(slice_: Slice, shape: tuple[int, int], rng: Rng) -> tuple[np.ndarray, ...]:
    """Image (0..1), target and tissue of one random window."""
    coordinates = _affine(slice_, shape, rng)
    image = ndimage.map_coordinates(slice_.image, coordinates, output=np.float32, order=1)
    row, column = (np.rint(c).astype(np.intp) for c in coordinates)
    height, width = slice_.image.shape
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    row, column = row.clip(0, height - 1), column.clip(0, width - 1)
    target = np.where(inside, slice_.target[row, column], ALL_KNOWN)
    tissue = np.where(inside, slice_.tissue[row, column], np.uint8(0))
    if rng.random() < 0.08:
        # A field of view smaller than the window.
        keep = np.zeros(shape, bool)
        top, left = rng.integers(0, shape[0] // 4), rng.integers(0, shape[1] // 4)
        keep[
            top : shape[0] - rng.integers(0, shape[0] // 4),
            left : shape[1] - rng.integers(0, shape[1] // 4),
        ] = True
        image[~keep], target[~keep], tissue[~keep] = 0, ALL_KNOWN, 0
    area = int((slice_.tissue == L5).sum())
    if area and (tissue == L5).sum() < 0.5 * area:
        # Half an L5 at the rim cannot be told from any other body.
        target[target == bits(L5)] = bits(BODY, L5)
    return image / 255.0, target, tissue


def _background(stacks: list[np.ndarray], shape: tuple[int, int], rng: Rng) -> np.ndarray:
    """An image without a sagittal spine."""
    kind = rng.integers(0, 6)
    if kind == 0:
        return np.full(shape, rng.random(), np.float32)
    if kind == 1:
        return rng.random(shape).astype(np.float32)
    if kind == 2:
        cells = int(rng.integers(3, 30))
        field = spread(rng.random((cells, cells)), shape)
        return np.clip(field, 0, 1).astype(np.float32)
    stack = stacks[rng.integers(0, len(stacks))]
    axis = int(rng.integers(0, 2))
    plane = np.take(stack, rng.integers(0, stack.shape[axis]), axis=axis).astype(np.float32)
    plane = np.rot90(plane, rng.integers(0, 4)) / 255.0
    plane = ndimage.zoom(plane, rng.uniform(0.8, 1.6), order=1)
    out = np.zeros(shape, np.float32)
    rows, cols = np.minimum(plane.shape, shape)
    top, left = (rng.integers(0, s - n + 1) for s, n in zip(shape, (rows, cols), strict=True))
    r0, c0 = (rng.integers(0, s - n + 1) for s, n in zip(plane.shape, (rows, cols), strict=True))
    out[top : top + rows, left : left + cols] = plane[r0 : r0 + rows, c0 : c0 + cols]
    return out


def cross_sections(slices: list[Slice]) -> list[np.ndarray]:
    """Volumes with cubic voxels for axial and coronal reslices (siegen and myosegmentum)."""
    stacks = []
    groups: dict[tuple[str, str], list[Slice]] = {}
    for s in slices:
        groups.setdefault((s.source, s.patient), []).append(s)
    for (source, _), group in groups.items():
        if source not in ("siegen", "myosegmentum"):
            continue
        group.sort(key=lambda s: s.offset_mm)
        step = 2 if source == "myosegmentum" else 1
        stacks.append(np.repeat(np.stack([s.image for s in group], -1), step, axis=2))
    return stacks


def weight(s: Slice) -> float:
    """How often a slice is drawn.

    Near the midline often; the few siegen patients more often, for they alone carry sacra drawn
    in three dimensions; the eight real T1 slices about every tenth time.
    """
    source = {
        "siegen": 5.0,
        "chu": 1.4,
        "myosegmentum": 1.0,
        "spider_t2space": 1.6,
        "spider_midline": 32.0,
    }[s.source]
    near = 1.0 if abs(s.offset_mm) <= 10 else 0.5 if abs(s.offset_mm) <= 18 else 0.15
    return source * near * (1.0 if s.tissue.any() else 0.3)


class Samples(torch.utils.data.Dataset):
    """Sample `i` of an endless series: image (1,H,W) and target bits (H,W)."""

    def __init__(
        self,
        slices: list[Slice],
        phantoms: list[Slice],
        batch: int,
        steps: int,
        seed: int,
        start: int = 0,
    ) -> None:
        self.slices, self.phantoms = slices, phantoms
        self.stacks = cross_sections(slices)
        weights = np.array([weight(s) for s in slices])
        self.cumulative = np.cumsum(weights / weights.sum())
        self.batch, self.seed, self.start = batch, seed, start
        self.count = steps * batch

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        index += self.start * self.batch
        shape = SHAPES[
            np.random.default_rng([self.seed, index // self.batch, 1]).integers(0, len(SHAPES))
        ]
        rng = np.random.default_rng([self.seed, index])
        if rng.random() < NEGATIVE_SHARE:
            image = _background(self.stacks, shape, rng)
            target = np.full(shape, ALL_KNOWN)
            image = photograph(image, np.zeros(shape, np.uint8), rng)
        elif self.phantoms and rng.random() < PHANTOM_SHARE:
            s = self.phantoms[rng.integers(0, len(self.phantoms))]
            image, target, tissue = crop(s, shape, rng)
            image = photograph(image, tissue, rng)
        else:
            s = self.slices[int(np.searchsorted(self.cumulative, rng.random()))]
            image, target, tissue = crop(s, shape, rng)
            image = photograph(image, tissue, rng, is_t1=s.source == "spider_midline")
        return torch.from_numpy(image)[None], torch.from_numpy(target)
