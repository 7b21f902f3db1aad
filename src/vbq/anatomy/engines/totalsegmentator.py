"""TotalSegmentator (Wasserthal et al., Apache-2.0), task ``vertebrae_mr``.

Whole vertebrae and sacrum, without canal or discs. Command and output as of release 2.18.0, labels
from its map_to_binary.py; the task exists since 2.5.0.
"""

import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.engines.installation import Installation
from vbq.anatomy.engines.label_table import LabelTable, numbered_levels
from vbq.scan.scan import Scan

MODEL = "Dataset756_*"


class TotalSegmentator(ExternalSegmenter):
    """The command ``TotalSegmentator``, prevented from sending usage statistics."""

    name = "totalsegmentator"
    executable = "TotalSegmentator"
    distribution = "TotalSegmentator"
    oldest_version = "2.5.0"
    installation_command = (
        "uv tool install TotalSegmentator (or pipx install), then "
        "totalseg_download_weights -t vertebrae_mr."
    )
    weights_variables = ("TOTALSEG_HOME_DIR", "TOTALSEG_WEIGHTS_PATH")
    table = LabelTable(
        names={1: "S1", **numbered_levels(2, "L5", "C1")},  # 1 is the entire sacrum
        includes_arches=True,
    )

    def missing_weights_remedy(self, installation: Installation) -> str | None:
        """How to get its model, if it is absent from the weights folder."""
        del installation
        if any(_weights().glob(MODEL)):
            return None
        return (
            "Run 'totalseg_download_weights -t vertebrae_mr' once, with a connection to the "
            "internet."
        )

    def command(self, installation: Installation, image: Path, output: Path) -> list[str]:
        """All vertebrae in one file, on the CPU."""
        return [
            installation.executable,
            *("-i", str(image), "-o", str(output / "labels.nii.gz")),
            *("-ta", "vertebrae_mr", "--ml", "-d", "cpu"),
        ]

    def environment(self, folder: Path) -> dict[str, str]:
        """A private home folder with usage statistics off; the user's own is not changed."""
        home = folder / "home"
        home.mkdir()
        (home / "config.json").write_text(json.dumps(_config() | {"send_usage_stats": False}))
        return {"TOTALSEG_HOME_DIR": str(home), "TOTALSEG_WEIGHTS_PATH": str(_weights())}

    def read_output(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """The single file with all labels."""
        return self._read_single(folder, "out/labels.nii.gz", scan)


def _home() -> Path:
    folder = os.environ.get("TOTALSEG_HOME_DIR")
    return Path(folder) if folder else Path.home() / ".totalsegmentator"


def _weights() -> Path:
    folder = os.environ.get("TOTALSEG_WEIGHTS_PATH")
    return Path(folder).absolute() if folder else (_home() / "nnunet" / "results").absolute()


def _config() -> dict[str, object]:
    """The user's own configuration, which may hold a licence number."""
    config: dict[str, object] = {"totalseg_id": "vbq", "prediction_counter": 0}
    try:
        document = json.loads((_home() / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return config
    return config | document if isinstance(document, dict) else config
