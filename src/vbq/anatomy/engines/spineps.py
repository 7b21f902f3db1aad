"""SPINEPS (Möller et al., Eur Radiol 2024, doi 10.1007/s00330-024-11155-y; Apache-2.0).

One mask holds parts of vertebrae, another whole vertebrae; a body is where both agree. Command and
output as of release 2.1.3 (with TPTBox 1.1.0); the option to switch labelling off exists since 1.4.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.engines.installation import Installation, is_older
from vbq.anatomy.engines.label_table import LabelTable, numbered_discs, numbered_levels
from vbq.scan.scan import Scan

MODELS = ("t1w", "instance")  # beginnings of the names of the two models' folders
BODY = (49, 50)
DISC = 100
CORD, CANAL, SACRUM = 60, 61, 26


class Spineps(ExternalSegmenter):
    """The command ``spineps sample`` with the model for T1-weighted images.

    Its labelling model, made for T2-weighted images, is not used. Without it vertebrae are numbered
    from the top of the image, so numbers name no levels: they are counted from the sacrum.
    """

    name = "spineps"
    executable = "spineps"
    distribution = "SPINEPS"
    oldest_version = "1.4"
    installation_command = "uv tool install spineps (or pipx install)."
    weights_variables = ("SPINEPS_SEGMENTOR_MODELS",)
    image_name = "sub-vbq_T1w.nii.gz"  # the contrast is read from the name
    table = LabelTable(
        names={
            **numbered_levels(1, "C1", "L6"),
            SACRUM: "S1",
            CORD: "cord",
            CANAL: "canal",
            **numbered_discs(DISC + 1, "C1", "L6"),
        },
        includes_arches=False,
        names_levels=False,
    )

    def missing_weights_remedy(self, installation: Installation) -> str | None:
        """How to get the folders of its two models, if one is absent."""
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

    def command(self, installation: Installation, image: Path, output: Path) -> list[str]:
        """Segmentation on the CPU; short options, as version 2 changed the long ones."""
        version_1 = installation.version is not None and is_older(installation.version, "2")
        return [
            *(installation.executable, "sample", "-i", str(image)),
            *("-ms", "t1w", "-mv", "instance", "-ml", "none", "-iic", "-dn", output.name),
            "-cpu" if version_1 else "--cpu",
        ]

    def environment(self, folder: Path) -> dict[str, str]:
        """SPINEPS runs without its reminder to cite, which would be the last line of its output."""
        del folder
        return {"SPINEPS_NO_CITATION_REMINDER": "1"}

    def read_output(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """Bodies and discs numbered by vertebra; cord, canal and sacrum unchanged."""
        parts = self._read_single(folder, "*_seg-spine_msk.nii.gz", scan)
        vertebrae = self._read_single(folder, "*_seg-vert_msk.nii.gz", scan)
        bodies = np.isin(parts, BODY) & (vertebrae < DISC)
        discs = (parts == DISC) & (vertebrae > DISC) & (vertebrae < 2 * DISC)
        labels = np.where(bodies | discs, vertebrae, 0)
        return np.where(np.isin(parts, (CORD, CANAL, SACRUM)), parts, labels)
