"""Scans whose signals are not comparable with those of norms and published populations."""

from collections.abc import Collection

# codes of quality flags: docs/flags.md; a series read against the program's advice may have any
# contrast
ANOTHER_CONTRAST = ("contrast_agent", "series_overridden")
INCOMPARABLE = (*ANOTHER_CONTRAST, "tr_outside", "te_outside")


def incomparable_codes(flags: Collection[str]) -> str:
    """The codes among a scan's flags that rule out any comparison, for a message; empty if none."""
    return ", ".join(code for code in INCOMPARABLE if code in flags)
