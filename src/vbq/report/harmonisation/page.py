"""``harmonised.html``: readings before and after harmonisation on one self-contained page."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import numpy as np

from vbq._version import __version__
from vbq.report.reading.phrases import RESEARCH_USE
from vbq.report.template import page_template
from vbq.text import fixed, mean_sd, one_line, p_equals, p_value, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.reference.covariates import Covariate
    from vbq.reference.harmonisation import Harmonised

__all__ = ["harmonised_html", "unit_of"]

SIGNIFICANT = 0.05


def unit_of(feature: str) -> str:
    """What a column of readings is called on an axis."""
    return "VBQ" if feature.lower() in ("score", "vbq") else one_line(feature)


def harmonised_html(found: Harmonised, pictures: Sequence[bytes]) -> bytes:
    """The page as UTF-8. Every text that came from the table is escaped.

    Args:
        found: The harmonised readings.
        pictures: For each feature its figure as SVG.
    """
    page = page_template("vbq.report.harmonisation", "harmonised.html.j2").render(
        found=found,
        batches=[one_line(name) for name in found.batches],
        by=", ".join(map(one_line, found.batch_columns)),
        summary=_summary(found),
        features=[
            {
                "name": unit_of(name),
                "picture": b64encode(pictures[k]).decode(),
                "before": found.effects_before[k],
                "after": found.effects_after[k],
                "shift": found.combat.shift[:, k].tolist(),
                "scale": found.combat.scale[:, k].tolist(),
                "words": _batch_effect_sentence(found, k),
            }
            for k, name in enumerate(found.features)
        ],
        kept=[row for one in found.covariates for row in _kept_rows(one, found)],
        number=lambda value: fixed(value, 2),
        p=p_value,
        research_use=RESEARCH_USE,
        version=__version__,
    )
    return page.encode()


def _summary(found: Harmonised) -> str:
    preserved = ", ".join(one_line(one.name) for one in found.covariates) or "none"
    summary = (
        f"{len(found.ids):,} readings in {len(found.batches)} batches "
        f"(column {', '.join(map(one_line, found.batch_columns))}). Covariates preserved: "
        f"{preserved}."
    )
    excluded = ", ".join(f"{count:,} ({reason})" for reason, count in found.excluded.items())
    return f"{summary} Rows excluded: {excluded}." if excluded else summary


def _batch_effect_sentence(found: Harmonised, feature: int) -> str:
    """Whether means and spread of a feature differed between batches before harmonisation."""
    before = found.effects_before[feature]
    adjusted = ", given the preserved covariates," if found.covariates else ""
    means, spread = (
        f"{'differed' if p < SIGNIFICANT else 'did not clearly differ'} (p {p_equals(p)})"
        for p in (before.p, before.spread_p)
    )
    return f"Before harmonisation the batch means{adjusted} {means}; their spread {spread}."


def _kept_rows(one: Covariate, found: Harmonised) -> list[tuple[str, list[str]]]:
    """A kept covariate by batch: mean ± SD, or the share of each category but the first."""
    rows = []
    for label, column in zip(one.labels, one.columns.T, strict=True):
        groups = [column[found.batch == b] for b in range(len(found.batches))]
        yes_or_no = bool(one.categories) or set(np.unique(column)) <= {0.0, 1.0}
        cells = [
            f"{percent(g.mean(), 0)} ({int(g.sum())})"
            if yes_or_no
            else mean_sd(g.mean(), g.std(ddof=1), 1)
            for g in groups
        ]
        rows.append((one_line(label), cells))
    return rows
