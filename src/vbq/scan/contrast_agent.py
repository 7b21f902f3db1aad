"""Whether a contrast agent was given, according to the file."""

from vbq.scan.description import meanings
from vbq.scan.scan import Acquisition

_NO_AGENT = {"none", "no", "non", "nein", "n", "0", "without", "ohne", "nil", "na", "n/a", "nan"}


def contrast_agent_source(acquisition: Acquisition) -> str | None:
    """Evidence in the header for a contrast agent, as a phrase; ``None`` if none does.

    Neither the agent's name nor the description is repeated: both are free text.
    """
    agent = (acquisition.contrast_agent or "").strip().casefold()
    if agent and agent not in _NO_AGENT:
        return "an agent is recorded"
    if "contrast" in meanings(acquisition.description):
        return "by its name"
    return None
