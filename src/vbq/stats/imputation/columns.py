"""A column of a table with missing values, and its coding as predictors of a regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats

Kind = Literal["continuous", "binary", "categorical", "ordered"]


@dataclass(frozen=True, eq=False)
class Column:
    """One variable of n subjects.

    Attributes:
        name: Name in the table.
        kind: Type of the values: ``"continuous"`` any numbers; ``"binary"`` 0 and 1;
            ``"categorical"`` and ``"ordered"`` whole numbers 0, 1, 2 …, in ascending order where
            the categories are ordered.
        values: Shape (n,); NaN where missing.

    Raises:
        UsageError: unknown kind, or values that are not one-dimensional.
        InputError: infinite values, or codes that the kind does not allow.
    """

    name: str
    kind: Kind
    values: Floats

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise UsageError(
                f"Column {self.name} has the unknown kind {self.kind!r}.",
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
                remedy="Correct them, or code them as missing.",
                code="infinite",
            )
        highest = 1 if self.kind == "binary" else np.inf
        invalid = (known < 0) | (known % 1 != 0) | (known > highest)
        if self.kind != "continuous" and invalid.any():
            raise InputError(
                f"{self.name} is {self.kind}, but has values such as {known[invalid][0]:g}.",
                remedy="Code its categories as 0, 1, 2 …; a binary column as 0 and 1.",
                code="bad_category",
            )

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Shape (n,), True where a value is missing."""
        return np.isnan(self.values)

    @property
    def levels(self) -> Floats:
        """Categories that occur, ascending."""
        return np.unique(self.values[~self.missing])

    def take(self, rows: NDArray[np.intp]) -> Column:
        """The column restricted to some subjects, by row number; rows may repeat."""
        return Column(self.name, self.kind, self.values[rows])


def by_name(columns: Sequence[Column]) -> dict[str, Column]:
    """Columns by name.

    Raises:
        UsageError: there are no columns, names repeat, or numbers of subjects differ.
    """
    table = {column.name: column for column in columns}
    if not table or len(table) < len(columns):
        raise UsageError(
            "There are no columns, or several have the same name.",
            remedy="Give at least one column, each with a different name.",
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


def indicators(values: Floats, column: Column) -> Floats:
    """Predictors that code a column: itself, or an indicator for each category but the first.

    Args:
        values: Shape (...), complete values of the column.
        column: The column, which determines the kind and the categories.

    Returns:
        Shape (..., k), standardised to mean 0 and SD 1 of the observed values; 0 where those do not
        vary.
    """
    known = column.values[~column.missing]
    if column.kind != "continuous":
        levels = column.levels[1:]
        values, known = values[..., None] == levels, known[:, None] == levels
    else:
        values, known = values[..., None], known[:, None]
    spread = known.std(axis=0)
    scaled: Floats = (values - known.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return np.where(spread > 0, scaled, 0.0)
