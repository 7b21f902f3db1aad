"""The results of an agreement study: a folder that is written whole or not at all."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq._version import __version__
from vbq.files import candidate_names, write_folder
from vbq.report.agreement.figures import draw_bland_altman, draw_comparison
from vbq.report.agreement.page import agreement_html
from vbq.report.figure_style import figure_bytes
from vbq.tables.csv_write import csv_bytes, escape_formula

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vbq.agreement.subjects import ReadingsBySubject
    from vbq.stats.agreement.agreement import Agreement
    from vbq.stats.checks import Interval

__all__ = ["write_agreement"]

Cell = str | float | int | None
SCHEMA = "vbq-agreement-1"
COLUMNS = ("statistic", "first", "second", "n", "estimate", "low", "high", "p", "method")
FIGURES = ("bland_altman", "comparison")
NAME = re.compile(rf"({'|'.join(FIGURES)})_.*\.(svg|png)")


def write_agreement(folder: Path, readings: ReadingsBySubject, found: Agreement) -> dict[str, Path]:
    """Write ``agreement.html``, ``.csv`` and ``.json``, and two figures a pair as SVG and PNG.

    Names of subjects are written nowhere. In a folder that exists, files of an earlier run are
    replaced or removed and all others are left alone.

    Args:
        folder: Where to; made if missing.
        readings: The readings.
        found: Their agreement.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written; what was there before still is.
    """
    unit = "VBQ" if readings.value_column.lower() in ("vbq", "score") else readings.value_column
    decimals = readings.decimals
    contents: dict[str, bytes] = {}
    pictures: list[tuple[bytes, bytes]] = []
    labels = _labels(found.names)
    column = {name: index for index, name in enumerate(found.names)}
    for pair in found.pairs:
        first, second = (readings.values[:, column[name]] for name in (pair.first, pair.second))
        drawn = []
        for name, draw in zip(FIGURES, (draw_bland_altman, draw_comparison), strict=True):
            files = figure_bytes(draw(first, second, pair, unit, decimals=decimals))
            stem = f"{name}_{labels[pair.first]}_{labels[pair.second]}"
            contents |= {f"{stem}.{kind}": content for kind, content in files.items()}
            drawn.append(files["svg"])
        pictures.append((drawn[0], drawn[1]))
    page = agreement_html(readings, found, pictures, unit=unit, decimals=decimals)
    contents |= {
        "agreement.html": page,
        "agreement.csv": _table(readings, found),
        "agreement.json": _document(readings, found),
    }
    earlier = (
        [p.name for p in folder.iterdir() if NAME.fullmatch(p.name)] if folder.is_dir() else []
    )
    return write_folder(folder, contents, owned=earlier)


def _labels(names: tuple[str, ...]) -> dict[str, str]:
    """Short, distinct parts of file names, safe on every system."""
    labels: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower())[:24].strip("-") or "reader"
        labels[name] = next(n for n in candidate_names(plain) if n not in labels.values())
    return labels


def _table(readings: ReadingsBySubject, found: Agreement) -> bytes:
    """One row for each statistic; numbers with all their digits, an empty cell if unbounded."""
    rows = _rows(readings, found)
    return csv_bytes(COLUMNS, ([None if _unbounded(cell) else cell for cell in r] for r in rows))


def _rows(readings: ReadingsBySubject, found: Agreement) -> Iterator[tuple[Cell, ...]]:
    n = found.subjects
    for icc in found.correlations:
        yield icc.name, "all", "", n, icc.estimate, *icc.interval, icc.p, icc.convention
    scatter = found.repeatability
    within = (scatter.within_sd, *scatter.within_sd_interval)
    coefficient = (scatter.coefficient, *scatter.coefficient_interval)
    yield "within-subject SD", "all", "", n, *within, None, "one-way analysis of variance"
    how = "2.77 within-subject SD" + ("; the MDC95" if readings.repeats else "")
    yield readings.coefficient, "all", "", n, *coefficient, None, how

    for pair in found.pairs:

        def row(
            name: str, value: float, interval: Interval | None, p: float | None, method: str,
            who: tuple[str, str] = (escape_formula(pair.first), escape_formula(pair.second)),
        ) -> tuple[Cell, ...]:  # fmt: skip
            return name, *who, n, value, *(interval or (None, None)), p, method

        limits = pair.bland_altman
        yield row("bias", limits.bias, limits.bias_interval, None, "mean of first - second")
        yield row("SD of differences", limits.sd, None, None, "n - 1")
        how = f"bias -/+ 1.96 SD, {limits.method} interval"
        yield row("lower limit of agreement", limits.lower, limits.lower_interval, None, how)
        yield row("upper limit of agreement", limits.upper, limits.upper_interval, None, how)
        for trend, name, how in (
            (limits.bias_trend, "slope of difference on mean", "least squares"),
            (limits.spread_trend, "slope of |residual difference| on mean", "least squares"),
        ):
            if trend is not None:
                yield row(name, trend.slope, trend.interval, trend.p, how)
        line, axis = pair.passing_bablok, pair.deming
        if line is not None:
            how = "Passing-Bablok"
            yield row(f"{how} slope", line.slope, line.slope_interval, None, how)
            yield row(f"{how} intercept", line.intercept, line.intercept_interval, None, how)
            p, value = line.linearity_p, line.linearity_statistic
            yield row(f"{how} linearity", value, None, p, "cusum, Kolmogorov")
        if axis is not None:
            how = f"Deming, error ratio {axis.error_ratio:g}, jackknife"
            yield row("Deming slope", axis.slope, axis.slope_interval, None, how)
            yield row("Deming intercept", axis.intercept, axis.intercept_interval, None, how)


def _document(readings: ReadingsBySubject, found: Agreement) -> bytes:
    document = {
        "schema": SCHEMA,
        "software": {"name": "vbq", "version": __version__},
        "columns": {
            "subject": readings.subject_column,
            "by": readings.by_column,
            "value": readings.value_column,
        },
        "subjects_in_table": readings.subjects,
        "subjects_without_a_reading": readings.missing,
        "coefficient": readings.coefficient,
        "agreement": asdict(found),
    }
    text = json.dumps(_bounded(document), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _bounded(value: Any) -> Any:
    """JSON has no infinity: an end that is not bounded becomes null."""
    if isinstance(value, dict):
        return {key: _bounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(item) for item in value]
    return None if _unbounded(value) else value


def _unbounded(value: object) -> bool:
    return value is None or (isinstance(value, float) and not np.isfinite(value))
