"""Tests between groups equal R's and carry their names; invalid input is refused.

R's odds ratio of fisher.test is approximate: see test_r_algorithms.py.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.describe.group_tests import (
    brown_forsythe_test,
    chi_squared_test,
    fisher_exact_test,
    mann_whitney_test,
    shapiro_wilk_test,
    student_t_test,
    welch_t_test,
)
from vbq.stats.regression.logistic import fit_logistic


@pytest.mark.parametrize("name", ["age", "weight", "height", "bmi", "fracscore"])
def test_table_1_of_numbers(answers, r_table, name):
    table, answer = r_table("aplore3_glow500"), answers["glow_table1"][name]
    with_event, without = (table[name][table.fracture == level] for level in ("Yes", "No"))
    welch = welch_t_test(with_event, without)
    keys = "t_welch", "t_welch_df", "t_welch_p"
    ours = welch.statistic, welch.df, welch.p
    assert ours == pytest.approx([answer[key] for key in keys], rel=1e-10)
    student = student_t_test(with_event, without)
    assert student.p == pytest.approx(answer["t_pooled_p"], rel=1e-10)
    ranks = mann_whitney_test(with_event, without)
    assert (ranks.statistic, ranks.p) == pytest.approx(
        (answer["mw_W"], answer["mw_p_cc_asymp"]), rel=1e-10
    )
    plain = mann_whitney_test(with_event, without, continuity=False)
    assert plain.p == pytest.approx(answer["mw_p_nocc"], rel=1e-10)
    normal = shapiro_wilk_test(with_event)
    assert normal.statistic == pytest.approx(answer["shapiro_W1"], rel=1e-8)
    assert normal.p == pytest.approx(answer["shapiro_p1"], rel=1e-6)
    spread = brown_forsythe_test(with_event, without)
    assert spread.p == pytest.approx(answer["levene_bf_p"], rel=1e-10)
    assert [test.name for test in (welch, student, ranks, plain, normal, spread)] == [
        "Welch's t test",
        "Student's t test",
        "Mann-Whitney test, continuity-corrected",
        "Mann-Whitney test, without continuity correction",
        "Shapiro-Wilk test",
        "Brown-Forsythe test",
    ]


@pytest.mark.parametrize(
    "name", ["priorfrac", "premeno", "momfrac", "armassist", "smoke", "raterisk"]
)
def test_table_1_of_counts(answers, r_table, name):
    table, answer = r_table("aplore3_glow500"), answers["glow_table1"][name]
    counts = np.array(list(answer["counts"].values()))
    of_level = [table.fracture[table[name] == level] for level in answer["counts"]]
    ours = [[(level == outcome).sum() for outcome in ("No", "Yes")] for level in of_level]
    assert np.array_equal(counts, ours)
    plain, fisher = chi_squared_test(counts), fisher_exact_test(counts)
    assert (plain.statistic, plain.p) == pytest.approx((answer["chi2"], answer["chi2_p"]))
    assert plain.df == answer["df"]
    assert fisher.p == pytest.approx(answer["fisher_p"], rel=1e-9)
    assert (plain.name, fisher.name) == ("chi-squared test", "Fisher's exact test")
    if counts.shape == (2, 2):
        yates = chi_squared_test(counts, yates=True)
        assert yates.statistic == pytest.approx(answer["chi2_yates"], rel=1e-10)
        assert yates.p == pytest.approx(answer["chi2_yates_p"], rel=1e-10)
        assert yates.name == "chi-squared test with Yates's correction"
    else:
        assert fisher.odds_ratio is None
        assert fisher.interval is None


def test_the_lady_tasting_tea():
    """Fisher 1935. R, solving to 1.2e-4 only, prints 6.408309, from .3135693 (one-sided 95 %)."""
    test = fisher_exact_test([[3, 1], [1, 3]], confidence=0.9)
    assert test.p == pytest.approx(34 / 70)
    assert test.odds_ratio == pytest.approx(6.408309, rel=1e-5)
    assert test.interval[0] == pytest.approx(0.3135693, rel=1e-4)


@pytest.mark.parametrize("table", [[[26, 46], [24, 88]], [[1, 9], [8, 3]], [[301, 73], [74, 52]]])
def test_fisher_solves_its_equations(table):
    test = fisher_exact_test(table, confidence=0.9)
    (a, b), (c, d) = table

    def given_odds(odds):
        return stats.nchypergeom_fisher(a + b + c + d, a + b, a + c, odds)

    assert given_odds(test.odds_ratio).mean() == pytest.approx(a, rel=1e-8)
    assert given_odds(test.interval[0]).sf(a - 1) == pytest.approx(0.05, rel=1e-6)
    assert given_odds(test.interval[1]).cdf(a) == pytest.approx(0.05, rel=1e-6)


def test_an_empty_cell_has_an_open_interval():
    test = fisher_exact_test([[5, 0], [3, 9]])
    assert (test.odds_ratio, test.interval[1]) == (math.inf, math.inf)
    assert test.interval[0] > 1
    assert fisher_exact_test([[0, 5], [9, 3]]).odds_ratio == 0


small = st.integers(0, 5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(small, small), min_size=2, max_size=4))
def test_fisher_counts_all_tables(rows):
    counts = np.array(rows)
    if not (counts.sum(axis=0).all() and counts.sum(axis=1).all()):
        return

    def ways(column):
        pairs = zip(totals, column, strict=True)
        return math.prod(math.comb(int(n), int(k)) for n, k in pairs)

    totals, events = counts.sum(axis=1), counts[:, 0].sum()
    columns = itertools.product(*(range(n + 1) for n in totals))
    all_ways = [ways(column) for column in columns if sum(column) == events]
    observed = ways(counts[:, 0])
    expected = sum(w for w in all_ways if w <= observed) / sum(all_ways)
    assert fisher_exact_test(counts).p == pytest.approx(expected, rel=1e-9)
    assert fisher_exact_test(counts.T).p == pytest.approx(expected, rel=1e-9)


def test_differences_of_means():
    first, second = [5.0, 6, 7], [1.0, 2, 3, 4]
    student = student_t_test(first, second, confidence=0.9)
    # pooled variance (2·1 + 3·5/3)/5 = 1.4
    half = stats.t.ppf(0.95, 5) * math.sqrt(1.4 * (1 / 3 + 1 / 4))
    assert student.difference == pytest.approx(3.5)
    assert student.interval == pytest.approx((3.5 - half, 3.5 + half))
    assert student.df == 5
    assert welch_t_test(first, second).df == pytest.approx(
        (1 / 3 + 5 / 12) ** 2 / (1 / 18 + 25 / 432)
    )


def test_mann_whitney_counts_pairs():
    test = mann_whitney_test([3, 4, 5], [1, 3])
    assert test.statistic == 5.5


def test_its_share_of_pairs_is_the_auc_of_subgroups(answers, r_table):
    """Risks of the main model within women with and without a prior fracture."""
    table = r_table("aplore3_glow500")
    yes = [table[name] == "Yes" for name in ("priorfrac", "momfrac", "armassist", "smoke")]
    raterisk = [table.raterisk == level for level in ("Same", "Greater")]
    design = np.column_stack([table.age, table.bmi, *yes, *raterisk]).astype(float)
    fracture = table.fracture == "Yes"
    risk = fit_logistic(design, fracture).probabilities()
    for level, known in answers["glow_subgroup_auc_by_priorfrac"].items():
        within = table.priorfrac == level
        events, non_events = risk[within & fracture], risk[within & ~fracture]
        assert (within.sum(), events.size) == (known["n"], known["events"])
        pairs = events.size * non_events.size
        assert mann_whitney_test(events, non_events).statistic / pairs == pytest.approx(
            known["auc"]
        )


def test_invalid_input_is_refused():
    with pytest.raises(InputError, match="Groups of 1 and 2"):
        welch_t_test([1], [1, 2])
    with pytest.raises(InputError, match="too few values, or all equal"):
        mann_whitney_test([1, 1], [1, 1])
    with pytest.raises(InputError, match="missing"):
        student_t_test([1, np.nan], [1, 2])
    with pytest.raises(InputError, match="normality of 2 values"):
        shapiro_wilk_test([1, 2])
    with pytest.raises(InputError, match="not whole numbers"):
        chi_squared_test([[1.5, 2], [3, 4]])
    with pytest.raises(InputError, match="empty row or column"):
        fisher_exact_test([[0, 0], [3, 4]])
    with pytest.raises(UsageError, match="not defined for a 3 × 2"):
        chi_squared_test([[1, 2], [3, 4], [5, 6]], yates=True)
    with pytest.raises(UsageError, match="not available for a 3 × 3"):
        fisher_exact_test(np.ones((3, 3)))
    with pytest.raises(InputError, match="too many tables"):
        fisher_exact_test(np.full((5, 2), 100))
