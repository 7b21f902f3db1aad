"""Chained equations recover removed values and never change observed ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from vbq.errors import InputError, UsageError
from vbq.stats.imputation import Column, chained_equations, impute
from vbq.stats.imputation.augmentation import augment
from vbq.stats.imputation.convergence import r_hat
from vbq.stats.imputation.matching import match_means
from vbq.stats.imputation.newton import draw_around_mode
from vbq.stats.imputation.ordinal import draw_ordered
from vbq.stats.imputation.polytomous import draw_categories
from vbq.stats.imputation.pooling import pool_model
from vbq.stats.regression.logistic import fit_logistic

YES = {"No": 0.0, "Yes": 1.0}
RISK = {"Less": 0.0, "Same": 1.0, "Greater": 2.0}


def glow_columns(table, kind):
    binary = [
        Column(name, "binary", table[name].map(YES))
        for name in ("fracture", "priorfrac", "momfrac")
    ]
    numbers = [Column(name, "continuous", table[name]) for name in ("age", "weight", "height")]
    return [*binary, *numbers, Column("raterisk", kind, table.raterisk.map(RISK))]


def glow_model(columns, seed, m=20):
    """The pooled model of fracture on age, weight, prior and mother's fracture, self-rated risk."""
    imputed = impute(columns, outcome="fracture", imputations=m, iterations=5, seed=seed)
    fits = []
    for i in range(m):
        table = imputed.completed(i)
        risk = [table["raterisk"] == 1, table["raterisk"] == 2]
        design = [
            table["age"],
            table["weight"],
            table["priorfrac"],
            table["momfrac"],
            *risk,
        ]
        fits.append(fit_logistic(np.column_stack(design).astype(float), table["fracture"]))
    return pool_model(
        [fit.coefficients for fit in fits],
        [fit.covariance for fit in fits],
        names=fits[0].names,
        df_complete=500 - 7,
    )


@pytest.mark.parametrize("kind", ["categorical", "ordered"])
def test_glow_with_designed_missingness(r_table, answers, kind):
    table = r_table("aplore3_glow_mis_wmissing")
    columns = glow_columns(table, kind)
    counts = answers["glow_missing_counts"]
    assert all(column.missing.sum() == counts[column.name] for column in columns)
    # truth 2.007; the 167 complete cases give 1.384
    seeds = range(1, 13) if kind == "categorical" else (1,)
    ratios = [np.exp(glow_model(columns, seed, m=50).terms[3].estimate) for seed in seeds]
    assert 2.0 < min(ratios) <= max(ratios) < 2.2
    logs = [glow_model(columns, seed).terms[3].estimate for seed in seeds]
    # mice: between-imputation variance .0273, so one run of 20 has a Monte-Carlo SE of .037, and
    # two runs differ by up to 3 · √2 · .037
    mice = answers["mi_glow_logit"]["pooled"]["4"]
    limit = 3 * np.sqrt(2 * mice["b"] / 20)
    assert np.abs(np.array(logs) - mice["estimate"]).max() < limit


def simulated(n=600, seed=7):
    """Outcome from x, z and a category; x, category and grade lost by z and outcome (MAR)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    x = 0.6 * z + rng.normal(size=n)
    group = rng.integers(3, size=n) * 1.0
    grade = np.digitize(x + rng.logistic(size=n) / 2, [-1, 0.5]) * 1.0
    y = (rng.random(n) < expit(-1 + 0.8 * x + 0.5 * (group == 2))) * 1.0
    lost = rng.random((3, n)) < expit(-1.5 + z + y)
    holed = [
        np.where(gone, np.nan, full) for gone, full in zip(lost, (x, group, grade), strict=True)
    ]
    columns = [
        Column("y", "binary", y),
        Column("x", "continuous", holed[0]),
        Column("group", "categorical", holed[1]),
        Column("grade", "ordered", holed[2]),
        Column("z", "continuous", z),
    ]
    return columns, {"x": x, "group": group, "grade": grade}


def test_imputed_values_are_observed_values():
    columns, _ = simulated()
    imputed = impute(columns, outcome="y", imputations=3, iterations=4, seed=1)
    for column in columns:
        known = column.values[~column.missing]
        completed = imputed.values[column.name]
        assert completed.shape == (3, 600)
        assert (completed[:, ~column.missing] == known).all()
        assert np.isin(completed, known).all()
    assert [t.name for t in imputed.traces] == list(imputed.order)
    counts = [int(c.missing.sum()) for name in imputed.order for c in columns if c.name == name]
    assert counts == sorted(counts)
    assert imputed.traces[0].means.shape == imputed.traces[0].sds.shape == (4, 3)


def test_the_same_seed_gives_the_same_values_and_another_does_not():
    columns, _ = simulated(200)
    first, repeat, reseeded = (
        impute(columns, outcome="y", imputations=2, iterations=2, seed=s).values["x"]
        for s in (5, 5, 6)
    )
    assert (first == repeat).all()
    assert (first != reseeded).any()
    assert (first[0] != first[1]).any()


def test_means_lost_at_random_are_recovered():
    columns, truth = simulated(1000)
    imputed = impute(columns, outcome="y", imputations=5, iterations=8, seed=3)
    for name, full in truth.items():
        column = next(c for c in columns if c.name == name)
        lost = column.missing
        guess, real = imputed.values[name][:, lost].mean(), full[lost].mean()
        # the noise of the lost values themselves, plus that of the model (about as large)
        assert guess == pytest.approx(real, abs=4 * full.std() / np.sqrt(lost.sum()))
        assert guess > full[~lost].mean() or name == "group"  # those lost have larger x


def test_intervals_cover_the_truth_as_often_as_they_say():
    """A mean, 40 % missing at random: Rubin's interval around imputed means covers 95 %."""
    rng = np.random.default_rng(11)
    covered, runs = 0, 120
    for run in range(runs):
        y = (rng.random(100) < 0.5) * 1.0
        x = y + rng.normal(size=100)
        x[rng.random(100) < 0.2 + 0.4 * y] = np.nan
        columns = [Column("y", "binary", y), Column("x", "continuous", x)]
        draw = impute(columns, outcome="y", imputations=10, iterations=1, seed=run).values["x"]
        term = pool_model(
            draw.mean(axis=1)[:, None],
            (draw.var(axis=1, ddof=1) / 100)[:, None, None],
            names=["mean"],
            df_complete=99,
        ).terms[0]
        covered += term.interval[0] < 0.5 < term.interval[1]
    assert covered / runs > 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


def repeated(x, m):
    return np.broadcast_to(np.column_stack([np.ones(len(x)), x]), (m, len(x), x.shape[1] + 1))


def test_matching_takes_one_of_the_five_nearest():
    x = np.arange(100.0)[:, None] / 50 - 1
    known = x[:, 0] * 10  # without noise the draw is the estimate
    imputed = match_means(
        known, repeated(x, 400), repeated(x[50:51], 400), np.random.default_rng(0)
    )
    assert set(np.round(imputed[:, 0], 6)) == set(np.round(known[48:53], 6))


def test_binary_draws_follow_the_logistic_model():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(2000, 1))
    codes = (rng.random(2000) < expit(0.5 + x[:, 0])).astype(int)
    points = np.array([[-1.0], [0.0], [1.5]])
    copies = np.repeat(points, 500, axis=0)
    imputed = draw_categories(codes, repeated(x, 40), repeated(copies, 40), rng)
    share = imputed.reshape(40, 3, 500).mean(axis=(0, 2))
    assert share == pytest.approx(fit_logistic(x, codes).probabilities(points), abs=0.03)


def test_ordered_draws_follow_proportional_odds():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2000, 1))
    codes = np.digitize(1.2 * x[:, 0] + rng.logistic(size=2000), [-1, 0, 2])
    points = np.array([-1.0, 1.0])
    copies = np.repeat(points, 500)[:, None]
    imputed = draw_ordered(codes, repeated(x, 20), repeated(copies, 20), rng).reshape(20, 2, 500)
    for j in range(2):
        shares = [(imputed[:, j] <= k).mean() for k in range(3)]
        assert shares == pytest.approx(expit(np.array([-1, 0, 2]) - 1.2 * points[j]), abs=0.06)


def test_perfect_prediction_leaves_draws_finite_and_sensible():
    x = np.repeat([-1.0, 1.0], 50)[:, None]
    codes = (x[:, 0] > 0).astype(int)
    rng = np.random.default_rng(4)
    imputed = draw_categories(codes, repeated(x, 500), repeated(np.array([[1.0]]), 500), rng)
    assert 0.85 < imputed.mean() < 1  # neither certain nor absurd


def test_augmentation_is_that_of_white_daniel_and_royston():
    codes, x, w = augment(np.array([0, 1, 1]), np.ones((2, 3, 3)), 2)
    assert codes.tolist() == [0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]
    assert x.shape == (2, 11, 3)
    assert x[1, 3:7].tolist() == [[1, 1, 0], [1, 0, 1], [1, -1, 0], [1, 0, -1]]
    assert w.sum() == pytest.approx(3 + 2 + 1)  # p + 1 for p = 2 predictors


def test_draws_around_a_mode_have_its_mean_and_covariance():
    centre, information = np.array([2.0, -1.0]), np.array([[4.0, 1.0], [1.0, 2.0]])

    def quadratic(points):
        off = points - centre
        value = -0.5 * np.einsum("mi,ij,mj->m", off, information, off)
        return value, -off @ information, np.broadcast_to(information, (len(points), 2, 2))

    draws = draw_around_mode(quadratic, np.zeros((20000, 2)), np.random.default_rng(5))
    assert draws.mean(axis=0) == pytest.approx(centre, abs=0.03)
    assert np.cov(draws.T) == pytest.approx(np.linalg.inv(information), abs=0.03)


def test_r_hat_tells_mixed_chains_from_stuck_ones():
    rng = np.random.default_rng(6)
    noise = rng.normal(size=(40, 10))
    assert r_hat(noise) == pytest.approx(1, abs=0.05)
    assert r_hat(noise + np.arange(10)) > 2
    assert r_hat(np.ones((10, 3))) is None
    assert r_hat(np.ones((10, 1))) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(12, 40), st.floats(0, 0.5))
def test_awkward_tables_are_completed(seed, n, share):
    """Few rows, collinear and constant columns, lone categories: every value is filled in."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n).round(1)
    raw = [
        ("y", "binary", (np.arange(n) % 4 == 0) * 1.0),
        ("x", "continuous", x),
        ("same", "continuous", 2 * x + 1),
        ("constant", "continuous", np.full(n, 3.0)),
        ("yes", "binary", np.ones(n)),
        ("rare", "categorical", (np.arange(n) == 0) * 4.0),
        ("grade", "ordered", (np.arange(n) % 3) * 2.0),
    ]
    columns = []
    for name, kind, values in raw:
        lost = (rng.random(n) < share) & (np.arange(n) >= 5) & (name != "y")
        columns.append(Column(name, kind, np.where(lost, np.nan, values)))
    imputed = impute(columns, outcome="y", imputations=2, iterations=2, seed=seed)
    for column in columns:
        assert np.isin(imputed.values[column.name], column.levels).all()


def test_a_complete_table_comes_back_as_it_is():
    columns = [Column("y", "binary", [0, 1, 1]), Column("x", "continuous", [1.0, 2.0, 3.0])]
    imputed = impute(columns, outcome="y", imputations=2, seed=0)
    assert imputed.order == imputed.traces == ()
    assert imputed.completed(1)["x"].tolist() == [1, 2, 3]


def test_a_million_to_one_scale_makes_no_difference():
    columns, _ = simulated(300)
    scaled = [*columns[:-1], Column("z", "continuous", columns[-1].values * 1e6 + 1e7)]
    original = impute(columns, outcome="y", imputations=2, iterations=2, seed=8).values["group"]
    rescaled = impute(scaled, outcome="y", imputations=2, iterations=2, seed=8).values["group"]
    assert (original == rescaled).mean() > 0.99


def test_bad_input_is_refused_with_its_reason():
    y = Column("y", "binary", [0, 1] * 5)
    x = Column("x", "continuous", [1.0] * 4 + [np.nan] * 6)
    with pytest.raises(UsageError, match="not among the columns"):
        impute([x], outcome="y", seed=0)
    with pytest.raises(InputError, match="observed in only 4 subjects"):
        impute([y, x], outcome="y", seed=0)
    with pytest.raises(InputError, match="missing in 6 of 10"):
        impute([y, x], outcome="x", seed=0)
    with pytest.raises(UsageError, match="0 imputations"):
        impute([y], outcome="y", imputations=0, seed=0)
    with pytest.raises(UsageError, match="same name"):
        impute([y, y], outcome="y", seed=0)
    with pytest.raises(UsageError, match="different numbers"):
        impute([y, Column("z", "binary", [0, 1])], outcome="y", seed=0)
    with pytest.raises(InputError, match="such as 2"):
        Column("x", "binary", [0, 1, 2])
    with pytest.raises(InputError, match=r"such as 1\.5"):
        Column("x", "ordered", [0, 1.5])
    with pytest.raises(InputError, match="infinite"):
        Column("x", "continuous", [0, np.inf])
    with pytest.raises(UsageError, match="unknown kind 'odd'"):
        Column("x", "odd", [0])
    with pytest.raises(UsageError, match="2 dimensions"):
        Column("x", "binary", [[0, 1]])


def test_large_tables_are_imputed_a_few_chains_at_a_time(monkeypatch, r_table):
    """Imputation in parts that fit into memory differs only in its random numbers."""
    columns = glow_columns(r_table("aplore3_glow_mis_wmissing"), "ordered")
    at_once = glow_model(columns, 1, m=50).terms
    subjects, predictors = 500, 8
    monkeypatch.setattr(
        chained_equations, "CELLS", 3 * subjects * predictors
    )  # 50 is no multiple of 3
    parted = glow_model(columns, 1, m=50).terms
    assert [term.estimate for term in parted] != [term.estimate for term in at_once]
    for in_parts, undivided in zip(parted, at_once, strict=True):
        assert in_parts.estimate == pytest.approx(
            undivided.estimate, abs=0.25 * undivided.standard_error
        )
