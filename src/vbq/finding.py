"""A quality finding, raised anywhere along the journey from file to reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Flag", "Severity"]

Severity = Literal["note", "caution", "refuse"]


@dataclass(frozen=True, slots=True)
class Flag:
    """One quality finding.

    Attributes:
        code: Stable machine-readable name, e.g. ``"csf_fallback"``.
        severity: ``note`` (for information), ``caution`` (the score may be off, or the picture
            shows what a reader must know) or ``refuse`` (no score is given).
        message: One sentence for a person: what was found and what to do.
        evidence: The numbers or words behind the finding.
    """

    code: str
    severity: Severity
    message: str
    evidence: dict[str, float | int | str | bool | None] = field(default_factory=dict)
