"""Scans whose signals are not those that norms and published populations are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["ANOTHER_CONTRAST", "unlike"]

# Codes of quality flags: docs/flags.md. A series read against the program's advice may be of any.
ANOTHER_CONTRAST = ("contrast_agent", "series_overridden")
UNLIKE = (*ANOTHER_CONTRAST, "tr_outside", "te_outside")


def unlike(flags: Collection[str]) -> str:
    """The codes, of a scan's flags, for which it is compared with nobody; empty where none is."""
    return ", ".join(code for code in UNLIKE if code in flags)
