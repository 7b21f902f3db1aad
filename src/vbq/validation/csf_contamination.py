"""CSF contamination: fat and nerve roots painted into the thecal sac of a phantom.

Where a share f of the sac is r times as bright as CSF, a mean over the whole sac gives
VBQ' = VBQ / (1 + f (r - 1)): 2.14 for a true score of 3.00 with 10 % epidural fat (r = 5), and
2.48 with 30 % nerve roots (r = 1.7).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import CANAL
from vbq.phantom import Phantom

Coverage = Callable[["NDArray[np.float64]", float, float], "NDArray[np.float64]"]


@dataclass(frozen=True)
class Contaminant:
    """A tissue that takes the place of CSF in part of the sac.

    Attributes:
        name: Name of the tissue, for display.
        share: Proportion of the sac it takes, 0..1.
        ratio: Signal of the tissue over that of CSF.
        coverage: Function of the pixels' positions (0 anterior to 1 posterior, shape (n,)), the
            size of a pixel on that scale and the share; gives each pixel's covered part, 0..1.
    """

    name: str
    share: float
    ratio: float
    coverage: Coverage


def _posterior(position: NDArray[np.float64], pixel: float, share: float) -> NDArray[np.float64]:
    """Cover the posterior share of the sac."""
    return np.clip((position - (1 - share)) / pixel + 0.5, 0, 1)


def _two_bundles(position: NDArray[np.float64], pixel: float, share: float) -> NDArray[np.float64]:
    """Cover two bundles, centred at a third and at three quarters of the sac's depth."""
    anterior, posterior = (
        np.clip((share / 4 - np.abs(position - centre)) / pixel + 0.5, 0, 1)
        for centre in (0.33, 0.75)
    )
    return np.asarray(anterior + posterior)


CSF_CONTAMINANTS = {
    "fat": Contaminant("10 % epidural fat", 0.10, 5.0, _posterior),
    "roots": Contaminant("30 % nerve roots", 0.30, 1.7, _two_bundles),
}


def contaminate_csf(phantom: Phantom, contaminant: Contaminant) -> NDArray[np.float32]:
    """The phantom's voxels with the contaminant painted into every row of the sac."""
    voxels = phantom.voxels.copy()
    for k, row in np.argwhere((phantom.labels == CANAL).any(axis=2)):
        columns = np.flatnonzero(phantom.labels[k, row] == CANAL)
        position = (np.arange(columns.size) + 0.5) / columns.size
        coverage = contaminant.coverage(position, 1 / columns.size, contaminant.share)
        signal = np.float32(contaminant.ratio * phantom.truth.csf)
        voxels[k, row, columns] += coverage.astype(np.float32) * (signal - voxels[k, row, columns])
    return voxels
