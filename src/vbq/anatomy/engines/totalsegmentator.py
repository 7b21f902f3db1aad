"""TotalSegmentator (Wasserthal et al., Apache-2.0), task ``vertebrae_mr``.

Whole vertebrae and sacrum, without canal or discs. Command and output as of release 2.18.0; the
task is there since 2.5.0.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.engines.label_table import LabelTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vbq.anatomy.engines.installation import Installation
    from vbq.scan.scan import Scan

__all__ = ["TotalSegmentator"]

MODEL = "Dataset756_*"


class TotalSegmentator(ExternalSegmenter):
    """The command ``TotalSegmentator``, which would send usage statistics if it were let."""

    name = "totalsegmentator"
    executable = "TotalSegmentator"
    distribution = "TotalSegmentator"
    oldest = "2.5.0"
    install = (
        "uv tool install TotalSegmentator (or pipx install), then "
        "totalseg_download_weights -t vertebrae_mr."
    )
    variables = ("TOTALSEG_HOME_DIR", "TOTALSEG_WEIGHTS_PATH")
    table = LabelTable.shipped("totalsegmentator")

    def weights_missing(self, installation: Installation) -> str | None:
        """One model in its weights folder."""
        del installation
        if any(_weights().glob(MODEL)):
            return None
        return (
            "Run 'totalseg_download_weights -t vertebrae_mr' once, with a connection to the "
            "internet."
        )

    def command(self, installation: Installation, image: Path, answer: Path) -> list[str]:
        """All vertebrae in one file, on the processor."""
        return [
            installation.executable,
            *("-i", str(image), "-o", str(answer / "labels.nii.gz")),
            *("-ta", "vertebrae_mr", "--ml", "-d", "cpu"),
        ]

    def environment(self, folder: Path) -> dict[str, str]:
        """A home of its own, in which usage statistics are off; the user's is not touched."""
        home = folder / "home"
        home.mkdir()
        (home / "config.json").write_text(json.dumps(_config() | {"send_usage_stats": False}))
        return {"TOTALSEG_HOME_DIR": str(home), "TOTALSEG_WEIGHTS_PATH": str(_weights())}

    def collect(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """The one file with all labels."""
        return self._only(folder, "out/labels.nii.gz", scan)


def _home() -> Path:
    named = os.environ.get("TOTALSEG_HOME_DIR")
    return Path(named) if named else Path.home() / ".totalsegmentator"


def _weights() -> Path:
    named = os.environ.get("TOTALSEG_WEIGHTS_PATH")
    return Path(named).absolute() if named else (_home() / "nnunet" / "results").absolute()


def _config() -> dict[str, object]:
    """The user's own configuration, which may hold a licence number."""
    config: dict[str, object] = {"totalseg_id": "vbq", "prediction_counter": 0}
    try:
        found = json.loads((_home() / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return config
    return config | found if isinstance(found, dict) else config
