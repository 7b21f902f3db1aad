"""Multiple imputation by chained equations: the incomplete columns in turn, repeatedly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats
from vbq.stats.imputation.columns import Column, by_name, indicators
from vbq.stats.imputation.convergence import Trace, r_hat
from vbq.stats.imputation.matching import DONORS, match_means
from vbq.stats.imputation.ordinal import draw_ordered
from vbq.stats.imputation.polytomous import draw_categories

CELLS = 20_000_000  # predictor values held at once, 160 MB; larger tables are drawn in parts


@dataclass(frozen=True, eq=False)
class Imputation:
    """m completed copies of a table.

    Attributes:
        values: Values by column name, shape (m, n); observed values are the same in all m.
        imputations: Number of imputations, m.
        iterations: Number of cycles through the incomplete columns.
        seed: Seed of the random numbers.
        order: Names of the incomplete columns in the order they were imputed: fewest missing values
            first.
        traces: Convergence trace of each incomplete column, in that order.
    """

    values: Mapping[str, Floats]
    imputations: int
    iterations: int
    seed: int
    order: tuple[str, ...]
    traces: tuple[Trace, ...]

    def completed(self, imputation: int) -> dict[str, Floats]:
        """One completed table, shape (n,) per column; ``imputation`` counts from 0."""
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

    Continuous columns are imputed by predictive mean matching, binary and categorical ones by
    (multinomial) logistic regression, ordered ones by proportional odds. Each is regressed on all
    other columns, linearly and without interactions, and thus always on the outcome: omitting it
    would bias associations towards the null (Moons KGM et al. J Clin Epidemiol 2006;59:1092-1101,
    doi 10.1016/j.jclinepi.2006.01.009). Auxiliary columns that are in no model may be included.

    Args:
        columns: The columns of the table. A quantity computed from other columns (BMI from weight
            and height) is better computed after imputation.
        outcome: Name of the column that the study's model predicts; complete.
        imputations: Number of imputations, m, at least 1; a common rule is the percentage of
            incomplete subjects.
        iterations: Number of cycles, at least 1; 10 to 20 are usual.
        seed: Seed of the random numbers; the same seed and m give the same draws.

    Raises:
        UsageError: columns do not match, the outcome is not among them, or counts are below 1.
        InputError: the outcome has missing values, or an incomplete column has fewer than 5
            observed values.
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
    predictors = {
        name: indicators(values[name], column)
        if missing[name].size
        else _repeated(indicators(column.values, column), imputations)
        for name, column in table.items()
    }
    means = {name: np.empty((iterations, imputations)) for name in order}
    sds = {name: np.empty((iterations, imputations)) for name in order}
    for iteration in range(iterations):
        for name in order:
            design = [predictors[column] for column in table if column != name]
            draws = _draw(table[name], design, imputations, rng)
            values[name][:, missing[name]] = draws
            predictors[name] = indicators(values[name], table[name])
            means[name][iteration], sds[name][iteration] = draws.mean(axis=1), draws.std(axis=1)
    for completed in values.values():
        completed.flags.writeable = False
    return Imputation(
        values=values,
        imputations=imputations,
        iterations=iterations,
        seed=seed,
        order=tuple(order),
        traces=tuple(Trace(v, means[v], sds[v], r_hat(means[v])) for v in order),
    )


def _repeated(values: Floats, m: int) -> Floats:
    """The same values in each of m chains, stored once."""
    return np.broadcast_to(values, (m, *values.shape))


def _draw(column: Column, design: list[Floats], m: int, rng: np.random.Generator) -> Floats:
    """Draw a column's missing values, shape (m, missing), a limited number of chains at once.

    ``design`` holds the other columns as predictors, each of shape (m, n, k).
    """
    cells = column.values.size * (1 + sum(part.shape[2] for part in design))
    chains = max(CELLS // cells, 1)
    return np.concatenate(
        [
            _draw_chains(column, [part[i : i + chains] for part in design], rng)
            for i in range(0, m, chains)
        ]
    )


def _draw_chains(column: Column, design: list[Floats], rng: np.random.Generator) -> Floats:
    """Draw a column's missing values for all chains in ``design``."""
    m = len(design[0])
    parts = (np.ones((m, column.values.size, 1)), *design)
    observed_rows, missing_rows = (
        np.concatenate([part[:, rows] for part in parts], axis=2)
        for rows in (~column.missing, column.missing)
    )
    observed = column.values[~column.missing]
    if column.kind == "continuous":
        return match_means(observed, observed_rows, missing_rows, rng)
    levels, codes = np.unique(observed, return_inverse=True)
    if levels.size == 1:
        return np.full((m, missing_rows.shape[1]), levels[0])
    draw = draw_ordered if column.kind == "ordered" and levels.size > 2 else draw_categories
    draws: Floats = levels[draw(codes, observed_rows, missing_rows, rng)]
    return draws


def _check(table: Mapping[str, Column], outcome: str, imputations: int, iterations: int) -> None:
    if outcome not in table:
        raise UsageError(
            f"The outcome {outcome!r} is not among the columns {', '.join(table)}.",
            remedy="Imputation needs the outcome as a predictor; give its column.",
            code="no_outcome",
        )
    if imputations < 1 or iterations < 1:
        raise UsageError(
            f"{imputations} imputations with {iterations} iterations are not possible.",
            remedy="Give at least 1 of each; 20 of each are usual.",
            code="bad_count",
        )
    missing = int(table[outcome].missing.sum())
    if missing:
        raise InputError(
            f"The outcome {outcome} is missing in {missing} of {table[outcome].values.size} "
            "subjects.",
            remedy="Exclude them before imputation and count them in the participant flow.",
            code="outcome_missing",
        )
    for column in table.values():
        observed = int((~column.missing).sum())
        if observed < DONORS and column.missing.any():
            raise InputError(
                f"{column.name} is observed in only {observed} subjects; its missing values cannot "
                "be imputed.",
                remedy="Omit the column.",
                code="too_few",
            )
