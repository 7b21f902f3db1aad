"""TotalSpineSeg (Warszawer et al., LGPL-3): vertebrae, discs, cord and canal on any MR contrast.

Command and output as of release 20260807; the ones used here exist since 20250416. Labels are those
of its README, "List of Classes"; L6, and the disc below L5 where there is an L6, of its previews.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.engines.installation import Installation
from vbq.anatomy.engines.label_table import LabelTable, numbered_discs, numbered_levels
from vbq.scan.scan import Scan

MODELS = ("Dataset101_TotalSpineSeg_step1", "Dataset102_TotalSpineSeg_step2")


class TotalSpineSeg(ExternalSegmenter):
    """The command ``totalspineseg``."""

    name = "totalspineseg"
    executable = "totalspineseg"
    distribution = "totalspineseg"
    oldest_version = "20250416"
    installation_command = (
        "uv tool install 'totalspineseg[nnunetv2]' (or pipx install), then totalspineseg_init."
    )
    weights_variables = ("TOTALSPINESEG_DATA",)
    table = LabelTable(
        names={
            1: "cord",
            2: "canal",
            **numbered_levels(11, "C1", "C7"),
            **numbered_levels(21, "T1", "T12"),
            **numbered_levels(41, "L1", "L6"),
            50: "S1",  # the entire sacrum
            **numbered_discs(63, "C2", "C6"),
            **numbered_discs(71, "C7", "T11"),
            **numbered_discs(91, "T12", "L5"),
            100: "disc above S1",
        },
        includes_arches=True,
    )

    def missing_weights_remedy(self, installation: Installation) -> str | None:
        """How to get its two nnU-Net models, if one is absent from the data folder."""
        data = installation.models("totalspineseg", "TOTALSPINESEG_DATA")
        if data is None:
            return None
        results = data / "nnUNet" / "results"  # each release may have a folder of its own in it
        if all([*results.glob(model), *results.glob(f"*/{model}")] for model in MODELS):
            return None
        return "Run 'totalspineseg_init' once, with a connection to the internet."

    def command(self, installation: Installation, image: Path, output: Path) -> list[str]:
        """Both steps, in one process, on the CPU."""
        return [
            installation.executable,
            str(image),
            str(output),
            *("--device", "cpu", "--max-workers", "1", "--no-stalling"),
            *("--keep-only", "step2_output"),
        ]

    def read_output(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """The labels of the second step."""
        return self._read_single(folder, "out/step2_output/*.nii.gz", scan)
