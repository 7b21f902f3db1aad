"""Whether a contrast agent was given, by what the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.scan.description import meanings

if TYPE_CHECKING:
    from vbq.scan.scan import Acquisition

__all__ = ["contrast_agent_source"]

_NO_AGENT = {"none", "no", "non", "nein", "n", "0", "without", "ohne", "nil", "na", "n/a", "nan"}


def contrast_agent_source(how: Acquisition) -> str | None:
    """Where the file says that a contrast agent was given; ``None`` where it does not.

    Neither the agent's name nor the description is repeated: both are free text.
    """
    agent = (how.contrast_agent or "").strip().casefold()
    if agent and agent not in _NO_AGENT:
        return "an agent is recorded"
    if "contrast" in meanings(how.description):
        return "by its name"
    return None
