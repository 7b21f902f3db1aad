"""SPINEPS (Möller et al., Eur Radiol 2024, doi 10.1007/s00330-024-11155-y; Apache-2.0).

Parts of vertebrae in one mask, whole vertebrae in another; a body is where both say so. Command and
output as of release 2.1.3; labelling, which must be switched off, is there since 1.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.engines.installation import older
from vbq.anatomy.engines.label_table import LabelTable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vbq.anatomy.engines.installation import Installation
    from vbq.scan.scan import Scan

__all__ = ["Spineps"]

MODELS = ("t1w", "instance")  # what the names of the two models' folders begin with
BODY = (49, 50)
DISC = 100
CORD, CANAL, SACRUM = 60, 61, 26


class Spineps(ExternalSegmenter):
    """The command ``spineps sample`` with the model for T1-weighted images.

    Its labelling model is not used: it was made for T2, and levels are counted from the sacrum.
    """

    name = "spineps"
    executable = "spineps"
    distribution = "SPINEPS"
    oldest = "1.4"
    install = "uv tool install spineps (or pipx install)."
    variables = ("SPINEPS_SEGMENTOR_MODELS",)
    image_name = "sub-vbq_T1w.nii.gz"  # by which it tells the contrast
    table = LabelTable.shipped("spineps")

    def weights_missing(self, installation: Installation) -> str | None:
        """Two folders of models."""
        models = installation.models("spineps", "SPINEPS_SEGMENTOR_MODELS")
        if models is None:
            return None
        names = [path.name.casefold() for path in models.glob("*")]
        if all(any(name.startswith(model) for name in names) for model in MODELS):
            return None
        return (
            "Run 'spineps sample -i ANY.nii.gz -ms t1w -mv instance -ml none' once, with a "
            "connection to the internet, or unpack its models into $SPINEPS_SEGMENTOR_MODELS."
        )

    def command(self, installation: Installation, image: Path, answer: Path) -> list[str]:
        """Short options: the long ones changed with version 2."""
        first = installation.version is not None and older(installation.version, "2")
        return [
            *(installation.executable, "sample", "-i", str(image)),
            *("-ms", "t1w", "-mv", "instance", "-ml", "none", "-iic", "-dn", answer.name),
            "-cpu" if first else "--cpu",
        ]

    def environment(self, folder: Path) -> dict[str, str]:
        """Without its reminder to cite, which would be its last words."""
        del folder
        return {"SPINEPS_NO_CITATION_REMINDER": "1"}

    def collect(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """Bodies and discs by vertebra; cord, canal and sacrum as they are."""
        parts = self._only(folder, "*_seg-spine_msk.nii.gz", scan)
        vertebrae = self._only(folder, "*_seg-vert_msk.nii.gz", scan)
        wanted = np.isin(parts, BODY) & (vertebrae < DISC)
        wanted |= (parts == DISC) & (vertebrae > DISC) & (vertebrae < 2 * DISC)
        answer = np.where(wanted, vertebrae, 0)
        return np.where(np.isin(parts, (CORD, CANAL, SACRUM)), parts, answer)
