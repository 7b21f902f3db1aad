"""A column of a table with missing values, and how it enters a regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from vbq.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Column", "Kind", "by_name", "indicators"]

Kind = Literal["continuous", "binary", "categorical", "ordered"]


@dataclass(frozen=True, eq=False)
class Column:
    """One variable of n subjects.

    Attributes:
        name: As in the table.
        kind: What is assumed of the values: ``"continuous"`` any numbers; ``"binary"`` 0 and 1;
            ``"categorical"`` and ``"ordered"`` whole numbers 0, 1, 2 …, of which the ordered ones
            stand in their natural order.
        values: Shape (n,); NaN where missing.

    Raises:
        UsageError: unknown kind, or values not one-dimensional.
        InputError: infinite values, or codes that the kind does not allow.
    """

    name: str
    kind: Kind
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise UsageError(
                f"{self.name} is said to be {self.kind}.",
                remedy=f"Give one of {', '.join(get_args(Kind))}.",
                code="bad_kind",
            )
        values = np.array(self.values, dtype=np.float64)
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        if values.ndim != 1:
            raise UsageError(
                f"{self.name} has {values.ndim} dimensions, not 1.",
                remedy="Give one value for each subject.",
                code="wrong_shape",
            )
        known = values[~self.missing]
        if np.isinf(known).any():
            raise InputError(
                f"{self.name} has infinite values.",
                remedy="Correct them, or mark them as missing.",
                code="infinite",
            )
        codes = self.kind != "continuous" and known.size > 0
        if codes and ((known < 0) | (known % 1 != 0) | (self.kind == "binary") & (known > 1)).any():
            raise InputError(
                f"{self.name} is {self.kind}, but has values such as {_first_bad(self):g}.",
                remedy="Code its categories as 0, 1, 2 …; a binary column as 0 and 1.",
                code="bad_category",
            )

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Shape (n,), where a value is missing."""
        return np.isnan(self.values)

    @property
    def levels(self) -> NDArray[np.float64]:
        """The categories that occur, in ascending order."""
        return np.unique(self.values[~self.missing])

    def take(self, rows: NDArray[np.intp]) -> Column:
        """The same variable of other subjects, by their row numbers (which may repeat)."""
        return Column(self.name, self.kind, self.values[rows])


def by_name(columns: Sequence[Column]) -> dict[str, Column]:
    """Columns by their names.

    Raises:
        UsageError: none, names repeat, or numbers of subjects differ.
    """
    table = {column.name: column for column in columns}
    if not table or len(table) < len(columns):
        raise UsageError(
            "Columns are missing or have the same name.",
            remedy="Give at least one column, each with its own name.",
            code="bad_columns",
        )
    sizes = {column.values.size for column in columns}
    if len(sizes) > 1:
        raise UsageError(
            f"Columns have different numbers of subjects: {sorted(sizes)}.",
            remedy="Give every column for the same subjects, in the same order.",
            code="wrong_shape",
        )
    return table


def indicators(values: NDArray[np.float64], column: Column) -> NDArray[np.float64]:
    """How a column enters a regression: itself, or one indicator for each category but the first.

    Args:
        values: Shape (...), complete values of the column.
        column: Says its kind and which categories occur.

    Returns:
        Shape (..., k), standardised to mean 0 and SD 1 of what was observed; a column that does
        not vary is 0.
    """
    known = column.values[~column.missing]
    if column.kind != "continuous":
        levels = column.levels[1:]
        values, known = values[..., None] == levels, known[:, None] == levels
    else:
        values, known = values[..., None], known[:, None]
    spread = known.std(axis=0)
    scaled: NDArray[np.float64] = (values - known.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return np.where(spread > 0, scaled, 0.0)


def _first_bad(column: Column) -> float:
    top = 1 if column.kind == "binary" else np.inf
    known = column.values[~column.missing]
    return float(known[(known < 0) | (known % 1 != 0) | (known > top)][0])
