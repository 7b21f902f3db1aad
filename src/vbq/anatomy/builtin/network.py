"""The built-in network: the tissue at each pixel of a sagittal slice.

A small 2-D U-Net run by onnxruntime on slices resampled to 1 mm pixels. The model card beside its
weights describes its training and performance.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.builtin.resample import interpolation, pixel_count
from vbq.scan.scan import Scan

WEIGHTS = files("vbq.anatomy.builtin").joinpath("weights", "vertebra_unet.onnx")

# Channels of the network's output.
BACKGROUND, BODY, L5, S1, CANAL, DISC = range(6)

PIXEL_MM = 1.0
STRIDE = 32  # height and width must be multiples of it
COARSE_STEP_MM = 12.0
FINE_STEP_MM = 2.5
FINE_REACH_MM = 14.0
MARGIN_MM = 32  # on either side of the spine, as context for the network


@dataclass(frozen=True, eq=False)
class TissueMaps:
    """Tissue probabilities on the slices that the network segmented.

    Attributes:
        probabilities: float32, shape (slices, 6, rows, columns), on a 1 mm grid.
        slices: Indices of the segmented slices in the scan, ascending.
        positions_mm: Lateral positions of these slices, mm from the first slice of the scan.
    """

    probabilities: NDArray[np.float32]
    slices: NDArray[np.intp]
    positions_mm: NDArray[np.float64]


def segment_tissues(scan: Scan) -> TissueMaps:
    """Run the network over the sagittal slices of a scan.

    The whole stack is covered, but not by every slice: first by one about every
    ``COARSE_STEP_MM``, which cannot miss a canal 20 mm wide, then, around the middle of the canal,
    by one about every ``FINE_STEP_MM``.
    """
    count, spacing = scan.voxels.shape[0], scan.spacing_mm[0]
    images = _resampled(scan)
    coarse = _evenly_spaced(COARSE_STEP_MM / spacing, count)
    maps = dict(zip(coarse.tolist(), _segment(images[coarse]), strict=True))
    canal = np.array([(slice_map[CANAL] > 0.5).sum() for slice_map in maps.values()], float)
    middle = (coarse @ canal / canal.sum()) if canal.any() else (count - 1) / 2
    near = _evenly_spaced(FINE_STEP_MM / spacing, count)
    near = near[np.abs(near - middle) * spacing <= FINE_REACH_MM]
    fine = np.array([k for k in near.tolist() if k not in maps], int)
    columns = _columns_of_spine(list(maps.values()))
    for k, part in zip(fine.tolist(), _segment(images[fine][:, :, columns]), strict=True):
        maps[k] = np.zeros_like(maps[int(coarse[0])])
        maps[k][BACKGROUND] = 1
        maps[k][:, :, columns] = part
    slices = np.array(sorted(maps))
    return TissueMaps(np.stack([maps[k] for k in slices.tolist()]), slices, slices * spacing)


def _columns_of_spine(maps: list[NDArray[np.float32]]) -> slice:
    """The columns in which any part of the spine was seen, with a margin on both sides."""
    width = maps[0].shape[2]
    spine = np.any([slice_map[BACKGROUND].min(axis=0) < 0.5 for slice_map in maps], axis=0)
    columns = np.flatnonzero(spine)
    if not columns.size:
        return slice(0, width)
    first, last = int(columns[0]), int(columns[-1])
    return slice(max(0, first - MARGIN_MM), min(width, last + MARGIN_MM + 1))


def _evenly_spaced(step: float, count: int) -> NDArray[np.intp]:
    """Indices about ``step`` apart, centred in 0 .. count - 1."""
    stride = max(1, round(step))
    return np.arange((count - 1) % stride // 2, count, stride)


def _resampled(scan: Scan) -> NDArray[np.float32]:
    """All slices at 1 mm pixels, with signals scaled as in training."""
    rows, columns = scan.voxels.shape[1:]
    height = pixel_count(rows * scan.spacing_mm[1], PIXEL_MM)
    width = pixel_count(columns * scan.spacing_mm[2], PIXEL_MM)
    images = normalise(scan.voxels)
    return np.asarray(interpolation(rows, height) @ images @ interpolation(columns, width).T)


def _segment(images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Tissue probabilities, shape (6, rows, columns), of each image."""
    height, width = images.shape[1:]
    padded = np.pad(images, ((0, 0), (0, -height % STRIDE), (0, -width % STRIDE)))
    session = _session()

    def tissues(image: NDArray[np.float32]) -> NDArray[np.float32]:
        (output,) = session.run(None, {"image": image[None, None]})
        return np.asarray(output[0, :, :height, :width])

    # one slice per core is about twice as fast as all cores on one slice after the other
    with ThreadPoolExecutor(_cores()) as pool:
        return list(pool.map(tissues, padded))


def normalise(voxels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale signals to 0..1 between the 0.5th and 99.5th percentile of the nonzero ones.

    The network was trained on signals scaled in this way. The scale is the same for all slices of
    a stack, which keeps their relative brightness.
    """
    nonzero = voxels[voxels > 0]
    if nonzero.size == 0:
        return np.zeros_like(voxels)
    low, high = np.percentile(nonzero[:: max(1, nonzero.size // 500_000)], (0.5, 99.5))
    if high <= low:
        return np.zeros_like(voxels)
    return np.asarray(np.clip((voxels - low) / (high - low), 0, 1), np.float32)


def _cores() -> int:
    """Cores this process may use, at most eight: each holds the activations of one slice."""
    allowed = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    return max(1, min(8, len(allowed)))


def weights_sha256() -> str:
    """SHA-256 of the network's weights file."""
    return sha256(_weights()).hexdigest()


@lru_cache(maxsize=1)
def _weights() -> bytes:
    return WEIGHTS.read_bytes()


@lru_cache(maxsize=1)
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        _weights(), sess_options=options, providers=["CPUExecutionProvider"]
    )


def model_card() -> str:
    """The short model card of the network, as Markdown text ending in its weights' SHA-256."""
    card = files("vbq.anatomy.builtin").joinpath("weights", "CARD.md").read_text("utf-8")
    return f"{card.rstrip()}\n\nSHA-256 of the weights: {weights_sha256()}"
