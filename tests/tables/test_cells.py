"""Cells mean what a person would say they mean, or are refused with their row."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vbq.tables.categories import parse_binary, parse_categories
from vbq.tables.cells import canonical
from vbq.tables.dates import parse_dates
from vbq.tables.numbers import parse_numbers


def column(*cells):
    return pd.Series(list(cells), index=range(2, len(cells) + 2), dtype="str")


def numbers(*cells, semicolons=False):
    return parse_numbers(column(*cells), "bmi", grouping_signs="" if semicolons else ",")


def stops(parsed):
    return [finding for finding in parsed.findings if finding.severity == "refuse"]


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1, max_size=8))
@settings(max_examples=25)
def test_a_number_as_python_writes_it_is_that_number(values):
    parsed = numbers(*map(repr, values))
    assert parsed.findings == ()
    assert parsed.typed.tolist() == values


@given(st.lists(FINITE.map(lambda x: f"{x:.2f}"), min_size=1, max_size=8))
@settings(max_examples=25)
def test_decimal_commas_throughout_are_decimal_points(texts):
    parsed = numbers(*(text.replace(".", ",") for text in texts))
    assert not stops(parsed)
    assert parsed.typed.tolist() == [float(text) for text in texts]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6))
@settings(max_examples=25)
def test_any_text_is_a_number_missing_or_refused_never_anything_else(texts):
    parsed = numbers(*texts)
    refused = {row for finding in stops(parsed) for row in finding.rows}
    for row, text in enumerate(texts, start=2):
        value = parsed.typed[row]
        assert math.isnan(value) or math.isfinite(value)
        if row in refused:
            continue
        if not math.isnan(value):
            plain = text.strip().replace("−", "-")
            assert float(plain if "," not in plain else plain.replace(",", ".")) == value
        else:
            assert text.strip() == "" or not text.strip()[0].isdigit()


def test_spaces_typographic_minus_and_missing_words():
    parsed = numbers(" 2.5 ", "−1", "NA", "", ".", "-", "n/a", "1e2", "\u00a03")
    assert parsed.typed.tolist()[:2] == [2.5, -1]
    assert parsed.typed.isna().tolist() == [False] * 2 + [True] * 5 + [False] * 2
    (note,) = parsed.findings
    assert note.severity == "note"
    assert "“NA”" in note.message


@pytest.mark.parametrize(
    ("cell", "code", "phrase"),
    [
        ("23.4 kg/m2", "unit_in_cell", "“23.4 kg/m2”"),
        ("#DIV/0!", "formula_error", "“#DIV/0!”"),
        ("#N/A", "formula_error", "formula"),
        ("<18", "censored_number", "limit"),
        ("2024-05-03", "date_in_numbers", "is a date"),
        ("3.5.2024", "date_in_numbers", "is a date"),
        ("1.234,5", "thousands", "thousands"),
        ("12-14", "number_list", "more than one"),
        ("1e999", "text_in_numbers", "not a number"),
        ("inf", "text_in_numbers", "not a number"),
        ("0x10", "text_in_numbers", "not a number"),
        ("1_000", "text_in_numbers", "not a number"),
        ("１２", "text_in_numbers", "not a number"),
    ],
)
def test_what_is_not_a_number_is_refused_with_its_row_and_kind(cell, code, phrase):
    (finding,) = stops(numbers("20", "21.5", cell, "22"))
    assert finding.code == code
    assert finding.rows == (4,)
    assert "bmi in row 4" in finding.message
    assert phrase in finding.message


def test_a_name_in_a_column_of_numbers_is_not_printed():
    (finding,) = stops(numbers("20", "Erika Mustermann", "1.1.1950"))[-1:]
    messages = " ".join(finding.message for finding in numbers("20", "Erika Mustermann").findings)
    assert "Erika" not in messages
    assert "1950" not in finding.message


def test_commas_beside_points_are_refused():
    (finding,) = stops(numbers("20.1", "21,5", "22"))
    assert finding.code == "mixed_decimals"
    assert "row 3" in finding.message
    assert "row 2" in finding.message


def test_a_comma_that_may_be_a_thousand_is_refused_unless_the_file_has_semicolons():
    (finding,) = stops(numbers("3,125", "2,987"))
    assert finding.code == "ambiguous_comma"
    assert numbers("3,125", "2,987", semicolons=True).typed.tolist() == [3.125, 2.987]
    assert numbers("0,125", "2,987").typed.tolist() == [0.125, 2.987]


@pytest.mark.parametrize(
    ("cells", "values", "levels"),
    [
        (["0", "1", ""], [0, 1, None], ("0", "1")),
        (["No", "yes", "NO "], [0, 1, 0], ("No", "yes")),
        (["ja", "nein", "ja"], [1, 0, 1], ("nein", "ja")),
        (["TRUE", "false", "NA"], [1, 0, None], ("false", "TRUE")),
        (["1", "yes", "0", "no", "ja"], [1, 1, 0, 0, 1], None),
        (["1.0", "0.0"], [1, 0], ("0.0", "1.0")),
        (["m", "f", "M"], [1, 0, 1], ("f", "m")),
        (["1", "2"], [0, 1], ("1", "2")),
    ],
)
def test_two_values_are_0_and_1(cells, values, levels):
    parsed = parse_binary(column(*cells), "x")
    assert not stops(parsed)
    assert [None if math.isnan(v) else v for v in parsed.typed] == values
    if levels:
        assert parsed.levels == levels


def test_mixed_spellings_and_an_undeclared_order_are_noted():
    assert [finding.code for finding in parse_binary(column("1", "yes", "0"), "x").findings] == [
        "mixed_yes_no"
    ]
    (note,) = parse_binary(column("m", "f"), "sex").findings
    assert "“f” is taken as 0 and “m” as 1" in note.message


def test_the_plan_decides_which_is_the_event():
    assert parse_binary(column("m", "f"), "sex", coded_0="m").typed.tolist() == [0, 1]
    assert parse_binary(column("2", "1"), "y", coded_1=1).typed.tolist() == [0, 1]
    (finding,) = stops(parse_binary(column("a", "b"), "y", coded_1="c"))
    assert "no “c”" in finding.message


@pytest.mark.parametrize("cells", [["0", "1", "2"], ["yes", "no", "maybe"], ["0", "1", "9"]])
def test_a_third_value_is_refused_with_its_row(cells):
    (finding,) = stops(parse_binary(column(*cells), "x"))
    assert finding.code == "not_binary"
    assert finding.rows == (4,)


def test_a_9_among_0_and_1_is_suspected_to_be_missing():
    (finding,) = stops(parse_binary(column("0", "1", "9"), "x", coded_1=1))
    assert "means missing" in finding.message


def test_categories_in_other_case_are_one_and_that_is_noted():
    parsed = parse_categories(column("Less", "less ", "Same", "More", "NA"), "risk")
    assert parsed.levels == ("Less", "More", "Same")
    assert parsed.typed[3] == "Less"
    assert "merged_spellings" in [finding.code for finding in parsed.findings]


def test_an_unknown_level_is_refused_with_its_row():
    (finding,) = stops(parse_categories(column("a", "b", "c"), "g", levels=["a", "b"]))
    assert finding.rows == (4,)
    assert "“c”" in finding.message


def test_ordered_text_needs_its_order_and_ordered_numbers_do_not():
    (finding,) = stops(parse_categories(column("low", "high"), "g", ordered=True))
    assert finding.code == "no_order"
    assert parse_categories(column("10", "9"), "g", ordered=True).levels == ("9", "10")


def test_the_reference_comes_first():
    assert parse_categories(column("a", "b", "c"), "g", reference="b").levels == ("b", "a", "c")
    (finding,) = stops(parse_categories(column("a", "b"), "g", reference="z"))
    assert finding.code == "no_such_value"


@given(
    st.dates(
        min_value=pd.Timestamp("1930-01-01").date(), max_value=pd.Timestamp("2090-01-01").date()
    )
)
@settings(max_examples=25)
def test_one_day_is_the_same_day_in_every_format(day):
    expected = (pd.Timestamp(day) - pd.Timestamp(0)).days
    serial = (pd.Timestamp(day) - pd.Timestamp("1899-12-30")).days
    assert parse_dates(column(day.isoformat()), "d").typed.tolist() == [expected]
    german = day.strftime("%d.%m.%Y")
    assert parse_dates(column(german), "d", "%d.%m.%Y").typed.tolist() == [expected]
    assert parse_dates(column(str(serial)), "d").typed.tolist() == [expected]
    assert parse_dates(column(f"{day.isoformat()} 00:00:00"), "d").typed.tolist() == [expected]


def test_the_format_that_fits_is_named_and_the_ambiguous_is_not_guessed():
    (finding,) = stops(parse_dates(column("31.03.2024", "01.02.2023"), "d"))
    assert "%d.%m.%Y" in finding.message
    (finding,) = stops(parse_dates(column("03/04/2024", "01/02/2023"), "d"))
    assert "%d/%m/%Y" in finding.message
    assert "%m/%d/%Y" in finding.message


@pytest.mark.parametrize("cell", ["2024-02-30", "yesterday", "20240", "2024-13-01", "1024-01-01"])
def test_what_is_not_a_date_is_refused_with_its_row(cell):
    (finding,) = stops(parse_dates(column("2024-01-31", "", cell), "d"))
    assert finding.rows == (4,)


def test_serial_numbers_are_noted_and_not_mixed_with_dates():
    assert parse_dates(column("45000", "45001"), "d").findings[0].code == "date_serials"
    (finding,) = stops(parse_dates(column("2024-01-31", "45000"), "d"))
    assert finding.rows == (3,)


@given(st.integers(-(10**9), 10**9))
def test_equal_numbers_are_one_category(number):
    assert canonical(number) == canonical(f" {number}.0 ") == canonical(float(number))
