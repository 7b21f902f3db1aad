"""Tables on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vbq.measure import Reading
    from vbq.scan import RankedSeries

STYLE = {"ok": "green", "caution": "yellow", "refused": "red"}
VERDICT_STYLE = {"chosen": "green", "candidate": "yellow", "rejected": "dim"}
ROWS_SHOWN = 40


def show_readings(readings: Mapping[str, Reading], out: Path) -> None:
    """Print one row per study: score with its 95 % interval, level ratios, CSF and flags."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from vbq.finding import refusals_in
    from vbq.text import NO_VALUE, fixed, limits

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Study", overflow="fold")
    for heading in ("Status", "VBQ", "95 %", "L1", "L2", "L3", "L4", "CSF"):
        table.add_column(heading, justify="left" if heading == "Status" else "right")
    table.add_column("Flags", overflow="fold")
    for name, reading in list(readings.items())[:ROWS_SHOWN]:
        ratios = [fixed(reading.variants.get(level), 2) for level in ("L1", "L2", "L3", "L4")]
        flags = " ".join(f.code for f in reading.flags if f.severity != "note")
        table.add_row(
            escape(name),
            f"[{STYLE[reading.status]}]{reading.status}[/]",
            fixed(reading.score, 2),
            limits(reading.interval, 2),
            *ratios,
            reading.csf.level if reading.csf else NO_VALUE,
            flags or NO_VALUE,
        )
    console = Console()
    console.print(table)
    if len(readings) > ROWS_SHOWN:
        console.print(f"… and {len(readings) - ROWS_SHOWN} more in readings.csv")
    for name, reading in list(readings.items())[:ROWS_SHOWN]:
        for flag in refusals_in(reading.flags):
            console.print(f"{escape(name)}: {escape(flag.message)}", soft_wrap=True)
    report = out / next(iter(readings)) / "report.html" if len(readings) == 1 else out
    console.print(f"\nReport: {escape(str(report))}", soft_wrap=True, highlight=False)


def show_ranking(study: str, ranking: Sequence[RankedSeries]) -> None:
    """Print one row per series: what it is, and why it was chosen or not."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(study), title_justify="left", box=None, pad_edge=False)
    for heading in ("No.", "Description", "Plane", "Size", "Verdict"):
        table.add_column(heading, justify="right" if heading in ("No.", "Size") else "left")
    table.add_column("Reason", overflow="fold")
    for ranked in ranking:
        series = ranked.series
        number = series.source.series_number
        table.add_row(
            "–" if number is None else str(number),
            escape(series.acquisition.description or "–"),
            series.plane or "–",
            "×".join(str(n) for n in series.size),
            f"[{VERDICT_STYLE[ranked.verdict]}]{ranked.verdict}[/]",
            escape(ranked.reason),
        )
    Console().print(table)
