"""What all external engines have in common: a scan out, a label map back, an Anatomy made of it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vbq.anatomy.anatomy import Anatomy, EngineInfo
from vbq.anatomy.engines.installation import Installation, find_installation, older
from vbq.anatomy.engines.level_check import check_levels
from vbq.anatomy.engines.nifti_exchange import read_segmentation, write_image
from vbq.anatomy.engines.process import last_output, run
from vbq.anatomy.engines.vertebral_bodies import extract_bodies
from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.anatomy.levels import CANAL, LEVEL_NAMES
from vbq.errors import EngineError, RefusalError
from vbq.finding import Finding
from vbq.scan.scan import require_sagittal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.anatomy.engines.label_table import LabelTable
    from vbq.scan.scan import Scan

__all__ = ["TIME_LIMIT_S", "ExternalSegmenter"]

TIME_LIMIT_S = 3600.0  # per scan; a slow computer takes some ten minutes


class ExternalSegmenter(ABC):
    """A program of others, in an environment of its own, behind the `Segmenter` protocol.

    Nothing of it is imported: it is run on a NIfTI file in a private folder that is removed
    afterwards, with whatever temporary files it makes. It never downloads anything on our behalf:
    where its weights are known to be absent, it is not started.

    Attributes:
        name: What users call it.
        executable: Its command.
        distribution: The Python package that brings the command.
        oldest: The oldest version whose command and output are as this program expects them.
        install: How to install it.
        variables: Environment variables that tell it where its weights are.
        image_name: What to call the scan.
        table: What the numbers it writes mean.
    """

    name: str
    executable: ClassVar[str]
    distribution: ClassVar[str]
    oldest: ClassVar[str]
    install: ClassVar[str]
    variables: ClassVar[tuple[str, ...]] = ()
    image_name: str = "scan.nii.gz"
    table: LabelTable

    def __init__(self, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s

    @abstractmethod
    def weights_missing(self, installation: Installation) -> str | None:
        """How to get the weights, where they are known to be absent; else ``None``."""

    @abstractmethod
    def command(self, installation: Installation, image: Path, answer: Path) -> list[str]:
        """The command that segments ``image`` and writes to the folder ``answer``."""

    @abstractmethod
    def collect(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """What it wrote below ``folder``, in its own numbers, on the grid of the scan."""

    def environment(self, folder: Path) -> dict[str, str]:
        """Environment variables beside those of this process; may make files in ``folder``."""
        del folder
        return {}

    def model_sha256(self) -> str | None:
        """SHA-256 of its weights, where they are one file that the user named."""
        return None

    @classmethod
    def installation(cls) -> Installation | None:
        """Where it is installed; ``None`` if it is not."""
        return find_installation(cls.executable, cls.distribution)

    def require(self) -> Installation:
        """Where it is installed.

        Raises:
            EngineError: it is not, it is too old, or its weights are absent.
        """
        found = self.installation()
        if found is None:
            raise EngineError(
                f"{self.name} is not installed: there is no command {self.executable}.",
                remedy=f"Install it: {self.install}",
                code="engine_not_found",
            )
        if found.version is not None and older(found.version, self.oldest):
            raise EngineError(
                f"{self.name} {found.version} is too old: VBQ needs {self.oldest} or newer.",
                remedy=f"Install it again: {self.install}",
                code="engine_too_old",
            )
        if remedy := self.weights_missing(found):
            raise EngineError(
                f"The weights of {self.name} are not on this machine.",
                remedy=remedy,
                code="engine_weights_missing",
            )
        return found

    def find_anatomy(self, scan: Scan) -> Anatomy:
        """Find what is where in a sagittal scan.

        Raises:
            EngineError: it cannot be run, fails, or writes what cannot be used.
            RefusalError: the scan is not sagittal, or it marks no vertebra in it.
        """
        require_sagittal(scan)
        installation = self.require()
        labels = self.table.translate(self._segment(installation, scan), self.name)
        drew_canal = bool((labels == CANAL).any())
        labels = extract_bodies(labels, scan.spacing_mm, whole=self.table.whole)
        levels = check_levels(labels, scan.spacing_mm, named=self.table.named, engine=self.name)
        if not np.isin(levels.labels, list(LEVEL_NAMES)).any():
            raise RefusalError(
                f"{self.name} marked no lumbar vertebra.",
                remedy="Choose a sagittal lumbar series; if this is one, try another engine.",
                code="no_lumbar_spine",
            )
        engine = EngineInfo(self.name, installation.version or "unknown", self.model_sha256())
        flags = levels.flags
        if not drew_canal:
            flags += _add_canal(scan, levels.labels, self.name)
        return anatomy_from_labels(
            scan,
            levels.labels,
            engine=engine,
            numbering=levels.anchor,
            numbering_confidence=None,
            flags=flags,
        )

    def _segment(self, installation: Installation, scan: Scan) -> NDArray[np.int32]:
        with TemporaryDirectory(prefix="vbq-") as name:  # only this user may enter it
            folder = Path(name)
            image = folder / "in" / self.image_name
            image.parent.mkdir()
            (folder / "out").mkdir()
            write_image(scan, image)
            paths = {
                n: str(Path(os.environ[n]).absolute()) for n in self.variables if os.environ.get(n)
            }
            run(
                self.command(installation, image, folder / "out"),
                name=self.name,
                folder=folder,
                environment=os.environ
                | paths  # it runs in another folder
                | {"TMPDIR": name, "PYTHONUNBUFFERED": "1"}
                | self.environment(folder),
                time_limit_s=self._time_limit_s,
            )
            return self.collect(folder, scan)

    def _only(self, folder: Path, pattern: str, scan: Scan) -> NDArray[np.int32]:
        """The one label map below a folder whose name matches a pattern.

        Raises:
            EngineError: there is none, or several, whatever the exit code said.
        """
        found = sorted(folder.rglob(pattern))
        if len(found) != 1:
            how_many = "no label map" if not found else f"{len(found)} label maps"
            raise EngineError(
                f"{self.name} ended without an error but wrote {how_many}.{last_output(folder)}",
                remedy="It may not have recognised a spine in this image; try another engine.",
                code="engine_no_output",
            )
        return read_segmentation(found[0], scan, self.name)


def _add_canal(scan: Scan, labels: NDArray[np.uint8], engine: str) -> tuple[Finding, ...]:
    """Paint the built-in network's canal where the engine's label map is empty."""
    from vbq._version import __version__
    from vbq.anatomy.builtin.network import weights_sha256
    from vbq.anatomy.builtin.segmenter import BuiltinSegmenter

    try:
        canal = BuiltinSegmenter().find_anatomy(scan).labels == CANAL
    except RefusalError:  # then there is no CSF to measure, and the reading says so
        return ()
    labels[canal & (labels == 0)] = CANAL
    return (
        Finding(
            "canal_from_network",
            "note",
            f"{engine} does not mark the spinal canal: it is that of the built-in network.",
            {"network_version": __version__, "network_sha256": weights_sha256()},
        ),
    )
