"""The terms of a regression: how predictors become the columns of its design matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vbq.errors import InputError
from vbq.stats.checks import Floats
from vbq.stats.regression.splines import RestrictedCubicSpline

Completed = Mapping[str, Floats]
"""A table without missing values: by variable, an array of shape (n,). Categories are coded by
their position in ``Term.levels``, from 0."""

Kind = Literal["linear", "log", "spline", "categories"]


@dataclass(frozen=True)
class Term:
    """A predictor as it enters a model: the one class of it, from the design matrix to the files.

    Attributes:
        name: Name of the predictor.
        label: Name of the predictor in tables and figures.
        unit: Unit of a continuous predictor; empty if it has none.
        kind: How it enters; ``categories`` for binary, categorical and ordered predictors.
        per: Difference that a coefficient stands for; of the logarithm where ``kind`` is ``log``.
        knots: Knots of a restricted cubic spline, in the predictor's unit divided by ``per``.
        levels: Levels of a categorical predictor, in the order of the table's codes.
        reference: The level that the others are compared with, which has no column.
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
        """Names of its design columns; a single column is called by the predictor's name."""
        if self.kind == "spline":
            return RestrictedCubicSpline(self.knots).names(self.name)
        if self.kind != "categories":
            return (self.name,)
        levels = self._compared_levels
        return (self.name,) if len(levels) == 1 else tuple(f"{self.name}={lv}" for lv in levels)

    @property
    def comparisons(self) -> tuple[str, ...]:
        """What the odds ratio of each column compares, such as ``per 10 years``.

        The odds ratio of a single spline column compares nothing: it is only named.
        """
        if self.kind == "categories":
            return tuple(f"{level} vs {self.reference}" for level in self._compared_levels)
        if self.kind == "spline":
            return tuple(f"spline term {column}" for column in self.columns)
        if self.kind == "log":
            return (f"per {self.per:g} of its logarithm",)
        return (f"per {self.per:g} {self.unit}".rstrip(),)

    def matrix(self, values: Floats) -> Floats:
        """Design columns of n patients.

        Args:
            values: Shape (n,), as in a `Completed` table.

        Returns:
            Shape (n, columns).

        Raises:
            InputError: a value that enters as its logarithm is not above 0.
        """
        if self.kind == "categories":
            codes = [i for i, level in enumerate(self.levels) if level != self.reference]
            return np.asarray(values[:, None] == codes, np.float64)
        if self.kind == "spline":
            return RestrictedCubicSpline(self.knots).basis(values / self.per)
        if self.kind == "log":
            if (values <= 0).any():
                raise InputError(
                    f"{self.label} enters as its logarithm, but has the value {values.min():g}.",
                    remedy="Choose another transformation in the plan.",
                    code="log_of_nothing",
                )
            values = np.log(values)
        return values[:, None] / self.per

    @property
    def _compared_levels(self) -> tuple[str, ...]:
        """The levels that have a column."""
        return tuple(level for level in self.levels if level != self.reference)


@dataclass(frozen=True)
class Design:
    """The design of a model: its terms, and the interactions between them.

    Attributes:
        terms: One term for each predictor.
        interactions: Pairs of predictors, by name, whose columns are multiplied.
    """

    terms: tuple[Term, ...]
    interactions: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the design columns, without the intercept."""
        single = [name for term in self.terms for name in term.columns]
        return (*single, *(name for pair in self.interactions for name in self.products(pair)))

    @property
    def spline_columns(self) -> frozenset[str]:
        """Columns of splines and of products with a spline.

        Their coefficients have no meaning one by one, only together.
        """
        splines = (term.name for term in self.terms if term.kind == "spline")
        return frozenset(column for name in splines for column in self.columns_of(name))

    def columns_of(self, name: str) -> tuple[str, ...]:
        """All columns that involve a predictor: of its term and of its interactions."""
        products = [c for pair in self.interactions if name in pair for c in self.products(pair)]
        return (*self.term(name).columns, *products)

    def products(self, pair: tuple[str, str]) -> tuple[str, ...]:
        """Names of the columns of an interaction."""
        first, second = (self.term(name).columns for name in pair)
        return tuple(f"{a} × {b}" for a in first for b in second)

    def term(self, name: str) -> Term:
        """The term of a predictor."""
        return {term.name: term for term in self.terms}[name]

    def matrix(self, table: Completed) -> Floats:
        """Design matrix without the intercept, shape (n, columns)."""
        columns = {term.name: term.matrix(table[term.name]) for term in self.terms}
        parts = [columns[term.name] for term in self.terms]
        for first, second in self.interactions:
            product = columns[first][:, :, None] * columns[second][:, None, :]
            parts.append(product.reshape(len(product), -1))
        return np.concatenate(parts, axis=1)

    def restricted_to(self, names: Iterable[str]) -> Design:
        """The design with these predictors only, and the interactions among them."""
        selected = set(names)
        return Design(
            tuple(term for term in self.terms if term.name in selected),
            tuple(pair for pair in self.interactions if selected.issuperset(pair)),
        )

    def without(self, names: Iterable[str]) -> Design:
        """The design without these predictors and their interactions."""
        removed = set(names)
        return self.restricted_to(term.name for term in self.terms if term.name not in removed)
