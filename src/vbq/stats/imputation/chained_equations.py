"""The chained equations themselves: each incomplete column in turn, over and over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, UsageError
from vbq.stats.imputation.columns import Column, by_name, indicators
from vbq.stats.imputation.convergence import Trace, r_hat
from vbq.stats.imputation.matching import DONORS, match_means
from vbq.stats.imputation.ordinal import draw_ordered
from vbq.stats.imputation.polytomous import draw_categories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Imputation", "impute"]

CELLS = 20_000_000  # of predictors at once, 160 MB: a million subjects are drawn chain by chain


@dataclass(frozen=True, eq=False)
class Imputation:
    """m completed copies of a table.

    Attributes:
        values: By column name, shape (m, n); observed values are the same in all m.
        imputations: m.
        iterations: Rounds through the incomplete columns.
        seed: Of the draws.
        order: The incomplete columns in the order they were visited: fewest missing values first.
        traces: For each of them its course, to judge convergence by.
    """

    values: Mapping[str, NDArray[np.float64]]
    imputations: int
    iterations: int
    seed: int
    order: tuple[str, ...]
    traces: tuple[Trace, ...]

    def completed(self, imputation: int) -> dict[str, NDArray[np.float64]]:
        """One completed table, shape (n,) a column; ``imputation`` counts from 0."""
        return {name: values[imputation] for name, values in self.values.items()}


def impute(
    columns: Sequence[Column],
    *,
    outcome: str,
    imputations: int = 20,
    iterations: int = 20,
    seed: int,
) -> Imputation:
    """Multiple imputation by chained equations.

    Continuous columns by predictive mean matching, binary and categorical ones by (multinomial)
    logistic regression, ordered ones by proportional odds; each on all other columns, linear and
    without interactions, so always on the outcome too: left out, it would bias the association
    towards none (Moons KGM et al. J Clin Epidemiol 2006;59:1092-1101,
    doi 10.1016/j.jclinepi.2006.01.009). Columns that are in no model but help to predict may be
    among them.

    Args:
        columns: The table. What can be computed from others (BMI beside weight and height) is
            better computed after imputation.
        outcome: Name of the column that the study's model predicts; complete.
        imputations: m, at least 1; a common rule is the percentage of incomplete subjects.
        iterations: At least 1; 10 to 20 are usual.
        seed: The same seed gives the same draws, for the same m.

    Raises:
        UsageError: columns do not fit one another, no such outcome, or counts below 1.
        InputError: the outcome has missing values, or a column has fewer than 5 observed.
    """
    table = by_name(columns)
    _check(table, outcome, imputations, iterations)
    rng = np.random.default_rng(seed)
    missing = {name: np.flatnonzero(column.missing) for name, column in table.items()}
    order = sorted((name for name in table if missing[name].size), key=lambda v: missing[v].size)
    values = {name: _repeated(column.values, imputations) for name, column in table.items()}
    for name in order:
        known = table[name].values[~table[name].missing]
        values[name] = values[name].copy()
        values[name][:, missing[name]] = rng.choice(known, (imputations, missing[name].size))
    entered = {
        name: indicators(values[name], column)
        if missing[name].size
        else _repeated(indicators(column.values, column), imputations)
        for name, column in table.items()
    }
    means = {name: np.empty((iterations, imputations)) for name in order}
    sds = {name: np.empty((iterations, imputations)) for name in order}
    for iteration in range(iterations):
        for name in order:
            others = [entered[other] for other in table if other != name]
            drawn = _draw(table[name], others, imputations, rng)
            values[name][:, missing[name]] = drawn
            entered[name] = indicators(values[name], table[name])
            means[name][iteration], sds[name][iteration] = drawn.mean(axis=1), drawn.std(axis=1)
    for complete in values.values():
        complete.flags.writeable = False
    return Imputation(
        values=values,
        imputations=imputations,
        iterations=iterations,
        seed=seed,
        order=tuple(order),
        traces=tuple(Trace(v, means[v], sds[v], r_hat(means[v])) for v in order),
    )


def _repeated(values: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    """The same values in each of m chains, stored once."""
    return np.broadcast_to(values, (m, *values.shape))


def _draw(
    column: Column, others: list[NDArray[np.float64]], m: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Missing values of a column given the others, shape (m, missing)."""
    cells = column.values.size * (1 + sum(part.shape[2] for part in others))
    some = max(CELLS // cells, 1)
    return np.concatenate(
        [
            _draw_together(column, [part[i : i + some] for part in others], rng)
            for i in range(0, m, some)
        ]
    )


def _draw_together(
    column: Column, others: list[NDArray[np.float64]], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Missing values of a column given the others, for the chains of ``others``."""
    m = len(others[0])
    parts = (np.ones((m, column.values.size, 1)), *others)
    known, wanted = (
        np.concatenate([part[:, rows] for part in parts], axis=2)
        for rows in (~column.missing, column.missing)
    )
    observed = column.values[~column.missing]
    if column.kind == "continuous":
        return match_means(observed, known, wanted, rng)
    levels, codes = np.unique(observed, return_inverse=True)
    if levels.size == 1:
        return np.full((m, wanted.shape[1]), levels[0])
    draw = draw_ordered if column.kind == "ordered" and levels.size > 2 else draw_categories
    filled: NDArray[np.float64] = levels[draw(codes, known, wanted, rng)]
    return filled


def _check(table: Mapping[str, Column], outcome: str, imputations: int, iterations: int) -> None:
    if outcome not in table:
        raise UsageError(
            f"The outcome {outcome!r} is not among the columns {', '.join(table)}.",
            remedy="Imputation needs the outcome as a predictor; give its column.",
            code="no_outcome",
        )
    if imputations < 1 or iterations < 1:
        raise UsageError(
            f"{imputations} imputations of {iterations} iterations cannot be made.",
            remedy="Give at least 1 of each; 20 of 20 are usual.",
            code="bad_count",
        )
    unknown = int(table[outcome].missing.sum())
    if unknown:
        raise InputError(
            f"The outcome {outcome} is missing in {unknown} of {table[outcome].values.size} "
            "subjects.",
            remedy="Leave them out before imputation and count them in the participant flow.",
            code="outcome_missing",
        )
    for column in table.values():
        observed = int((~column.missing).sum())
        if observed < DONORS and column.missing.any():
            raise InputError(
                f"{column.name} is observed in {observed} subjects only; its missing values "
                "cannot be imputed.",
                remedy="Leave the column out.",
                code="too_few",
            )
