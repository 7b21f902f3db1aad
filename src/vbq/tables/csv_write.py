"""Writing CSV that a spreadsheet opens as it was meant: no text is run as a formula."""

import csv
import io
from collections.abc import Iterable

FORMULA_STARTS = ("=", "+", "-", "@", "\t")


def csv_bytes(
    header: Iterable[str], rows: Iterable[Iterable[object]], *, byte_order_mark: bool = False
) -> bytes:
    """A CSV file by RFC 4180, in UTF-8: commas, CRLF, numbers with all their digits.

    Args:
        header: Names of the columns.
        rows: Cells of each row; None becomes an empty cell. Text that comes from outside must have
            been through `escape_formula`. Undecodable bytes of a file name (surrogate escapes) are
            written as they were.
        byte_order_mark: Whether the file starts with one, without which Excel takes UTF-8 for
            another encoding.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    encoding = "utf-8-sig" if byte_order_mark else "utf-8"
    return text.getvalue().encode(encoding, "surrogateescape")


def escape_formula(text: str) -> str:
    """Text that no spreadsheet runs as a formula: an apostrophe goes before a leading = + - @."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
