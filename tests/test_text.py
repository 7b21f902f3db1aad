"""Numbers as they are printed."""

import ast
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vbq
from vbq.text import (
    count_of,
    decimals_for,
    fixed,
    in_rows,
    interval,
    limits,
    listed,
    mean_sd,
    n_events,
    number_of,
    p_equals,
    p_exact,
    p_value,
    percent,
    ratio,
    ratio_interval,
    row_numbers,
    with_interval,
)


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0, "<0.001"),
        (0.00099, "<0.001"),
        (0.001, "0.001"),
        (0.00297, "0.003"),
        (0.0427, "0.043"),
        (0.0496, "0.050"),
        (0.0814, "0.081"),
        (0.0999, "0.10"),
        (0.214, "0.21"),
        (0.996, ">0.99"),
        (1.0, ">0.99"),
        (None, "–"),
    ],
)
def test_p_values(p, shown):
    assert p_value(p) == shown


@given(st.floats(0, 1))
def test_a_printed_p_is_near_the_true_one_and_never_0_or_1(p):
    shown = p_value(p)
    assert shown not in {"0.000", "1.00"}
    if shown[0] not in "<>":
        assert abs(float(shown) - p) <= 0.0051


def test_ratios_of_every_size():
    sizes = (2.4016, 0.64, 0.0523, 0.00004, 123.4, 20418.0, 3e9, math.inf)
    shown = ["2.40", "0.64", "0.052", "<0.001", "123", "20,418", "3e+09", "∞"]
    assert [ratio(size) for size in sizes] == shown


@given(st.floats(0.001, 0.0994))
def test_small_ratios_have_two_significant_digits_zeros_included(value):
    assert len(ratio(value).removeprefix("0.").lstrip("0")) == 2
    assert float(ratio(value)) == pytest.approx(value, rel=0.051)


def test_a_zero_at_the_end_is_a_digit_too():
    assert [ratio(value) for value in (0.07, 0.002, 0.0996)] == ["0.070", "0.0020", "0.10"]


def test_an_odds_ratio_with_its_interval():
    assert ratio_interval(2.4016, (1.2999, 4.4372)) == "2.40 [1.30–4.44]"
    assert ratio_interval(2.4016, None) == "2.40"


def test_a_negative_end_is_not_taken_for_a_dash():
    assert interval((-0.0141, 0.105)) == "[−0.014 to 0.105]"
    assert interval((0.73, 0.854), 2) == "[0.73–0.85]"
    assert with_interval(0.5, None) == "0.500"
    assert interval(None) == "–"


def test_no_negative_zero():
    assert fixed(-0.0001, 2) == "0.00"
    assert fixed(-0.01, 2) == "−0.01"
    assert fixed(12345.6, 1) == "12,345.6"
    assert (fixed(None), fixed(math.nan)) == ("–", "–")


def test_a_share_is_never_without_what_it_is_of():
    assert count_of(22, 72) == "22/72 (30.6 %)"
    assert count_of(0, 0) == "0/0"
    assert percent(0.342) == "34.2 %"
    assert [percent(share, None) for share in (0.025, 0.9)] == ["2.5 %", "90 %"]
    assert n_events(1200, 44) == "1,200 (44)"


def test_decimals_follow_the_spread():
    spreads = (0.05, 0.5, 0.83, 1.4, 4.0, 12.0, 350.0, None, 0.0)
    assert [decimals_for(spread) for spread in spreads] == [3, 2, 2, 2, 1, 1, 0, 2, 2]


def test_a_mean_with_its_standard_deviation():
    assert mean_sd(3.7, 0.5715) == "3.70 ± 0.57"
    assert mean_sd(3.0, None, 1) == "3.0"


def test_an_unbounded_interval():
    assert limits((-math.inf, 1.25), 2) == "−∞ to 1.25"
    assert limits((0.5, math.inf), 1) == "0.5–∞"
    assert limits(None) == "–"


def test_p_values_in_a_sentence():
    assert [p_equals(p) for p in (0.0004, 0.03, 0.999)] == ["< 0.001", "= 0.030", "> 0.99"]
    assert [p_equals(p) for p in ("<0.0001", "< 0.05", "0.5")] == ["< 0.0001", "< 0.05", "= 0.5"]


def test_p_values_beside_one_that_someone_else_has_rounded():
    assert [p_exact(p) for p in (0.03125, 0.00004)] == ["0.0312", "<0.0001"]


def test_lists_and_counts():
    assert [listed(items) for items in ([], "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    assert [number_of(n, "entry", "entries") for n in (1, 0, 1200)] == [
        "1 entry", "0 entries", "1,200 entries",
    ]  # fmt: skip
    assert in_rows({9, 7}) == "in rows 7, 9"
    assert row_numbers([7]) == "row 7"
    assert row_numbers(range(1, 1201)) == "rows 1, 2, 3, 4, 5 and 1,195 more"


SOURCE = Path(vbq.__file__).parent
P_NAME = re.compile(r"(^|_)p(value)?$")


def formatted_values():
    """(file, line, name of the value, format) of every f-string outside `vbq.text`."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.name == "text.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
                name = getattr(node.value, "attr", getattr(node.value, "id", ""))
                yield path.name, node.lineno, name, ast.unparse(node.format_spec)


def test_no_other_module_formats_a_percentage():
    assert [v for v in formatted_values() if v[3].endswith("%'")] == []


def test_no_other_module_formats_a_p_value():
    assert [v for v in formatted_values() if P_NAME.search(v[2])] == []
    thresholds = [
        (path.name, node.lineno)
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if not {"text.py", "stats"} & {*path.parts} and isinstance(node, ast.Compare)
        if any(isinstance(c, ast.Constant) and c.value == 0.001 for c in node.comparators)
    ]
    assert thresholds == []
