"""Field strengths in a table of readings: one group, one field strength."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.errors import RefusalError
from vbq.scan.field_strength import nominal_field

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FIELD", "refuse_mixed_fields"]

FIELD = "field_strength_t"  # the column


def refuse_mixed_fields(
    readings: Iterable[tuple[str, float | None]], kind: str, remedy: str
) -> None:
    """Stop where readings of one group come from several field strengths.

    Args:
        readings: Group and field strength in tesla of each; ``None`` where it is not known.
        kind: What groups are called.
        remedy: What to do.

    Raises:
        RefusalError: a group has more than one nominal field strength.
    """
    fields: dict[str, set[float]] = {}
    for group, field in readings:
        if field is not None:
            fields.setdefault(group, set()).add(nominal_field(field))
    for group, found in fields.items():
        if len(found) > 1:
            listed = " and ".join(f"{field:g} T" for field in sorted(found))
            raise RefusalError(
                f"{kind} {group} has readings at {listed}: they differ in scale.",
                remedy=remedy,
                code="fields_mixed",
            )
