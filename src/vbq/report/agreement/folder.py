"""The results of an agreement study: a folder that is written completely or not at all."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vbq._version import __version__
from vbq.agreement.subjects import ReadingsBySubject
from vbq.files import candidate_names, write_folder
from vbq.report.agreement.figures import draw_bland_altman, draw_comparison
from vbq.report.agreement.page import PairFigures, agreement_html
from vbq.report.figure_style import figure_bytes
from vbq.stats.agreement.agreement import Agreement, PairAgreement
from vbq.stats.checks import Interval
from vbq.tables.csv_write import csv_bytes, escape_formula

SCHEMA = "vbq-agreement-1"
FIGURES = ("bland_altman", "comparison")
NAME = re.compile(rf"({'|'.join(FIGURES)})_.*\.(svg|png)")


class Statistic(NamedTuple):
    """One row of ``agreement.csv``; its fields are the columns."""

    statistic: str
    first: str
    second: str
    n: int
    estimate: float
    low: float | None
    high: float | None
    p: float | None
    method: str


def write_agreement(
    folder: Path, readings: ReadingsBySubject, agreement: Agreement
) -> dict[str, Path]:
    """Write ``agreement.html``, ``.csv`` and ``.json``, with two figures per pair.

    Figures are SVG and PNG files. No file contains the names of subjects. In an existing folder,
    files of an earlier run are replaced or removed; other files are left alone.

    Args:
        folder: Folder for the results; created if missing.
        readings: The readings.
        agreement: Their agreement.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written; its earlier content is unchanged.
    """
    unit = "VBQ" if readings.value_column.lower() in ("vbq", "score") else readings.value_column
    decimals = readings.decimals
    contents: dict[str, bytes] = {}
    figures: list[PairFigures] = []
    labels = _file_labels(agreement.names)
    column = {name: index for index, name in enumerate(agreement.names)}
    for pair in agreement.pairs:
        first, second = (readings.values[:, column[name]] for name in (pair.first, pair.second))
        vector = []
        for name, draw in zip(FIGURES, (draw_bland_altman, draw_comparison), strict=True):
            files = figure_bytes(draw(first, second, pair, unit, decimals=decimals))
            stem = f"{name}_{labels[pair.first]}_{labels[pair.second]}"
            contents |= {f"{stem}.{kind}": content for kind, content in files.items()}
            vector.append(files["svg"])
        figures.append(PairFigures(*vector))
    page = agreement_html(readings, agreement, figures, unit=unit, decimals=decimals)
    contents |= {
        "agreement.html": page,
        "agreement.csv": _table(readings, agreement),
        "agreement.json": _document(readings, agreement),
    }
    earlier = (
        [p.name for p in folder.iterdir() if NAME.fullmatch(p.name)] if folder.is_dir() else []
    )
    return write_folder(folder, contents, owned=earlier)


def _file_labels(names: tuple[str, ...]) -> dict[str, str]:
    """A short part of a file name for each reader: lower-case ASCII, no two alike."""
    labels: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower())[:24].strip("-") or "reader"
        labels[name] = next(n for n in candidate_names(plain) if n not in labels.values())
    return labels


def _table(readings: ReadingsBySubject, agreement: Agreement) -> bytes:
    """One row for each statistic; numbers with all their digits, no value as an empty cell."""
    rows = _statistics(readings, agreement)
    cells = ([None if _unbounded(cell) else cell for cell in row] for row in rows)
    return csv_bytes(Statistic._fields, cells)


def _statistics(readings: ReadingsBySubject, agreement: Agreement) -> Iterator[Statistic]:
    n = agreement.subjects
    for icc in agreement.correlations:
        yield Statistic(icc.name, "all", "", n, icc.estimate, *icc.interval, icc.p, icc.convention)
    scatter = agreement.repeatability
    yield Statistic(
        "within-subject SD", "all", "", n, scatter.within_sd, *scatter.within_sd_interval, None,
        "one-way analysis of variance",
    )  # fmt: skip
    yield Statistic(
        readings.coefficient, "all", "", n, scatter.coefficient, *scatter.coefficient_interval,
        None, "2.77 within-subject SD" + ("; the MDC95" if readings.repeats else ""),
    )  # fmt: skip
    for pair in agreement.pairs:
        yield from _pair_statistics(pair, n)


def _pair_statistics(pair: PairAgreement, n: int) -> Iterator[Statistic]:
    names = (escape_formula(pair.first), escape_formula(pair.second))

    def row(
        name: str, value: float, interval: Interval | None, p: float | None, method: str
    ) -> Statistic:
        low, high = interval or (None, None)
        return Statistic(name, *names, n, value, low, high, p, method)

    analysis = pair.bland_altman
    yield row("bias", analysis.bias, analysis.bias_interval, None, "mean of first - second")
    yield row("SD of differences", analysis.sd, None, None, "n - 1")
    method = f"bias -/+ 1.96 SD, {analysis.method} interval"
    yield row("lower limit of agreement", analysis.lower, analysis.lower_interval, None, method)
    yield row("upper limit of agreement", analysis.upper, analysis.upper_interval, None, method)
    trends = {
        "slope of difference on mean": analysis.bias_trend,
        "slope of |residual difference| on mean": analysis.spread_trend,
    }
    for name, trend in trends.items():
        if trend is not None:
            yield row(name, trend.slope, trend.interval, trend.p, "least squares")
    line, deming = pair.passing_bablok, pair.deming
    if line is not None:
        method = "Passing-Bablok"
        yield row(f"{method} slope", line.slope, line.slope_interval, None, method)
        yield row(f"{method} intercept", line.intercept, line.intercept_interval, None, method)
        statistic, p = line.linearity_statistic, line.linearity_p
        yield row(f"{method} linearity", statistic, None, p, "cusum, Kolmogorov")
    if deming is not None:
        method = f"Deming, error ratio {deming.error_ratio:g}, jackknife"
        yield row("Deming slope", deming.slope, deming.slope_interval, None, method)
        yield row("Deming intercept", deming.intercept, deming.intercept_interval, None, method)


def _document(readings: ReadingsBySubject, agreement: Agreement) -> bytes:
    document = {
        "schema": SCHEMA,
        "software": {"name": "vbq", "version": __version__},
        "columns": {
            "subject": readings.subject_column,
            "by": readings.reader_column,
            "value": readings.value_column,
        },
        "subjects_in_table": readings.subjects,
        "subjects_without_a_reading": readings.missing,
        "coefficient": readings.coefficient,
        "agreement": asdict(agreement),
    }
    text = json.dumps(_bounded(document), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _bounded(value: Any) -> Any:
    """The value with null in place of infinite ends of intervals, which JSON cannot hold."""
    if isinstance(value, dict):
        return {key: _bounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(item) for item in value]
    return None if _unbounded(value) else value


def _unbounded(value: object) -> bool:
    return value is None or (isinstance(value, float) and not np.isfinite(value))
