"""A finding of an audit: what printed figures say, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from vbq.finding import Finding

if TYPE_CHECKING:
    from vbq.finding import Severity

__all__ = ["KINDS", "Kind", "audit_finding"]

Kind = Literal["contradiction", "proof", "inference", "not shown"]

# the order in which a report shows them
KINDS: dict[Kind, Severity] = {
    "contradiction": "caution",
    "proof": "note",
    "inference": "note",
    "not shown": "caution",
}


def audit_finding(code: str, kind: Kind, variable: str, message: str) -> Finding:
    """A finding with its kind and variable as evidence.

    Args:
        code: Stable machine-readable name.
        kind: ``contradiction``: printed figures that cannot all be right. ``proof``: follows from
            the printed figures and their rounding alone. ``inference``: an explanation, or what
            rests on an assumption, which is named. ``not shown``: what the publication does not
            support, or does not say.
        variable: Its name as printed; empty where the finding is about no single one.
        message: One or two sentences.
    """
    return Finding(code, KINDS[kind], message, {"kind": kind, "variable": variable})
