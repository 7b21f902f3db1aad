"""A table as it is shown: strings, the same on the page, in Word and as CSV."""

from __future__ import annotations

from dataclasses import dataclass

from vbq.tables.csv_write import csv_bytes, escape_formula
from vbq.text import one_line

__all__ = ["ReportTable"]


@dataclass(frozen=True)
class ReportTable:
    """One table.

    Attributes:
        name: Of its CSV file.
        title: What it shows.
        header: One text a column.
        rows: One text a cell. The first cell of a row names it; a row whose other cells are all
            empty is a heading for those that follow.
        notes: Legend below it: tests, abbreviations, cautions.
        groups: Headings above neighbouring columns, each with how many it spans; empty for none.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    groups: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        # texts come from plans and tables: no control or direction-changing characters in them
        clean = tuple(tuple(one_line(cell) for cell in row) for row in self.rows)
        object.__setattr__(self, "rows", clean)
        object.__setattr__(self, "title", one_line(self.title))
        groups = tuple((one_line(name), span) for name, span in self.groups)
        object.__setattr__(self, "groups", groups)
        object.__setattr__(self, "notes", tuple(one_line(note) for note in self.notes))
        object.__setattr__(self, "header", tuple(one_line(text) for text in self.header))
        columns = len(self.header)
        assert all(len(row) == columns for row in self.rows), self.name
        assert not self.groups or sum(span for _, span in self.groups) == columns, self.name

    @property
    def flat_header(self) -> tuple[str, ...]:
        """The header with each column's group before it."""
        over = [group for group, span in self.groups for _ in range(span)]
        if not over:
            return self.header
        return tuple(f"{g}: {h}" if g else h for g, h in zip(over, self.header, strict=True))

    @staticmethod
    def is_heading(row: tuple[str, ...]) -> bool:
        """Whether a row is a heading for those that follow."""
        return len(row) > 1 and not any(row[1:])

    def csv(self) -> bytes:
        """UTF-8 with a byte-order mark, without which Excel takes it for another encoding.

        The cells are as shown, rounded; the full numbers are in ``analysis.json``. Titles and
        notes are not in it.
        """
        header, *rows = (map(escape_formula, row) for row in (self.flat_header, *self.rows))
        return csv_bytes(header, rows, byte_order_mark=True)
