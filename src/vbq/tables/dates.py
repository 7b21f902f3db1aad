"""Dates from cells: ISO, a format the plan declares, or the serial numbers of a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.tables.cells import Parsed, bad_cells, present
from vbq.text import in_rows

if TYPE_CHECKING:
    import pandas as pd

ISO = "%Y-%m-%d"
# tried only to suggest the right one in a message
FORMATS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%y", "%Y%m%d")
EARLIEST, LATEST = "1920-01-01", "2100-01-01"
SERIAL = r"[1-6][0-9]{4}(?:\.[0-9]+)?"  # days since 1899-12-30: 1927 to 2091
SERIAL_ORIGIN = "1899-12-30"


def parse_dates(cells: pd.Series[Any], column: str, date_format: str = "ISO") -> Parsed:
    """A column of dates.

    ISO dates, as a workbook stores them, are read whatever the format. A column of nothing but
    serial numbers, which a spreadsheet leaves when a column loses its date format, is read as such,
    with a note.

    Args:
        cells: Text, or float64; the index is the row.
        column: Its name, for messages.
        date_format: ``ISO``, or codes such as ``%d.%m.%Y``.

    Returns:
        Days since 1970-01-01 as float64; findings of severity ``refuse`` for cells that are not
        dates.
    """
    import pandas as pd

    if cells.dtype == float:
        cells = cells.map(lambda day: "" if pd.isna(day) else f"{day:.0f}").astype("str")
    filled = present(cells)
    values = cells.map({}).astype("float64")
    if filled.empty:
        return Parsed(values, None, ())
    findings: list[Finding] = []
    iso = filled.str.replace(r"[T ]00:00(:00(\.0+)?)?Z?$", "", regex=True)
    days = pd.to_datetime(iso, format=ISO, errors="coerce")
    if date_format != "ISO":
        days = days.fillna(pd.to_datetime(filled, format=date_format, errors="coerce"))
    serial = filled.str.fullmatch(SERIAL) & days.isna()
    if serial.all():
        counted = pd.to_timedelta(filled.astype("float64") // 1, unit="D")
        days = pd.Timestamp(SERIAL_ORIGIN) + counted
        message = f"{column} is read as day numbers of a spreadsheet (1 is 1 January 1900)."
        findings.append(Finding("date_serials", "note", message, {"column": column}))
    elif days.isna().any():
        findings += _not_dates(filled[days.isna()], filled, column, date_format)
    days = days.dropna()
    impossible = days[(days < pd.Timestamp(EARLIEST)) | (days > pd.Timestamp(LATEST))]
    if len(impossible):
        rows = tuple(int(row) for row in impossible.index)
        message = f"{column} {in_rows(rows)} is before 1920 or after 2100. Correct the year."
        findings.append(
            Finding("impossible_date", "refuse", message, {"column": column, "rows": rows})
        )
    days = days.drop(impossible.index)
    values.loc[days.index] = (days - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return Parsed(values, None, tuple(findings))


def _not_dates(
    invalid: pd.Series[Any], filled: pd.Series[Any], column: str, date_format: str
) -> list[Finding]:
    """Why cells are not dates, with the formats that would fit the whole column."""
    import pandas as pd

    rows = tuple(int(row) for row in invalid.index)
    fitting = [
        candidate
        for candidate in FORMATS
        if candidate != date_format
        and pd.to_datetime(filled, format=candidate, errors="coerce").notna().all()
    ]
    if len(fitting) == 1:
        message = (
            f"{column} has dates as {fitting[0]}. State in the plan: dates.format: '{fitting[0]}'."
        )
        return [Finding("date_format", "refuse", message, {"column": column, "rows": rows})]
    if fitting:
        formats = " or ".join(f"'{candidate}'" for candidate in fitting)
        message = (
            f"{column} {in_rows(rows)} can be read in several ways. State in the plan which: "
            f"dates.format: {formats}."
        )
        return [Finding("date_format", "refuse", message, {"column": column, "rows": rows})]
    expected = "a date such as 2024-03-31" if date_format == "ISO" else f"a date as {date_format}"
    return bad_cells(invalid, column, expected)
