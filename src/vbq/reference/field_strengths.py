"""Field strengths in a table of readings: each group has readings of one field strength only."""

from collections.abc import Iterable

from vbq.errors import RefusalError
from vbq.scan.field_strength import nominal_field

FIELD = "field_strength_t"  # the column


def refuse_mixed_fields(
    readings: Iterable[tuple[str, float | None]], kind: str, remedy: str
) -> None:
    """Refuse groups with readings of several field strengths.

    Args:
        readings: Group and field strength in tesla of each reading; None if it is not known.
        kind: What a group is called in the message, such as ``Batch``.
        remedy: What the user can do.

    Raises:
        RefusalError: a group has more than one nominal field strength.
    """
    fields: dict[str, set[float]] = {}
    for group, field in readings:
        if field is not None:
            fields.setdefault(group, set()).add(nominal_field(field))
    for group, nominal in fields.items():
        if len(nominal) > 1:
            strengths = " and ".join(f"{field:g} T" for field in sorted(nominal))
            raise RefusalError(
                f"{kind} {group} has readings at {strengths}: their scales differ.",
                remedy=remedy,
                code="fields_mixed",
            )
