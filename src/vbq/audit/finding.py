"""What an audit found, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["AuditFinding", "Kind"]

Kind = Literal["contradiction", "proof", "inference", "not shown"]


@dataclass(frozen=True)
class AuditFinding:
    """One finding.

    Attributes:
        code: Stable machine-readable name.
        kind: ``contradiction``: printed figures that cannot all be right. ``proof``: follows from
            the printed figures and their rounding alone. ``inference``: an explanation, or what
            rests on an assumption, which is named. ``not shown``: what the publication does not
            support, or does not say.
        about: Variable, or empty.
        message: One or two sentences.
    """

    code: str
    kind: Kind
    about: str
    message: str
