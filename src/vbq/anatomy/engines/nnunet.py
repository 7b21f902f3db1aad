"""Any nnU-Net model for single-channel sagittal MR, with a label table written by its user.

Isensee et al., Nat Methods 2021, doi 10.1038/s41592-020-01008-z; Apache-2.0. Command as of
release 2.8.1.
"""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.engines.external import TIME_LIMIT_S, ExternalSegmenter
from vbq.anatomy.engines.installation import Installation
from vbq.anatomy.engines.label_table import LEVELS, LabelTable
from vbq.errors import UsageError
from vbq.scan.scan import Scan

CHECKPOINTS = ("checkpoint_final.pth", "checkpoint_best.pth")
ENDINGS = (".nii.gz", ".nii")
LEVEL = re.compile(r"(?<![A-Z0-9])([CTLS]\d{1,2})(?!\d)", re.IGNORECASE)


class NnUnet(ExternalSegmenter):
    """The command ``nnUNetv2_predict_from_modelfolder``.

    Args:
        path: A label table (see `vbq.anatomy.engines.label_table`) with an additional key,
            ``model``: the folder of the trained model, relative to the file.
        time_limit_s: Seconds after which it is stopped.

    Raises:
        UsageError: The file is not a label table, or does not match the model's ``dataset.json``.
    """

    executable = "nnUNetv2_predict_from_modelfolder"
    distribution = "nnunetv2"
    oldest_version = "2.0"
    installation_command = "uv tool install nnunetv2 (or pipx install)."

    def __init__(self, path: Path | str, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        super().__init__(time_limit_s=time_limit_s)
        path = Path(path)
        self.name = f"nnunet:{path.stem}"
        self.table, content = LabelTable.read(path)
        model = content.get("model")
        if not isinstance(model, str):
            raise _mismatch(path, "it has no key 'model', the folder of the trained model")
        self._model = (path.parent / model).absolute()
        dataset = _dataset(path, self._model)
        _require_match(path, dataset, self.table)
        self.image_name = f"scan_0000{dataset['file_ending']}"

    @cached_property
    def _checkpoint(self) -> Path | None:
        """The weights of the first fold that has any, else of the model trained on all data."""
        folds = sorted(self._model.glob("fold_*"), key=lambda p: (p.name == "fold_all", p.name))
        paths = (fold / name for fold in folds for name in CHECKPOINTS)
        return next((path for path in paths if path.is_file()), None)

    def missing_weights_remedy(self, installation: Installation) -> str | None:
        """How to supply a checkpoint, if no fold has one."""
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
            return file_digest(file, "sha256").hexdigest()

    def command(self, installation: Installation, image: Path, output: Path) -> list[str]:
        """The command runs one fold of the model on the CPU, without mirroring."""
        assert self._checkpoint is not None
        return [
            installation.executable,
            *("-i", str(image.parent), "-o", str(output), "-m", str(self._model)),
            *("-f", self._checkpoint.parent.name.removeprefix("fold_")),
            *("-chk", self._checkpoint.name, "-device", "cpu", "--disable_tta"),
            *("-npp", "1", "-nps", "1"),
        ]

    def read_output(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """The only segmentation, named like the scan without its channel number."""
        return self._read_single(folder, f"out/{self.image_name.replace('_0000', '')}", scan)


def _dataset(path: Path, model: Path) -> dict[str, Any]:
    """The model's ``dataset.json``."""
    try:
        dataset: dict[str, Any] = json.loads((model / "dataset.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _mismatch(path, f"its model folder {model.name} has no dataset.json") from error
    channels = dataset.get("channel_names") if isinstance(dataset, dict) else None
    if not isinstance(channels, dict) or len(channels) != 1:
        raise _mismatch(path, "its model takes more than one channel")
    if dataset.get("file_ending") not in ENDINGS:
        raise _mismatch(path, f"its model reads {dataset.get('file_ending')}, not NIfTI")
    return dataset


def _require_match(path: Path, dataset: Mapping[str, Any], table: LabelTable) -> None:
    """Require the labels of the table to be those of the model.

    Where the model names a label after one level, the table must not give it another level.

    Raises:
        UsageError: They do not match.
    """
    model_names: dict[int, str] = {}
    for name, number in dataset.get("labels", {}).items():
        if not isinstance(number, int):
            raise _mismatch(path, "its model has regions, whose labels overlap")
        if number and name != "ignore":
            model_names[number] = name
    if missing := sorted(model_names.keys() - table.names.keys()):
        raise _mismatch(path, f'it omits label {missing[0]}, "{model_names[missing[0]]}"')
    if extra := sorted(table.names.keys() - model_names.keys()):
        raise _mismatch(path, f"its model has no label {extra[0]}")
    for number, name in table.names.items():
        model_levels = {level.upper() for level in LEVEL.findall(model_names[number])}
        unambiguous = len(model_levels) == 1 and model_levels <= LEVELS.keys()
        if name in LEVELS and unambiguous and name not in model_levels:
            raise _mismatch(
                path, f'label {number} is "{model_names[number]}", which it calls {name}'
            )


def _mismatch(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"{path.name} does not match its model: {reason}.",
        remedy="Compare it with the model's dataset.json; docs/engines.md shows how to write it.",
        code="label_table",
    )
