"""Location and version of a program on this machine, without starting it.

A Python program is started by a script in the ``bin`` folder of its environment, and the
``NAME-VERSION.dist-info`` folders beside its code name the installed packages. Reading those takes
no time, while asking such a program for its version loads torch.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Installation:
    """A program on this machine.

    Attributes:
        executable: Its path.
        version: ``None`` if unknown, as for a wrapper script.
        packages: Folder of its Python packages, if known.
    """

    executable: str
    version: str | None
    packages: Path | None

    def models(self, package: str, variable: str) -> Path | None:
        """Folder of its models: the one an environment variable names, else within its code.

        Args:
            package: Its import name.
            variable: The environment variable.
        """
        if folder := os.environ.get(variable):
            return Path(folder)
        return self.packages / package / "models" if self.packages else None


def find_installation(executable: str, distribution: str) -> Installation | None:
    """Find a program on the PATH; ``None`` if it is not there.

    Args:
        executable: Name of the command.
        distribution: Name of the Python package that provides it.
    """
    path = shutil.which(executable)
    if path is None:
        return None
    path = str(Path(path).absolute())
    environment = Path(path).resolve().parent.parent
    candidates = [
        *environment.glob("lib/python3*/site-packages"),
        environment / "Lib/site-packages",
    ]
    for packages in sorted(candidates):
        for info in packages.glob("*.dist-info"):
            name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
            if _normalised(name) == _normalised(distribution):
                return Installation(path, version, packages)
    return Installation(path, None, None)


def is_older(version: str, reference: str) -> bool:
    """Whether a version precedes another, by its release numbers."""
    return _numbers(version) < _numbers(reference)


def _numbers(version: str) -> list[int]:
    release = re.match(r"\d+(\.\d+)*", version)
    return [int(part) for part in release.group().split(".")] if release else []


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
