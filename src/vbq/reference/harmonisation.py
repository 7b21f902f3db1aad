"""ComBat on a table of readings, with the batches before and after, and cautions.

ComBat adjusts location and scale of each batch: see `vbq.reference.combat`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, RefusalError, UsageError
from vbq.reference.batch_effect import BatchEffect, batch_effect
from vbq.reference.combat import FEWEST, Combat, combat, confounded
from vbq.reference.comparability import ANOTHER_CONTRAST
from vbq.reference.covariates import (
    Covariate,
    covariate,
    missing_cell,
    required_texts,
    unified_case,
)
from vbq.reference.field_strengths import FIELD, refuse_mixed_fields
from vbq.reference.joined_readings import ReadingsTable
from vbq.scan.field_strength import nominal_field
from vbq.text import percent

# columns that can only be an outcome: under --keep they raise the same caution as under --outcome
OUTCOMES = ("outcome", "event", "fracture", "new_fracture", "refracture")
# share of a covariate's variance between batches above which the two are hard to separate
SHARED = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class Harmonised:
    """n readings of k features in b batches, before and after.

    Attributes:
        ids: Ids of the readings, n.
        features: Columns harmonised, k.
        batch_columns: Columns whose entries together name a batch.
        batches: Names of the batches, sorted, b.
        batch: Batch of each reading, 0 to b - 1, shape (n,).
        before: Readings before, shape (n, k).
        combat: The adjustment, with the readings after it.
        effects_before: Differences between batches before, for each feature.
        effects_after: Differences between batches after, for each feature.
        covariates: Covariates whose effect was preserved.
        outcomes: Names of those covariates that are outcomes.
        excluded: Number of rows excluded, by reason.
        cautions: Sentences on what the readings cannot be used for, or what is uncertain.
    """

    ids: tuple[str, ...]
    features: tuple[str, ...]
    batch_columns: tuple[str, ...]
    batches: tuple[str, ...]
    batch: NDArray[np.int64]
    before: NDArray[np.float64]
    combat: Combat
    effects_before: tuple[BatchEffect, ...]
    effects_after: tuple[BatchEffect, ...]
    covariates: tuple[Covariate, ...]
    outcomes: tuple[str, ...]
    excluded: dict[str, int]
    cautions: tuple[str, ...]

    @property
    def after(self) -> NDArray[np.float64]:
        """Harmonised readings, shape (n, k)."""
        return self.combat.adjusted

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of readings in each batch."""
        return tuple(int(count) for count in np.bincount(self.batch))


def harmonise(
    table: ReadingsTable,
    batch: Sequence[str],
    *,
    features: Sequence[str] = ("score",),
    keep: Sequence[str] = (),
    outcome: str | None = None,
) -> Harmonised:
    """Harmonise readings across batches by ComBat.

    Rows that ``vbq score`` refused or failed on, and scans with contrast agent, are excluded and
    counted; no other cell may be missing.

    Args:
        table: The readings, with the covariates.
        batch: Columns that together name the scanner.
        features: Columns of readings. With several, estimates are shrunk across them; with one
            that is undefined, and its mean and SD are adjusted as estimated.
        keep: Covariates whose effect is preserved.
        outcome: An outcome whose effect is preserved; see the caution that it raises.

    Raises:
        UsageError: a column does not exist, or is named twice.
        InputError: a cell is missing or cannot be read.
        RefusalError: protocols or field strengths are mixed, there is only one batch, or a batch
            is too small or confounded with a covariate.
    """
    kept_columns = [*keep, *([outcome] if outcome else [])]
    columns = [*batch, *features, *kept_columns]
    if len(set(columns)) < len(columns) or not batch or not features:
        raise UsageError(
            "Batch, readings, covariates and outcome must be different columns.",
            remedy="Check --batch, --score, --keep and --outcome.",
        )
    for names, option in ((batch, "--batch"), (features, "--score"), (keep, "--keep")):
        table.require(names, option)
    table.require([outcome] if outcome else [], "--outcome")
    for feature in features:
        table.protocol_of(feature)
    rows, excluded = _rows(table)
    batches, number = _batches(table, rows, batch)
    values = np.column_stack([_readings(table, rows, feature) for feature in features])
    for first, second in combinations(range(len(features)), 2):
        if np.array_equal(values[:, first], values[:, second]):
            raise RefusalError(
                f"Columns {features[first]} and {features[second]} hold the same numbers.",
                remedy="Name one of them.",
                code="features_alike",
            )
    covariates = tuple(covariate(table, rows, name) for name in kept_columns)
    _refuse_confounded(covariates, number, batch)
    design = np.hstack([np.empty((len(rows), 0)), *(c.columns for c in covariates)])
    adjustment = combat(values, number, design)
    outcomes = [name for name in keep if name.casefold() in OUTCOMES]
    outcomes += [outcome] if outcome else []
    return Harmonised(
        ids=tuple(table.ids[row] for row in rows),
        features=tuple(features),
        batch_columns=tuple(batch),
        batches=batches,
        batch=number,
        before=values,
        combat=adjustment,
        effects_before=tuple(batch_effect(v, number, design) for v in values.T),
        effects_after=tuple(batch_effect(v, number, design) for v in adjustment.adjusted.T),
        covariates=covariates,
        outcomes=tuple(outcomes),
        excluded=excluded,
        cautions=tuple(_cautions(covariates, outcomes, number, len(features))),
    )


def _rows(table: ReadingsTable) -> tuple[list[int], dict[str, int]]:
    """The rows to harmonise, and how many are excluded for each reason."""
    unread, flags = table.without_reading(), table.flags()
    contrast = {row for row in table.rows if flags[row].intersection(ANOTHER_CONTRAST)} - unread
    rows = [row for row in table.rows if row not in unread | contrast]
    if not rows:
        raise RefusalError(f"{table.path} has no reading.", code="too_few")
    excluded = {"no reading could be made": len(unread), "another contrast": len(contrast)}
    return rows, {reason: count for reason, count in excluded.items() if count}


def _batches(
    table: ReadingsTable, rows: Sequence[int], columns: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The names of the batches, sorted, and the batch of each row."""
    parts = []
    for column in columns:
        cells = required_texts(table, rows, column)
        if column == FIELD:
            fields = table.numbers(column, rows, positive=True)
            cells = [f"{nominal_field(field):g} T" for field in fields if field is not None]
        parts.append(unified_case(cells))
    labels = [" · ".join(cells) for cells in zip(*parts, strict=True)]
    names = tuple(sorted(set(labels)))
    if len(names) < 2:
        raise RefusalError(
            f"{', '.join(columns)} gives a single batch, {names[0]}: there is nothing to "
            "harmonise.",
            remedy="Name the columns that identify the scanner with --batch.",
            code="one_batch",
        )
    number = np.array([names.index(label) for label in labels])
    counts = zip(names, np.bincount(number), strict=True)
    small = [f"{name} {count}" for name, count in counts if count < FEWEST]
    if small:
        raise RefusalError(
            f"Too few readings to estimate a batch's mean and SD: {', '.join(small)}.",
            remedy=f"Each batch needs at least {FEWEST}; leave it out, or pool similar scanners.",
            code="batch_too_small",
        )
    refuse_mixed_fields(
        zip(labels, table.numbers(FIELD, rows, positive=True), strict=True),
        "Batch",
        f"Separate them with --batch {','.join([*columns, FIELD])}.",
    )
    return names, number


def _readings(table: ReadingsTable, rows: Sequence[int], feature: str) -> NDArray[np.float64]:
    values = table.numbers(feature, rows)
    if None in values:
        raise missing_cell(table, rows[values.index(None)], feature)
    return np.array(values, dtype=float)


def _refuse_confounded(
    covariates: Sequence[Covariate], batch: NDArray[np.int64], columns: Sequence[str]
) -> None:
    """Name the covariate that batches determine by itself; `combat` refuses combinations."""
    member = (batch[:, None] == np.arange(batch.max() + 1)).astype(float)
    for item in covariates:
        if not item.columns.shape[1] or not np.ptp(item.columns, axis=0).all():
            raise InputError(
                f"Column {item.name} is the same in every reading: there is no effect to keep.",
                remedy="Leave it out of --keep.",
                code="constant_covariate",
            )
        if confounded(member, item.columns):
            raise RefusalError(
                f"{item.name} is confounded with {', '.join(columns)}: the batch determines it, so "
                "the effects of scanner and person cannot be separated.",
                remedy="No adjustment can separate them; compare within batches.",
                code="confounded",
            )


def _cautions(
    covariates: Sequence[Covariate],
    outcomes: Sequence[str],
    batch: NDArray[np.int64],
    features: int,
) -> list[str]:
    cautions = []
    if not covariates:
        cautions.append(
            "No covariate was preserved: every difference between batches was removed as if the "
            "scanner caused it, even if it comes from scanning different people."
        )
    for item in covariates:
        share = max(_share_between(column, batch) for column in item.columns.T)
        if share > SHARED:
            cautions.append(
                f"Batches explain {percent(share, 0)} of the variance of {item.name}: its effect "
                "can hardly be separated from the scanner's."
            )
    cautions += [
        f"{name} is an outcome and its effect was preserved: the harmonised readings depend on it. "
        "Do not predict or test it with them: p-values would be too small, and for a new person "
        "the outcome is not known."
        for name in outcomes
    ]
    if features == 1:
        cautions.append(
            "With one feature, empirical Bayes across features is undefined and was not used: the "
            "mean and SD of each batch are adjusted as estimated."
        )
    return cautions


def _share_between(column: NDArray[np.float64], batch: NDArray[np.int64]) -> float:
    """Share of a covariate's variance that lies between batches (R² of the covariate on batch)."""
    means = np.bincount(batch, column) / np.bincount(batch)
    return float(np.var(means[batch]) / np.var(column))
