"""Findings of an audit: what printed figures show, and how certain that is."""

from typing import Literal

from vbq.finding import Finding, Severity

Kind = Literal["contradiction", "proof", "inference", "not shown"]

KINDS: dict[Kind, Severity] = {
    "contradiction": "caution",
    "proof": "note",
    "inference": "note",
    "not shown": "caution",
}
"""Severity of each kind, in the order in which kinds are reported."""


def audit_finding(code: str, kind: Kind, variable: str, message: str) -> Finding:
    """A finding with its kind and variable as evidence.

    Args:
        code: Stable machine-readable name.
        kind: ``contradiction``: printed figures that cannot all be right. ``proof``: follows from
            the printed figures and their rounding alone. ``inference``: an explanation, or a
            result that rests on a stated assumption. ``not shown``: a claim that the publication
            does not support, or a fact that it does not state.
        variable: Name of the variable as printed; empty if the finding is about no single one.
        message: One or two sentences.
    """
    return Finding(code, KINDS[kind], message, {"kind": kind, "variable": variable})
