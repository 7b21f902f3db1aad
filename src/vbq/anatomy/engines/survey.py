"""Which engines can be used on this machine, without starting any."""

from __future__ import annotations

import os
from dataclasses import dataclass

from vbq import __version__
from vbq.anatomy.engines import BUILT_IN, known_engines
from vbq.anatomy.engines.nnunet import NnUnet
from vbq.errors import EngineError

__all__ = ["EngineStatus", "survey"]


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Whether an engine can be used here.

    Attributes:
        name: What to give to ``--engine``.
        usable: Whether it can be used now.
        version: Of the program, where it is installed and can be told.
        note: What it is short of and how to get it, or how it is used.
        variables: Environment variables that tell it where its weights are, and their values.
    """

    name: str
    usable: bool
    version: str | None
    note: str
    variables: dict[str, str | None]


def survey() -> list[EngineStatus]:
    """All engines, the built-in network first."""
    found = [EngineStatus(BUILT_IN, True, __version__, "Used unless another is asked for.", {})]
    for engine in known_engines():
        here = engine.installation()
        note, usable = "", True
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
    note = "With a model of nnU-Net and a label-map file for it: docs/engines.md."
    return [*found, EngineStatus("LABELS.toml", True, here.version, note, {})]
