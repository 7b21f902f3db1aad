"""Counts and patterns of missing values, and their predictors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from vbq.errors import InputError, UsageError
from vbq.stats.imputation import Column
from vbq.stats.imputation.missingness import missingness, predictors_of_missingness

NAN = float("nan")


def test_counts_and_patterns_of_a_small_table():
    result = missingness(
        [
            Column("age", "continuous", [60, 70, NAN, 80, NAN]),
            Column("dxa", "continuous", [NAN, -2, NAN, -1, -3]),
            Column("y", "binary", [0, 1, 0, 1, 0]),
        ]
    )
    assert (result.n, result.complete, result.loss) == (5, 2, 0.6)
    assert result.counts == {"age": 2, "dxa": 2, "y": 0}
    assert result.share("age") == 0.4
    assert [(p.missing, p.n) for p in result.patterns] == [
        ((), 2),
        (("age",), 1),
        (("age", "dxa"), 1),
        (("dxa",), 1),
    ]


def test_glow_with_designed_missingness(r_table, answers):
    table = r_table("aplore3_glow_mis_wmissing")
    counts = answers["glow_missing_counts"]
    columns = []
    for name in counts:
        values = table[name]
        kind = "continuous" if values.dtype.kind in "if" else "categorical"
        codes = values if kind == "continuous" else values.astype("category").cat.codes
        columns.append(Column(name, kind, np.where(values.isna(), np.nan, codes)))
    result = missingness(columns)
    assert result.counts == counts
    # the study's model has no height; without that column 167 are complete
    model = [c for c in columns if c.name != "height"]
    assert missingness(model).complete == answers["glow_mis_completecase"]["n"]


@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 2**31))
def test_patterns_add_up(n, k, seed):
    rng = np.random.default_rng(seed)
    holed = np.where(rng.random((k, n)) < 0.4, np.nan, 1.0)
    columns = [Column(f"v{j}", "continuous", holed[j]) for j in range(k)]
    result = missingness(columns)
    assert sum(p.n for p in result.patterns) == n
    assert sum(p.n * len(p.missing) for p in result.patterns) == sum(result.counts.values())
    assert result.complete == sum(p.n for p in result.patterns if not p.missing)


def test_predictors_of_missing_values_are_detected():
    rng = np.random.default_rng(1)
    age, noise = rng.normal(70, 10, 2000), rng.normal(size=2000)
    dxa = np.where(rng.random(2000) < expit((age - 70) / 10), np.nan, 1 + noise)
    grade = rng.integers(3, size=2000)
    columns = [
        Column("dxa", "continuous", dxa),
        Column("age", "continuous", age),
        Column("noise", "continuous", noise),
        Column("grade", "ordered", grade),
    ]
    by_age, by_noise, by_grade = predictors_of_missingness(columns, "dxa")
    (odds,) = by_age.odds
    assert odds.contrast == "per SD"
    assert odds.interval[0] < np.e < odds.interval[1]
    assert by_age.p < 1e-20
    assert by_noise.p > 0.01
    assert by_age.missing == np.isnan(dxa).sum()
    assert [o.contrast for o in by_grade.odds] == ["1 v. 0", "2 v. 0"]


def test_two_by_two_table_gives_its_odds_ratio():
    # 30 of 100 missing in cases, 10 of 100 in controls: (30·90)/(70·10)
    values = np.ones(200)
    values[:30] = values[100:110] = np.nan
    case = np.repeat([1.0, 0.0], 100)
    (result,) = predictors_of_missingness(
        [Column("x", "continuous", values), Column("case", "binary", case)], "x"
    )
    assert result.odds[0].odds_ratio == pytest.approx(30 * 90 / (70 * 10))
    half_width = 1.959964 * np.sqrt(1 / 30 + 1 / 90 + 1 / 70 + 1 / 10)
    assert np.log(result.odds[0].interval[1]) == pytest.approx(
        np.log(27 / 7) + half_width, rel=1e-6
    )


def test_impossible_regressions_give_a_reason():
    gone = Column("x", "continuous", [NAN, NAN, 1, 2, 3, 4, 5, 6])
    constant = Column("constant", "continuous", [3.0] * 8)
    decides = Column("decides", "binary", [1, 1, 0, 0, 0, 0, 0, 0])
    jointly_missing = Column("together", "continuous", [NAN, NAN, 1, 2, 4, 3, 5, 6])
    result = predictors_of_missingness([gone, constant, decides, jointly_missing], "x")
    assert all(
        predictor.p is None and not predictor.odds and predictor.reason for predictor in result
    )
    assert result[0].reason == "it does not vary"
    assert "same in all 6" in result[2].reason
    with pytest.raises(UsageError, match="no column 'z'"):
        predictors_of_missingness([gone], "z")
    with pytest.raises(InputError, match="never missing"):
        predictors_of_missingness([gone, constant], "constant")
    with pytest.raises(InputError, match="always missing"):
        predictors_of_missingness([Column("x", "continuous", [NAN, NAN])], "x")
    with pytest.raises(UsageError, match="no subjects"):
        missingness([Column("x", "continuous", [])])
