"""A table of a study as printed: text cells, the same on the page, in Word and as CSV."""

from dataclasses import dataclass

from vbq.tables.csv_write import csv_bytes, escape_formula
from vbq.text import one_line


@dataclass(frozen=True)
class ReportTable:
    """One table.

    Attributes:
        name: Name of its CSV file.
        title: What it shows.
        header: Heading of each column.
        rows: Cells of each row. The first cell names the row; a row whose other cells are all empty
            is a heading for those that follow.
        notes: Notes below the table: tests, abbreviations, cautions.
        groups: Headings above adjacent columns, each with the number of columns; empty for none.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    groups: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        # plans and tables must not bring control or direction-changing characters into a report
        printable = {
            "title": one_line(self.title),
            "header": tuple(map(one_line, self.header)),
            "rows": tuple(tuple(map(one_line, row)) for row in self.rows),
            "notes": tuple(map(one_line, self.notes)),
            "groups": tuple((one_line(name), span) for name, span in self.groups),
        }
        for field, value in printable.items():
            object.__setattr__(self, field, value)
        columns = len(self.header)
        assert all(len(row) == columns for row in self.rows), self.name
        assert not self.groups or sum(span for _, span in self.groups) == columns, self.name

    @property
    def flat_header(self) -> tuple[str, ...]:
        """The heading of each column, preceded by that of its group."""
        groups = [group for group, span in self.groups for _ in range(span)]
        if not groups:
            return self.header
        return tuple(f"{g}: {h}" if g else h for g, h in zip(groups, self.header, strict=True))

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
