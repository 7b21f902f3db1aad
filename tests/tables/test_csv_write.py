"""CSV is written so that a spreadsheet shows what was meant and runs nothing."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from vbq.tables.csv_write import csv_bytes, escape_formula


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1))
def test_no_text_written_begins_a_formula_and_each_can_be_read_back(text):
    cell = escape_formula(text)
    assert cell[0] not in "=+-@\t"
    assert cell.removeprefix("'") == text.removeprefix("'")
    written = csv_bytes(["x"], [[cell]]).decode()
    assert list(csv.reader(io.StringIO(written, newline=""))) == [["x"], [cell]]


def test_numbers_keep_their_digits_and_none_is_an_empty_cell():
    assert csv_bytes(["a", "b", "c"], [[0.1 + 0.2, None, 7]]) == (
        b"a,b,c\r\n0.30000000000000004,,7\r\n"
    )


def test_a_byte_order_mark_and_an_undecodable_file_name():
    assert csv_bytes(["a"], [], byte_order_mark=True) == b"\xef\xbb\xbfa\r\n"
    assert csv_bytes([b"\xe9".decode("utf-8", "surrogateescape")], []) == b"\xe9\r\n"
