"""Intensity: T1-like contrast made from T2 and water images.

No T1-weighted image with masks is available for training. What T1 does to a spine is known,
though: dark fluid with a slightly brighter cord, discs from dark to nearly marrow, marrow between
muscle and fat, bright fat. Each training image is therefore re-coloured at random: every labelled
tissue gets a mean of its own with part of its texture kept, and everything else goes through a
random, not necessarily monotone, intensity curve.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from sources import BODY, CANAL, DISC, L5, S1
from vbq.anatomy.builtin.network import normalise

Rng = np.random.Generator


def _curve(values: np.ndarray, nodes: list[tuple[float, float]]) -> np.ndarray:
    x, y = np.array(sorted(nodes)).T
    return np.interp(values, x + np.arange(x.size) * 1e-5, y)


def _spread(cells: int, pixels: int) -> np.ndarray:
    """Weights (pixels, cells) of a smooth interpolation; a spline zoom costs thirty times this."""
    place = np.linspace(0, cells - 1, pixels)
    below = np.minimum(place.astype(int), cells - 2)
    share = place - below
    share = share * share * (3 - 2 * share)
    weights = np.zeros((pixels, cells), np.float32)
    weights[np.arange(pixels), below] = 1 - share
    weights[np.arange(pixels), below + 1] = share
    return weights


def spread(grid: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A coarse grid (at least 2 by 2) as a smooth field of `shape`."""
    return _spread(grid.shape[0], shape[0]) @ grid @ _spread(grid.shape[1], shape[1]).T


def _smooth_noise(shape: tuple[int, int], cells: int, rng: Rng) -> np.ndarray:
    return spread(rng.standard_normal((cells, cells), dtype=np.float32), shape)


def recolour(image: np.ndarray, tissue: np.ndarray, rng: Rng, t1_like: bool) -> np.ndarray:
    """A new contrast for `image` (0..1) given what is known of its tissues."""
    marrow = (tissue == BODY) | (tissue == L5) | (tissue == S1)
    masks = {"marrow": marrow, "disc": tissue == DISC, "canal": tissue == CANAL}
    means = {k: float(image[m].mean()) if m.any() else 0.4 for k, m in masks.items()}
    if t1_like:
        bone = rng.uniform(0.3, 0.75)
        new = {
            "marrow": bone,
            "disc": bone * rng.uniform(0.4, 1.0),
            "canal": bone * rng.uniform(0.1, 0.7),
        }
        fat, muscle = rng.uniform(max(bone, 0.6), 1.0), bone * rng.uniform(0.25, 0.8)
        gain = {
            "marrow": rng.uniform(0.4, 1.8),
            "disc": rng.uniform(-0.4, 0.9),
            "canal": rng.uniform(-0.5, 0.25),
        }
    else:
        new = {k: rng.uniform(0.05, 0.95) for k in masks}
        fat, muscle = rng.uniform(0, 1, 2)
        gain = {k: rng.uniform(-1.0, 1.5) for k in masks}
    quantile = np.quantile(image, (0.35, 0.6, 0.8, 0.97))
    dark = rng.uniform(0, 0.12 if t1_like else 0.5)
    nodes = [
        (0.0, rng.uniform(0, 0.05) if rng.random() < 0.85 else rng.random()),
        (quantile[0] * 0.6, dark),
        (quantile[1], muscle),
        (quantile[3], fat),
        (1.0, min(1.0, fat * rng.uniform(0.9, 1.15))),
    ]
    if rng.random() < 0.7:
        # The unlabelled sacrum and posterior elements are marrow too.
        nodes.append((means["marrow"], new["marrow"]))
    else:
        nodes.append((quantile[2], rng.uniform(0.1, 0.9)))
    out = _curve(image, nodes).astype(np.float32)
    if t1_like and rng.random() < 0.5:
        rim = ndimage.binary_dilation(marrow) & ~marrow
        out[rim] *= rng.uniform(0.15, 0.8)
    blur = rng.uniform(0.35, 0.8)
    for name, mask in masks.items():
        if not mask.any():
            continue
        value = new[name] + gain[name] * (image - means[name])
        if name == "marrow":
            value = value + _marrow_pattern(mask, rng)
        share = ndimage.gaussian_filter(mask.astype(np.float32), blur)
        out = out * (1 - share) + np.maximum(value, 0.0) * share
    return np.clip(out, 0.0, 1.3).astype(np.float32)


def _marrow_pattern(marrow: np.ndarray, rng: Rng) -> np.ndarray:
    """Bodies differ a little in brightness, some have fatty or sclerotic patches.

    Neither the network's numbering nor its outline is to lean on brightness.
    """
    labels, count = ndimage.label(marrow)
    level = np.concatenate([[0.0], rng.normal(0, 0.05, count)])
    pattern = level[labels]
    if rng.random() < 0.4:
        pattern = pattern + _smooth_noise(
            marrow.shape, int(rng.integers(8, 40)), rng
        ) * rng.uniform(0.02, 0.1)
    if rng.random() < 0.25:
        spots = np.argwhere(marrow)
        rows, cols = np.ogrid[: marrow.shape[0], : marrow.shape[1]]
        for r, c in spots[rng.integers(0, len(spots), int(rng.integers(1, 4)))]:
            radius = rng.uniform(3, 10)
            hit = (rows - r) ** 2 + (cols - c) ** 2 < radius**2
            pattern = pattern + hit * rng.uniform(-0.3, 0.3)
    return pattern


def shade(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Surface-coil fall-off (up to tenfold, strongest from the back) and a smooth bias field."""
    height, width = image.shape
    log_gain = np.zeros(image.shape, np.float32)
    if rng.random() < 0.6:
        fall = rng.uniform(0, np.log(10.0)) * (1 if rng.random() < 0.9 else -1)
        log_gain += np.linspace(-fall / 2, fall / 2, width, dtype=np.float32)[None, :]
        sag = rng.uniform(0, 1.5)
        log_gain -= (
            sag
            * (np.linspace(-1, 1, height, dtype=np.float32)[:, None] - rng.uniform(-0.5, 0.5)) ** 2
        )
    if rng.random() < 0.6:
        log_gain += rng.uniform(0.05, 0.3) * _smooth_noise(image.shape, 4, rng)
    return image * np.exp(log_gain)


def degrade(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Resolution from sharp to 1.6 mm pixels, Rician noise (SNR about 8 to 100)."""
    choice = rng.random()
    if choice < 0.35:
        image = ndimage.gaussian_filter(image, (rng.uniform(0.3, 1.1), rng.uniform(0.3, 1.1)))
    elif choice < 0.5:
        image = np.maximum(
            image + rng.uniform(0.3, 1.0) * (image - ndimage.gaussian_filter(image, 1.0)), 0
        )
    sigma = float(np.exp(rng.uniform(np.log(0.004), np.log(0.05))))
    noise = np.float32(sigma) * rng.standard_normal((2, *image.shape), dtype=np.float32)
    if rng.random() < 0.3:
        noise = ndimage.gaussian_filter(noise, (0, 0.7, 0.7)) * 2
    return np.hypot(image + noise[0], noise[1])


def metal(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Signal voids with a bright rim, as screws and rods leave behind."""
    rows, cols = np.mgrid[: image.shape[0], : image.shape[1]]
    image = image.copy()
    for _ in range(int(rng.integers(1, 4))):
        r = rng.uniform(0.2, 0.9) * image.shape[0]
        c = rng.uniform(0.3, 0.9) * image.shape[1]
        angle, long, short = rng.uniform(0, np.pi), rng.uniform(6, 25), rng.uniform(3, 9)
        u = (rows - r) * np.cos(angle) + (cols - c) * np.sin(angle)
        v = (cols - c) * np.cos(angle) - (rows - r) * np.sin(angle)
        radius = np.hypot(u / long, v / short)
        image[(radius >= 1) & (radius < 1.25)] *= rng.uniform(1.0, 1.8)
        image[radius < 1] *= rng.uniform(0, 0.1)
    return image


def photograph(image: np.ndarray, tissue: np.ndarray, rng: Rng, is_t1: bool = False) -> np.ndarray:
    """One random imaging of a slice: contrast, hardware, shading, noise, normalisation.

    A real T1 keeps its own contrast most of the time.
    """
    choice = rng.random()
    if is_t1 and choice < 0.7:
        image = image ** np.exp(rng.uniform(-0.5, 0.5))
    elif choice < 0.58:
        image = recolour(image, tissue, rng, t1_like=True)
    elif choice < 0.76:
        image = recolour(image, tissue, rng, t1_like=False)
    elif choice < 0.95:
        image = image ** np.exp(rng.uniform(-0.7, 0.7))
    else:
        image = (1 - image) * (image > 0.02)
    if rng.random() < 0.07:
        image = metal(image, rng)
    image = degrade(shade(image, rng), rng)
    image = normalise(image)
    if rng.random() < 0.5:
        # Percentiles of one crop are not those of a stack.
        image = np.clip(image * rng.uniform(0.75, 1.25) + rng.uniform(-0.04, 0.04), 0, 1)
    if rng.random() < 0.3:
        image = image ** np.float32(np.exp(rng.uniform(-0.5, 0.5)))
    return image.astype(np.float32)
