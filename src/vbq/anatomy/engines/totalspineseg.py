"""TotalSpineSeg (Warszawer et al., LGPL-3): vertebrae, discs, cord and canal on any MR contrast.

Command and output as of release 20260807; the ones used here are there since 20250416.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.engines.label_table import LabelTable

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vbq.anatomy.engines.installation import Installation
    from vbq.scan.scan import Scan

__all__ = ["TotalSpineSeg"]

MODELS = ("Dataset101_TotalSpineSeg_step1", "Dataset102_TotalSpineSeg_step2")


class TotalSpineSeg(ExternalSegmenter):
    """The command ``totalspineseg``."""

    name = "totalspineseg"
    executable = "totalspineseg"
    distribution = "totalspineseg"
    oldest = "20250416"
    install = (
        "uv tool install 'totalspineseg[nnunetv2]' (or pipx install), then totalspineseg_init."
    )
    variables = ("TOTALSPINESEG_DATA",)
    table = LabelTable.shipped("totalspineseg")

    def weights_missing(self, installation: Installation) -> str | None:
        """Two models of nnU-Net in the data folder, or in that of one release."""
        data = installation.models("totalspineseg", "TOTALSPINESEG_DATA")
        if data is None:
            return None
        results = data / "nnUNet" / "results"
        if all([*results.glob(m), *results.glob(f"*/{m}")] for m in MODELS):
            return None
        return "Run 'totalspineseg_init' once, with a connection to the internet."

    def command(self, installation: Installation, image: Path, answer: Path) -> list[str]:
        """Both steps, in one process, on the processor."""
        return [
            installation.executable,
            str(image),
            str(answer),
            *("--device", "cpu", "--max-workers", "1", "--no-stalling"),
            *("--keep-only", "step2_output"),
        ]

    def collect(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """The labels of the second step."""
        return self._only(folder, "out/step2_output/*.nii.gz", scan)
