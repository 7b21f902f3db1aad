"""Where a program lies on this machine, and which version it is, without starting it.

Programs of the Python world are started by a script in the ``bin`` folder of their environment;
what is installed there is written in ``NAME-VERSION.dist-info`` folders beside their code. Reading
those takes no time, while asking such a program for its version loads all of torch.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Installation", "find_installation", "older"]


@dataclass(frozen=True, slots=True)
class Installation:
    """A program on this machine.

    Attributes:
        executable: Its path.
        version: ``None`` where it cannot be told, as for a wrapper script.
        packages: The folder that its code lies in, where it can be told.
    """

    executable: str
    version: str | None
    packages: Path | None

    def models(self, package: str, variable: str) -> Path | None:
        """Where its models lie: the folder an environment variable names, else in its code.

        Args:
            package: Its import name.
            variable: The environment variable.
        """
        if named := os.environ.get(variable):
            return Path(named)
        return self.packages / package / "models" if self.packages else None


def find_installation(executable: str, distribution: str) -> Installation | None:
    """Find a program on the PATH; ``None`` if it is not there.

    Args:
        executable: Name of the command.
        distribution: Name of the Python package it comes from.
    """
    path = shutil.which(executable)
    if path is None:
        return None
    path = str(Path(path).absolute())
    home = Path(path).resolve().parent.parent
    for packages in sorted([*home.glob("lib/python3*/site-packages"), home / "Lib/site-packages"]):
        for info in packages.glob("*.dist-info"):
            name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
            if _plain(name) == _plain(distribution):
                return Installation(path, version, packages)
    return Installation(path, None, None)


def older(version: str, oldest: str) -> bool:
    """Whether a version comes before another, by its numbers."""
    return _numbers(version) < _numbers(oldest)


def _numbers(version: str) -> list[int]:
    release = re.match(r"\d+(\.\d+)*", version)
    return [int(part) for part in release.group().split(".")] if release else []


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
