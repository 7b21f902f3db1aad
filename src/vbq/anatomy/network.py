"""The built-in network: what each pixel of a sagittal slice shows.

A small 2-D U-Net run by onnxruntime on slices resampled to 1 mm pixels. See the model card beside
its weights for how it was trained and how well it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq.anatomy.resample import interpolation, pixels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.scan.scan import Scan

__all__ = ["BODY", "CANAL", "DISC", "L5", "S1", "TissueMaps", "map_tissues", "weights_sha256"]

# Channels of the network's output.
BACKGROUND, BODY, L5, S1, CANAL, DISC = range(6)

PIXEL_MM = 1.0
STRIDE = 32  # height and width must be multiples of it
SLICE_STEP_MM = 2.5  # finer stacks are sampled at about this distance: bodies are 45 mm wide


@dataclass(frozen=True, eq=False)
class TissueMaps:
    """What the network saw.

    Attributes:
        probabilities: float32, shape (slices looked at, 6, rows, columns) on a 1 mm grid.
        slices: Indices into the scan of the slices looked at.
    """

    probabilities: NDArray[np.float32]
    slices: NDArray[np.intp]


def map_tissues(scan: Scan) -> TissueMaps:
    """Run the network over the sagittal slices of a scan."""
    step = max(1, round(SLICE_STEP_MM / scan.spacing_mm[0]))
    count = scan.voxels.shape[0]
    slices = np.arange((count - 1) % step // 2, count, step)
    images = normalise(scan.voxels[slices])

    rows, columns = scan.voxels.shape[1:]
    height = pixels_of(rows * scan.spacing_mm[1], PIXEL_MM)
    width = pixels_of(columns * scan.spacing_mm[2], PIXEL_MM)
    resampled = interpolation(rows, height) @ images @ interpolation(columns, width).T
    padded = np.pad(resampled, ((0, 0), (0, -height % STRIDE), (0, -width % STRIDE)))

    session = _session()
    probabilities = np.empty((len(slices), 6, height, width), np.float32)
    for i, image in enumerate(padded):  # one at a time: larger batches only cost memory
        (output,) = session.run(None, {"image": image[None, None]})
        probabilities[i] = output[0, :, :height, :width]
    return TissueMaps(probabilities=probabilities, slices=slices)


def normalise(voxels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale signals to 0..1 between the 0.5th and 99.5th percentile of the nonzero ones.

    This is what the network was trained on; it is the same for the whole stack, so that relative
    brightness between slices is kept.
    """
    nonzero = voxels[voxels > 0]
    if nonzero.size == 0:
        return np.zeros_like(voxels)
    low, high = np.percentile(nonzero[:: max(1, nonzero.size // 500_000)], (0.5, 99.5))
    return np.asarray(np.clip((voxels - low) / max(high - low, 1e-6), 0, 1), np.float32)


def weights_sha256() -> str:
    """SHA-256 of the network's weights file."""
    return sha256(_weights()).hexdigest()


@lru_cache(maxsize=1)
def _weights() -> bytes:
    return files("vbq.anatomy").joinpath("weights", "vertebra_unet.onnx").read_bytes()


@lru_cache(maxsize=1)
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 0  # all cores
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        _weights(), sess_options=options, providers=["CPUExecutionProvider"]
    )
