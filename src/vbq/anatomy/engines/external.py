"""The base of all external engines: a scan is written, a label map read, an Anatomy derived."""

import os
from abc import ABC, abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.anatomy import Anatomy, EngineInfo
from vbq.anatomy.engines.installation import Installation, find_installation, is_older
from vbq.anatomy.engines.label_table import LabelTable
from vbq.anatomy.engines.level_check import check_levels
from vbq.anatomy.engines.nifti_exchange import read_segmentation, write_image
from vbq.anatomy.engines.process import last_output, run
from vbq.anatomy.engines.vertebral_bodies import extract_bodies
from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.anatomy.levels import CANAL, LEVEL_NAMES
from vbq.errors import EngineError, RefusalError
from vbq.finding import Finding
from vbq.scan.scan import Scan, require_sagittal

TIME_LIMIT_S = 3600.0  # per scan; a slow computer takes about ten minutes


class ExternalSegmenter(ABC):
    """A third-party program, in an environment of its own, behind the `Segmenter` protocol.

    No code of it is imported: it is run on a NIfTI file in a private folder, which is removed
    afterwards together with any temporary files of the program. It is not started where its
    weights are known to be absent, so that it never downloads anything unasked.

    Attributes:
        name: Name for users.
        executable: Its command.
        distribution: The Python package that provides the command.
        oldest_version: The oldest version with the command and output expected here.
        installation_command: How to install it, for a person.
        weights_variables: Environment variables that locate its weights.
        image_name: File name of the scan.
        table: Meaning of the numbers that it writes.
    """

    name: str
    executable: ClassVar[str]
    distribution: ClassVar[str]
    oldest_version: ClassVar[str]
    installation_command: ClassVar[str]
    weights_variables: ClassVar[tuple[str, ...]] = ()
    image_name: str = "scan.nii.gz"
    table: LabelTable

    def __init__(self, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s

    @abstractmethod
    def missing_weights_remedy(self, installation: Installation) -> str | None:
        """How to get the weights, where they are known to be absent; else ``None``."""

    @abstractmethod
    def command(self, installation: Installation, image: Path, output: Path) -> list[str]:
        """The command that segments ``image`` and writes to the folder ``output``."""

    @abstractmethod
    def read_output(self, folder: Path, scan: Scan) -> NDArray[np.int32]:
        """The label map written below ``folder``, in the engine's numbers, on the scan's grid."""

    def environment(self, folder: Path) -> dict[str, str]:
        """Additional environment variables; may create files in ``folder``."""
        del folder
        return {}

    def model_sha256(self) -> str | None:
        """SHA-256 of its weights, where they are a single file that the user named."""
        return None

    @classmethod
    def installation(cls) -> Installation | None:
        """Its installation on this machine; ``None`` if there is none."""
        return find_installation(cls.executable, cls.distribution)

    def require_installation(self) -> Installation:
        """Its installation, if it can be used.

        Raises:
            EngineError: It is not installed, too old, or its weights are absent.
        """
        installation = self.installation()
        if installation is None:
            raise EngineError(
                f"{self.name} is not installed: there is no command {self.executable}.",
                remedy=f"Install it: {self.installation_command}",
                code="engine_not_found",
            )
        version = installation.version
        if version is not None and is_older(version, self.oldest_version):
            raise EngineError(
                f"{self.name} {version} is too old: VBQ needs {self.oldest_version} or newer.",
                remedy=f"Install it again: {self.installation_command}",
                code="engine_too_old",
            )
        if remedy := self.missing_weights_remedy(installation):
            raise EngineError(
                f"The weights of {self.name} are not on this machine.",
                remedy=remedy,
                code="engine_weights_missing",
            )
        return installation

    def find_anatomy(self, scan: Scan) -> Anatomy:
        """Find the anatomy shown in a sagittal scan.

        Raises:
            EngineError: The engine cannot be run, fails, or writes output that cannot be used.
            RefusalError: The scan is not sagittal, or no vertebra was marked in it.
        """
        require_sagittal(scan)
        installation = self.require_installation()
        labels = self.table.translate(self._segment(installation, scan), self.name)
        marks_canal = bool((labels == CANAL).any())
        labels = extract_bodies(labels, scan.spacing_mm, arches=self.table.includes_arches)
        checked = check_levels(
            labels, scan.spacing_mm, named=self.table.names_levels, engine=self.name
        )
        if not np.isin(checked.labels, list(LEVEL_NAMES)).any():
            raise RefusalError(
                f"{self.name} marked no lumbar vertebra.",
                remedy="Choose a sagittal lumbar series; if this is one, try another engine.",
                code="no_lumbar_spine",
            )
        flags = checked.flags
        if not marks_canal:
            flags += _add_canal(scan, checked.labels, self.name)
        return anatomy_from_labels(
            scan,
            checked.labels,
            engine=EngineInfo(self.name, installation.version or "unknown", self.model_sha256()),
            numbering=checked.anchor,
            numbering_confidence=None,
            flags=flags,
        )

    def _segment(self, installation: Installation, scan: Scan) -> NDArray[np.int32]:
        with TemporaryDirectory(prefix="vbq-") as name:  # only this user has access to it
            folder = Path(name)
            image = folder / "in" / self.image_name
            image.parent.mkdir()
            (folder / "out").mkdir()
            write_image(scan, image)
            weights = {  # absolute, as the program runs in another folder
                variable: str(Path(os.environ[variable]).absolute())
                for variable in self.weights_variables
                if os.environ.get(variable)
            }
            private = {"TMPDIR": name, "PYTHONUNBUFFERED": "1"}
            run(
                self.command(installation, image, folder / "out"),
                name=self.name,
                folder=folder,
                environment=os.environ | weights | private | self.environment(folder),
                time_limit_s=self._time_limit_s,
            )
            return self.read_output(folder, scan)

    def _read_single(self, folder: Path, pattern: str, scan: Scan) -> NDArray[np.int32]:
        """The only label map below a folder whose name matches a pattern.

        Raises:
            EngineError: There is none, or several, whatever the exit code was.
        """
        paths = sorted(folder.rglob(pattern))
        if len(paths) != 1:
            written = f"{len(paths)} label maps" if paths else "no label map"
            raise EngineError(
                f"{self.name} ended without an error but wrote {written}.{last_output(folder)}",
                remedy="It may not have recognised a spine in this image; try another engine.",
                code="engine_no_output",
            )
        return read_segmentation(paths[0], scan, self.name)


def _add_canal(scan: Scan, labels: NDArray[np.uint8], engine: str) -> tuple[Finding, ...]:
    """Add the built-in network's canal where the engine's label map is empty."""
    from vbq._version import __version__
    from vbq.anatomy.builtin.network import weights_sha256
    from vbq.anatomy.builtin.segmenter import BuiltinSegmenter

    try:
        canal = BuiltinSegmenter().find_anatomy(scan).labels == CANAL
    except RefusalError:  # then there is no CSF to measure, which the reading reports
        return ()
    labels[canal & (labels == 0)] = CANAL
    return (
        Finding(
            "canal_from_network",
            "note",
            f"{engine} does not mark the spinal canal: the canal is that of the built-in network.",
            {"network_version": __version__, "network_sha256": weights_sha256()},
        ),
    )
