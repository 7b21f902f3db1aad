"""Which engines can be used on this machine, without starting any of them."""

import os
from dataclasses import dataclass

from vbq._version import __version__
from vbq.anatomy.engines import BUILT_IN, external_engines
from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.engines.nnunet import NnUnet
from vbq.errors import EngineError

NNUNET = "LABELS.toml"  # stands for the label table of any nnU-Net model


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Whether an engine can be used on this machine.

    Attributes:
        name: Value for ``--engine``.
        usable: Whether it can be used now; ``None`` where only starting it would show that, as
            the version of its command is unknown.
        version: Version of the program, where it is installed and its version is known.
        note: What is missing and how to get it, or how the engine is used.
        variables: Environment variables that locate its weights, and their values.
    """

    name: str
    usable: bool | None
    version: str | None
    note: str
    variables: dict[str, str | None]


def engine_statuses() -> list[EngineStatus]:
    """All engines, the built-in network first."""
    return [
        EngineStatus(BUILT_IN, True, __version__, "Used unless another engine is requested.", {}),
        *(_named_engine_status(engine) for engine in external_engines()),
        _nnunet_status(),
    ]


def _named_engine_status(engine: ExternalSegmenter) -> EngineStatus:
    variables = {name: os.environ.get(name) for name in engine.weights_variables}
    try:
        installation = engine.require_installation()
    except EngineError as error:
        unusable = engine.installation()
        version = unusable.version if unusable else None
        return EngineStatus(engine.name, False, version, str(error), variables)
    if installation.version is None:
        note = _unknown_version_note(installation.executable)
        return EngineStatus(engine.name, None, None, note, variables)
    return EngineStatus(engine.name, True, installation.version, "", variables)


def _nnunet_status() -> EngineStatus:
    installation = NnUnet.installation()
    if installation is None:
        note = f"nnU-Net is not installed: there is no command {NnUnet.executable}. Install it: "
        return EngineStatus(NNUNET, False, None, note + NnUnet.installation_command, {})
    if installation.version is None:
        note = _unknown_version_note(installation.executable)
        return EngineStatus(NNUNET, None, None, note, {})
    note = "For an nnU-Net model with a label table: see docs/engines.md."
    return EngineStatus(NNUNET, True, installation.version, note, {})


def _unknown_version_note(executable: str) -> str:
    return (
        f"There is a command {executable}, but its version and weights are unknown unless it is "
        "started: it may be a wrapper script, or another program of that name."
    )
