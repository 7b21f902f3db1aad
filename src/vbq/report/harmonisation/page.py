"""``harmonised.html``: readings before and after harmonisation on one self-contained page."""

from collections.abc import Sequence

import numpy as np

from vbq.reference.covariates import Covariate
from vbq.reference.harmonisation import Harmonised
from vbq.report.page import page_bytes
from vbq.text import mean_sd, one_line, p_equals, percent

SIGNIFICANT = 0.05


def unit_of(feature: str) -> str:
    """Name of a column of readings on axes and in headings."""
    return "VBQ" if feature.lower() in ("score", "vbq") else one_line(feature)


def harmonised_html(harmonised: Harmonised, figures: Sequence[bytes]) -> bytes:
    """The page as UTF-8. Every text that came from the table is escaped.

    Args:
        harmonised: The readings before and after.
        figures: The figure of each feature as SVG.
    """
    return page_bytes(
        "harmonisation/harmonised.html.j2",
        harmonised=harmonised,
        batches=[one_line(name) for name in harmonised.batches],
        by=", ".join(map(one_line, harmonised.batch_columns)),
        summary=_summary(harmonised),
        features=[
            {
                "name": unit_of(name),
                "picture": figures[k],
                "before": harmonised.effects_before[k],
                "after": harmonised.effects_after[k],
                "shift": harmonised.combat.shift[:, k].tolist(),
                "scale": harmonised.combat.scale[:, k].tolist(),
                "batch_effect": _batch_effect_sentence(harmonised, k),
            }
            for k, name in enumerate(harmonised.features)
        ],
        covariate_rows=[
            row
            for covariate in harmonised.covariates
            for row in _covariate_rows(covariate, harmonised)
        ],
    )


def _summary(harmonised: Harmonised) -> str:
    preserved = ", ".join(one_line(covariate.name) for covariate in harmonised.covariates) or "none"
    summary = (
        f"{len(harmonised.ids):,} readings in {len(harmonised.batches)} batches "
        f"(column {', '.join(map(one_line, harmonised.batch_columns))}). Covariates preserved: "
        f"{preserved}."
    )
    excluded = ", ".join(f"{count:,} ({reason})" for reason, count in harmonised.excluded.items())
    return f"{summary} Rows excluded: {excluded}." if excluded else summary


def _batch_effect_sentence(harmonised: Harmonised, feature: int) -> str:
    """Whether means and spread of a feature differed between batches before harmonisation."""
    before = harmonised.effects_before[feature]
    adjusted = ", given the preserved covariates," if harmonised.covariates else ""
    means, spread = (
        f"{'differed' if p < SIGNIFICANT else 'did not clearly differ'} (p {p_equals(p)})"
        for p in (before.p, before.spread_p)
    )
    return f"Before harmonisation the batch means{adjusted} {means}; their spread {spread}."


def _covariate_rows(covariate: Covariate, harmonised: Harmonised) -> list[tuple[str, list[str]]]:
    """A covariate by batch: mean ± SD, or the percentage of each category but the first."""
    rows = []
    for label, column in zip(covariate.labels, covariate.columns.T, strict=True):
        groups = [column[harmonised.batch == b] for b in range(len(harmonised.batches))]
        binary = bool(covariate.categories) or set(np.unique(column)) <= {0.0, 1.0}
        cells = [
            f"{percent(g.mean(), 0)} ({int(g.sum())})"
            if binary
            else mean_sd(g.mean(), g.std(ddof=1), 1)
            for g in groups
        ]
        rows.append((one_line(label), cells))
    return rows
