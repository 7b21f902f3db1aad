"""Any nnU-Net model for single-channel sagittal MR, with a label map that its user wrote.

Isensee et al., Nat Methods 2021, doi 10.1038/s41592-020-01008-z; Apache-2.0. Command as of
release 2.8.1.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbq.anatomy.engines.external import TIME_LIMIT_S, ExternalSegmenter
from vbq.anatomy.engines.label_table import LEVELS, LabelTable
from vbq.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from vbq.anatomy.engines.installation import Installation
    from vbq.scan.scan import Scan

__all__ = ["NnUnet"]

CHECKPOINTS = ("checkpoint_final.pth", "checkpoint_best.pth")
ENDINGS = (".nii.gz", ".nii")
LEVEL = re.compile(r"(?<![A-Z0-9])([CTLS]\d{1,2})(?!\d)", re.IGNORECASE)


class NnUnet(ExternalSegmenter):
    """The command ``nnUNetv2_predict_from_modelfolder``.

    Args:
        path: A label-map file (see `vbq.anatomy.engines.label_table`) with one more key,
            ``model``: the folder of the trained model, relative to the file.
        time_limit_s: Seconds after which it is stopped.

    Raises:
        UsageError: the file is none, or does not fit the model's ``dataset.json``.
    """

    executable = "nnUNetv2_predict_from_modelfolder"
    distribution = "nnunetv2"
    oldest = "2.0"
    install = "uv tool install nnunetv2 (or pipx install)."

    def __init__(self, path: Path | str, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        super().__init__(time_limit_s=time_limit_s)
        path = Path(path)
        self.name = f"nnunet:{path.stem}"
        self.table, content = LabelTable.read(path)
        model = content.get("model")
        if not isinstance(model, str):
            raise _misfit(path, "it has no model: the folder of the trained model")
        self._model = (path.parent / model).absolute()
        dataset = _dataset(path, self._model)
        _check(path, dataset, content["labels"])
        self.image_name = f"scan_0000{dataset['file_ending']}"

    @cached_property
    def _checkpoint(self) -> Path | None:
        """The weights of the first fold that has any; of all data where that is all there is."""
        folds = sorted(self._model.glob("fold_*"), key=lambda p: (p.name == "fold_all", p.name))
        found = (fold / name for fold in folds for name in CHECKPOINTS)
        return next((path for path in found if path.is_file()), None)

    def weights_missing(self, installation: Installation) -> str | None:
        """A checkpoint in the folder of one fold."""
        del installation
        if self._checkpoint is not None:
            return None
        return f"Put {CHECKPOINTS[0]} into a folder fold_0 of the model."

    def model_sha256(self) -> str | None:
        """SHA-256 of the checkpoint."""
        return self._sha256

    @cached_property
    def _sha256(self) -> str | None:
        if self._checkpoint is None:
            return None
        with self._checkpoint.open("rb") as file:
            digest = sha256()
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def command(self, installation: Installation, image: Path, answer: Path) -> list[str]:
        """One fold, without mirroring, on the processor."""
        assert self._checkpoint is not None
        return [
            installation.executable,
            *("-i", str(image.parent), "-o", str(answer), "-m", str(self._model)),
            *("-f", self._checkpoint.parent.name.removeprefix("fold_")),
            *("-chk", self._checkpoint.name, "-device", "cpu", "--disable_tta"),
            *("-npp", "1", "-nps", "1"),
        ]

    def collect(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """The one segmentation, named like the scan without its channel."""
        return self._only(folder, f"out/{self.image_name.replace('_0000', '')}", scan)


def _dataset(path: Path, model: Path) -> dict[str, Any]:
    """The model's ``dataset.json``."""
    try:
        dataset: dict[str, Any] = json.loads((model / "dataset.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _misfit(path, f"its model folder {model.name} has no dataset.json") from error
    channels = dataset.get("channel_names") if isinstance(dataset, dict) else None
    if not isinstance(channels, dict) or len(channels) != 1:
        raise _misfit(path, "its model takes more than one channel")
    if dataset.get("file_ending") not in ENDINGS:
        raise _misfit(path, f"its model reads {dataset.get('file_ending')}, not NIfTI")
    return dataset


def _check(path: Path, dataset: Mapping[str, Any], words: Mapping[str, str]) -> None:
    """Every label of the model must be in the table, every one of the table in the model.

    Where the model names a label after one level, the table must not call it another.
    """
    names: dict[int, str] = {}
    for name, value in dataset.get("labels", {}).items():
        if not isinstance(value, int):
            raise _misfit(path, "its model has regions, whose labels overlap")
        if value and name != "ignore":
            names[value] = name
    given = {int(number): word for number, word in words.items()}
    if missing := sorted(names.keys() - given.keys()):
        raise _misfit(path, f'it leaves out label {missing[0]}, "{names[missing[0]]}"')
    if extra := sorted(given.keys() - names.keys()):
        raise _misfit(path, f"its model has no label {extra[0]}")
    for number, word in given.items():
        said = {level.upper() for level in LEVEL.findall(names[number])}
        if word in LEVELS and len(said) == 1 and said & LEVELS.keys() and word not in said:
            raise _misfit(path, f'label {number} is "{names[number]}", which it calls {word}')


def _misfit(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"{path.name} does not fit: {reason}.",
        remedy="Compare it with the model's dataset.json; docs/engines.md shows how to write it.",
        code="label_table",
    )
