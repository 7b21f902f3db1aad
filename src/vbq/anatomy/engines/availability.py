"""Which engines can be used on this machine, without starting any."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq._version import __version__
from vbq.anatomy.engines import BUILT_IN, external_engines
from vbq.anatomy.engines.nnunet import NnUnet
from vbq.errors import EngineError

if TYPE_CHECKING:
    from vbq.anatomy.engines.installation import Installation

__all__ = ["EngineStatus", "engine_statuses"]


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Whether an engine can be used here.

    Attributes:
        name: What to give to ``--engine``.
        usable: Whether it can be used now; ``None`` where only starting it would tell, as there
            is a command of its name of no known version.
        version: Of the program, where it is installed and can be told.
        note: What it is short of and how to get it, or how it is used.
        variables: Environment variables that tell it where its weights are, and their values.
    """

    name: str
    usable: bool | None
    version: str | None
    note: str
    variables: dict[str, str | None]


def engine_statuses() -> list[EngineStatus]:
    """All engines, the built-in network first."""
    found = [EngineStatus(BUILT_IN, True, __version__, "Used unless another is asked for.", {})]
    for engine in external_engines():
        here = engine.installation()
        note, usable = _of_command(here)
        try:
            engine.require()
        except EngineError as error:
            note, usable = str(error), False
        variables = {name: os.environ.get(name) for name in engine.variables}
        version = here.version if here else None
        found.append(EngineStatus(engine.name, usable, version, note, variables))
    here = NnUnet.installation()
    if here is None:
        note = f"nnU-Net is not installed: there is no command {NnUnet.executable}. Install it: "
        note += NnUnet.install
        return [*found, EngineStatus("LABELS.toml", False, None, note, {})]
    note, usable = _of_command(here)
    note = note or "With a model of nnU-Net and a label-map file for it: docs/engines.md."
    return [*found, EngineStatus("LABELS.toml", usable, here.version, note, {})]


def _of_command(here: Installation | None) -> tuple[str, bool | None]:
    """What can be said of a command that is there: a note, and whether it can be used."""
    if here is None or here.version is not None:
        return "", True
    note = f"There is a command {here.executable}, but its version and weights cannot be told "
    note += "without starting it: a wrapper script, or another program of that name."
    return note, None
