"""The terms of a regression: how predictors become the columns of its design matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError
from vbq.stats.regression.splines import RestrictedCubicSpline

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["Completed", "Design", "Floats", "Term"]

Floats = NDArray[np.float64]
Completed = Mapping[str, Floats]
"""A table without missing values: shape (n,) for each variable; categories as their places in
``levels``, 0 the first."""

Kind = Literal["linear", "log", "spline", "categories"]


@dataclass(frozen=True)
class Term:
    """A predictor as a model has it.

    Attributes:
        name: Of the predictor.
        label: In tables and figures.
        unit: Of a continuous predictor.
        kind: ``categories`` for binary, categorical and ordered ones.
        per: Difference that a coefficient stands for; of the logarithm where ``kind`` is log.
        knots: Of a spline, in the predictor's unit divided by ``per``.
        levels: Of categories, as the table codes them.
        reference: The level without a column.
    """

    name: str
    label: str
    unit: str
    kind: Kind
    per: float = 1.0
    knots: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    reference: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns; that of a single one is the predictor's."""
        if self.kind == "spline":
            return RestrictedCubicSpline(self.knots).names(self.name)
        if self.kind != "categories":
            return (self.name,)
        others = [level for level in self.levels if level != self.reference]
        return (self.name,) if len(others) == 1 else tuple(f"{self.name}={o}" for o in others)

    def compared(self) -> tuple[str, ...]:
        """What each column's odds ratio compares, in words; that of a spline compares nothing."""
        if self.kind == "categories":
            return tuple(f"{o} vs {self.reference}" for o in self.levels if o != self.reference)
        if self.kind == "spline":
            return tuple(f"spline term {column}" for column in self.columns)
        if self.kind == "log":
            return (f"per {self.per:g} of its logarithm",)
        return (f"per {self.per:g} {self.unit}".rstrip(),)

    def matrix(self, values: Floats) -> Floats:
        """Its columns, shape (n, columns), of values as a `Completed` table has them."""
        if self.kind == "categories":
            codes = [i for i, level in enumerate(self.levels) if level != self.reference]
            return np.asarray(values[:, None] == codes, np.float64)
        if self.kind == "spline":
            return RestrictedCubicSpline(self.knots).basis(values / self.per)
        if self.kind == "log":
            if (values <= 0).any():
                raise InputError(
                    f"{self.label} is to be taken as its logarithm, but is {values.min():g}.",
                    remedy="Give it another transformation in the plan.",
                    code="log_of_nothing",
                )
            values = np.log(values)
        return values[:, None] / self.per


@dataclass(frozen=True)
class Design:
    """The columns of a model.

    Attributes:
        terms: One a predictor.
        interactions: Pairs of predictors whose columns are multiplied.
    """

    terms: tuple[Term, ...]
    interactions: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, without the intercept."""
        single = [name for term in self.terms for name in term.columns]
        return (*single, *(name for pair in self.interactions for name in self.products(pair)))

    @property
    def bent(self) -> frozenset[str]:
        """Columns that mean nothing one by one: those of splines, and of products with one."""
        splines = (term.name for term in self.terms if term.kind == "spline")
        return frozenset(column for name in splines for column in self.columns_of(name))

    def columns_of(self, name: str) -> tuple[str, ...]:
        """All columns that a predictor has part in: its own, and those of its interactions."""
        own = self.term(name).columns
        shared = [c for pair in self.interactions if name in pair for c in self.products(pair)]
        return (*own, *shared)

    def products(self, pair: tuple[str, str]) -> tuple[str, ...]:
        """Columns of an interaction."""
        first, second = (self.term(name).columns for name in pair)
        return tuple(f"{a} × {b}" for a in first for b in second)

    def term(self, name: str) -> Term:
        """The term of a predictor."""
        return {term.name: term for term in self.terms}[name]

    def matrix(self, table: Completed) -> Floats:
        """Shape (n, columns), the intercept left out."""
        own = {term.name: term.matrix(table[term.name]) for term in self.terms}
        parts = [own[term.name] for term in self.terms]
        for first, second in self.interactions:
            product = own[first][:, :, None] * own[second][:, None, :]
            parts.append(product.reshape(len(product), -1))
        return np.concatenate(parts, axis=1)

    def only(self, names: Iterable[str]) -> Design:
        """The same design of some of its predictors."""
        kept = set(names)
        return Design(
            tuple(term for term in self.terms if term.name in kept),
            tuple(pair for pair in self.interactions if set(pair) <= kept),
        )

    def without(self, names: Iterable[str]) -> Design:
        """The same design without some of its predictors."""
        left = set(names)
        return self.only(term.name for term in self.terms if term.name not in left)
