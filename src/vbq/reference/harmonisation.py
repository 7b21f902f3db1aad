"""ComBat on a table of readings, with the batches before and after, and what to doubt."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError, UsageError
from vbq.reference.batch_effect import BatchEffect, batch_effect
from vbq.reference.combat import FEWEST, Combat, combat, confounded
from vbq.reference.comparable_contrast import ANOTHER_CONTRAST
from vbq.reference.covariates import Covariate, covariate, missing_cell, one_spelling
from vbq.reference.field_strengths import FIELD, refuse_mixed_fields
from vbq.scan.field_strength import nominal_field
from vbq.text import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.reference.readings_table import ReadingsTable

__all__ = ["Harmonised", "harmonise"]

# names that mean nothing but an outcome: kept under --keep they are told of as under --outcome
OUTCOMES = ("outcome", "event", "fracture", "new_fracture", "refracture")
SHARED = 0.5  # of a covariate's variance between batches; above it the two are hard to tell apart


@dataclass(frozen=True, eq=False, slots=True)
class Harmonised:
    """n readings of k features in b batches, before and after.

    Attributes:
        ids: Of the readings.
        features: Columns harmonised.
        batch_columns: Columns whose entries together name a batch.
        batches: Their names, sorted.
        batch: Which batch each reading is of, shape (n,).
        before: Shape (n, k).
        combat: What was found, with the readings after it.
        effects_before: By feature.
        effects_after: By feature.
        kept: Covariates whose effect was preserved.
        outcomes: Those of them that are outcomes.
        left_out: How many rows were left out, by reason.
        cautions: What to doubt, in sentences.
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
    kept: tuple[Covariate, ...]
    outcomes: tuple[str, ...]
    left_out: dict[str, int]
    cautions: tuple[str, ...]

    @property
    def after(self) -> NDArray[np.float64]:
        """Harmonised readings, shape (n, k)."""
        return self.combat.adjusted

    @property
    def counts(self) -> tuple[int, ...]:
        """Readings of each batch."""
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

    Rows that ``vbq score`` refused or failed on, and scans with contrast agent, are left out and
    counted; nothing else may be missing.

    Args:
        table: The readings, with the covariates.
        batch: Columns that together name the scanner.
        features: Columns of readings. With several, estimates are shrunk across them; with one
            that is undefined, and its own mean and SD are adjusted.
        keep: Covariates whose effect is preserved.
        outcome: An outcome whose effect is preserved; see the caution that it raises.

    Raises:
        UsageError: a column is not there, or named for two things.
        InputError: a cell is missing or cannot be read.
        RefusalError: protocols or field strengths are mixed, a batch is alone, too small or
            confounded with what is kept.
    """
    named = [*batch, *features, *keep, *([outcome] if outcome else [])]
    if len(set(named)) < len(named) or not batch or not features:
        raise UsageError(
            "Batch, readings, kept covariates and outcome are not different columns.",
            remedy="Check --batch, --score, --keep and --outcome.",
        )
    for columns, option in ((batch, "--batch"), (features, "--score"), (keep, "--keep")):
        table.require(columns, option)
    table.require([outcome] if outcome else [], "--outcome")
    for feature in features:
        table.protocol_of(feature)
    rows, left_out = _rows(table)
    names, number = _batches(table, rows, batch)
    values = np.array([[_reading(table, row, name) for name in features] for row in rows])
    for one, other in combinations(range(len(features)), 2):
        if np.array_equal(values[:, one], values[:, other]):
            raise RefusalError(
                f"Columns {features[one]} and {features[other]} hold the same numbers.",
                remedy="Name one of them.",
                code="features_alike",
            )
    kept = tuple(covariate(table, rows, name) for name in named[len(batch) + len(features) :])
    _refuse_confounded(kept, number, batch)
    design = np.hstack([np.empty((len(rows), 0)), *(one.columns for one in kept)])
    found = combat(values, number, design)
    outcomes = [one for one in keep if one.casefold() in OUTCOMES] + ([outcome] if outcome else [])
    return Harmonised(
        ids=tuple(table.rows[row]["id"] for row in rows),
        features=tuple(features),
        batch_columns=tuple(batch),
        batches=names,
        batch=number,
        before=values,
        combat=found,
        effects_before=tuple(batch_effect(v, number, design) for v in values.T),
        effects_after=tuple(batch_effect(v, number, design) for v in found.adjusted.T),
        kept=kept,
        outcomes=tuple(outcomes),
        left_out=left_out,
        cautions=tuple(_cautions(kept, outcomes, number, len(features))),
    )


def _rows(table: ReadingsTable) -> tuple[list[int], dict[str, int]]:
    """The rows to harmonise, and how many are left out for each reason."""
    rows, left_out = list[int](), dict[str, int]()
    for row in range(len(table.rows)):
        if table.has_no_reading(row):
            left_out["no reading could be made"] = left_out.get("no reading could be made", 0) + 1
        elif table.flags(row).intersection(ANOTHER_CONTRAST):
            left_out["another contrast"] = left_out.get("another contrast", 0) + 1
        else:
            rows.append(row)
    if not rows:
        raise RefusalError(f"{table.path} has no reading.", code="too_few")
    return rows, left_out


def _batches(
    table: ReadingsTable, rows: Sequence[int], columns: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The names of batches, sorted, and the batch of each row."""
    parts = []
    for column in columns:
        cells = []
        for row in rows:
            cell = table.text(row, column)
            if cell is None:
                raise missing_cell(table, row, column)
            if column == FIELD:
                cell = f"{nominal_field(table.number(row, column, positive=True) or 0):g} T"
            cells.append(cell)
        parts.append(one_spelling(cells))
    labels = [" · ".join(cells) for cells in zip(*parts, strict=True)]
    names = tuple(sorted(set(labels)))
    if len(names) < 2:
        raise RefusalError(
            f"There is one batch by {', '.join(columns)}, {names[0]}: nothing to harmonise.",
            remedy="Name the columns that tell scanners apart with --batch.",
            code="one_batch",
        )
    number = np.array([names.index(label) for label in labels])
    few = [f"{name} {count}" for name, count in zip(names, np.bincount(number), strict=True)
           if count < FEWEST]  # fmt: skip
    if few:
        raise RefusalError(
            f"Too few readings for a mean and SD of their own: {', '.join(few)}.",
            remedy=f"At least {FEWEST} a batch are needed; leave it out, or pool scanners alike.",
            code="batch_too_small",
        )
    fields = (table.number(row, FIELD, positive=True) for row in rows)
    refuse_mixed_fields(
        zip(labels, fields, strict=True),
        "Batch",
        f"Tell them apart with --batch {','.join([*columns, FIELD])}.",
    )
    return names, number


def _reading(table: ReadingsTable, row: int, feature: str) -> float:
    value = table.number(row, feature)
    if value is None:
        raise missing_cell(table, row, feature)
    return value


def _refuse_confounded(
    kept: Sequence[Covariate], batch: NDArray[np.int64], columns: Sequence[str]
) -> None:
    """Name the covariate, where it is one alone; `combat` finds the rest."""
    member = (batch[:, None] == np.arange(batch.max() + 1)).astype(float)
    for one in kept:
        if not one.columns.shape[1] or not np.ptp(one.columns, axis=0).all():
            raise InputError(
                f"Column {one.name} is the same in every reading: there is no effect to keep.",
                remedy="Leave it out of --keep.",
                code="constant_covariate",
            )
        if confounded(member, one.columns):
            raise RefusalError(
                f"{one.name} is confounded with {', '.join(columns)}: batches determine it, and "
                "what is scanner and what is person cannot be told apart.",
                remedy="No adjustment can; compare within batches.",
                code="confounded",
            )


def _cautions(
    kept: Sequence[Covariate], outcomes: Sequence[str], batch: NDArray[np.int64], features: int
) -> list[str]:
    said = []
    if not kept:
        said.append(
            "No covariate was kept: whatever differs between batches, also because other people "
            "were scanned there, was removed as if it were the scanner's."
        )
    for one in kept:
        share = max(_share_between(column, batch) for column in one.columns.T)
        if share > SHARED:
            said.append(
                f"Batches explain {percent(share, 0)} of the variance of {one.name}: its effect "
                "and the scanner's are hardly told apart."
            )
    said += [
        f"{name} is an outcome and its effect was kept: these readings have seen it. Do not "
        "predict or test it with them: p-values come out too small, and of a new person it is "
        "not known."
        for name in outcomes
    ]
    if features == 1:
        said.append(
            "One feature: empirical Bayes across features is undefined and was not done. Mean and "
            "SD of each batch are adjusted as estimated."
        )
    return said


def _share_between(column: NDArray[np.float64], batch: NDArray[np.int64]) -> float:
    """R² of a covariate on batches."""
    means = np.bincount(batch, column) / np.bincount(batch)
    return float(np.var(means[batch]) / np.var(column))
