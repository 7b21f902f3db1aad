"""Answers of R that are themselves approximate: met to 1e-9 by stopping where R stops.

VBQ solves the same equations to the end. So each answer is tested twice: R's algorithm, started
on VBQ's own likelihood or statistic, prints R's figure; and VBQ's figure lies within what that
algorithm leaves undone.
"""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, gammaln

from vbq.stats.describe.group_tests import fisher_exact_test
from vbq.stats.describe.summaries import hodges_lehmann
from vbq.stats.regression.diagnostics import influence, variance_inflation
from vbq.stats.regression.likelihood import coefficients, profile_interval
from vbq.stats.regression.logistic import fit_logistic

EPS = np.finfo(float).eps


def r_glm(x, y):
    """``glm(binomial)``: stops at a change of 1e-8, keeps the weights of the step before."""
    risk = (y + 0.5) / 2
    eta, deviance = np.log(risk / (1 - risk)), np.inf
    while True:
        weight = risk * (1 - risk)
        covariance = np.linalg.inv(x.T @ (weight[:, None] * x))
        beta = covariance @ (x.T @ (weight * eta + y - risk))
        eta = x @ beta
        risk = expit(eta)
        before, deviance = deviance, -2 * float(y @ eta - np.logaddexp(0, eta).sum())
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            return beta, covariance, weight


def r_spline(x, y):
    """``spline(x, y)``: Forsythe, Malcolm & Moler's cubic at 3n points."""
    n, h = len(x), np.diff(x)
    slope = np.diff(y) / h
    matrix, right = np.zeros((n, n)), np.zeros(n)
    for i in range(1, n - 1):
        matrix[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        right[i] = slope[i] - slope[i - 1]
    matrix[0, :2], matrix[-1, -2:] = (-h[0], h[0]), (h[-1], -h[-1])
    third = [right[i] / (x[i + 1] - x[i - 1]) for i in (1, 2, -3, -2) if (i + 1) % n]
    right[0] = (third[1] - third[0]) * h[0] ** 2 / (x[3] - x[0])
    right[-1] = -(third[3] - third[2]) * h[-1] ** 2 / (x[-1] - x[-4])
    bend = np.linalg.solve(matrix, right)
    out = np.linspace(x[0], x[-1], 3 * n)
    i = np.clip(np.searchsorted(x, out, side="right") - 1, 0, n - 2)
    t = out - x[i]
    first = slope[i] - h[i] * (bend[i + 1] + 2 * bend[i])
    return out, y[i] + t * (first + t * (3 * bend[i] + t * (bend[i + 1] - bend[i]) / h[i]))


def mass_interval(fit, j):
    """``MASS:::confint.glm``: the profile at steps of zmax/5, a spline, a line between points."""
    _, covariance, _ = r_glm(fit.data.design, fit.data.outcome)
    error, furthest = np.sqrt(covariance[j, j]), np.sqrt(stats.chi2.isf(0.05 / 4, 1))
    grid, z = [fit.coefficients[j]], [0.0]
    for side in (-1, 1):
        step, last = 0, 0.0
        while (step := step + 1) < 10 and abs(last) < furthest:
            value = fit.coefficients[j] + side * step * furthest / 5 * error
            held = fit.constrained([j], [value])
            last = side * np.sqrt(2 * (fit.log_likelihood - held.log_likelihood))
            grid.append(value)
            z.append(last)
    order = np.argsort(z)
    value, root = r_spline(np.array(grid)[order], np.array(z)[order])
    return np.interp(stats.norm.ppf([0.025, 0.975]), root, value)


def r_uniroot(f, a, b, tol=EPS**0.25):
    """``uniroot``: Brent's zeroin, by default to 1.2e-4."""
    fa, fb = f(a), f(b)
    c, fc = a, fa
    while True:
        before = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        near = 2 * EPS * abs(b) + tol / 2
        step = (c - b) / 2
        if abs(step) <= near or fb == 0:
            return b
        if abs(before) >= near and abs(fa) > abs(fb):
            t1 = fb / fa if a == c else fb / fc
            if a == c:
                p, q = (c - b) * t1, 1 - t1
            else:
                q, t2 = fa / fc, fb / fa
                p = t2 * ((c - b) * q * (q - t1) - (b - a) * (t1 - 1))
                q = (q - 1) * (t1 - 1) * (t2 - 1)
            p, q = (p, -q) if p > 0 else (-p, q)
            if p < 0.75 * (c - b) * q - abs(near * q) / 2 and p < abs(before * q / 2):
                step = p / q
        if abs(step) < near:
            step = near if step > 0 else -near
        a, fa = b, fb
        b += step
        fb = f(b)
        if fb * fc > 0:
            c, fc = a, fa


def r_fisher(table):
    """Odds ratio and interval of ``fisher.test``: uniroot in the odds ratio or its inverse."""
    (x, _), (_, _) = table
    m, k, n = table[:, 0].sum(), table[0].sum(), table.sum()
    support = np.arange(max(0, k + m - n), min(k, m) + 1)
    ways = -sum(gammaln(v + 1) for v in (support, m - support, k - support, n - m - k + support))

    def density(odds):
        weight = ways + np.log(odds) * support if odds else np.where(support == support[0], 0, -1e9)
        weight = np.exp(weight - weight.max())
        return weight / weight.sum()

    def solve(g, *, falls):
        if (g(1.0) > 0) != falls:
            return r_uniroot(g, 0.0, 1.0)
        return 1 / r_uniroot(lambda t: g(1 / t), EPS, 1.0)

    return (
        solve(lambda odds: density(odds) @ support - x, falls=False),
        solve(lambda odds: density(odds)[support >= x].sum() - 0.025, falls=False),
        solve(lambda odds: density(odds)[support <= x].sum() - 0.025, falls=True),
    )


def r_wilcox(x, y):
    """Estimate and interval of ``wilcox.test(conf.int = TRUE)``: uniroot to 1e-4."""

    def excess(shift, z, continuity):
        rank = stats.rankdata(np.concatenate([x - shift, y]))
        _, ties = np.unique(rank, return_counts=True)
        n = rank.size
        spread = x.size * y.size / 12 * (n + 1 - (ties**3 - ties).sum() / (n * (n - 1)))
        centred = rank[: x.size].sum() - x.size * (x.size + 1) / 2 - x.size * y.size / 2
        return (centred - continuity * np.sign(centred)) / np.sqrt(spread) - z

    z = stats.norm.isf(0.025)
    ends = x.min() - y.max(), x.max() - y.min()
    return tuple(
        r_uniroot(lambda shift: excess(shift, q, c), *ends, 1e-4)  # noqa: B023
        for q, c in ((0.0, 0.0), (z, 0.5), (-z, 0.5))
    )


@pytest.fixture(scope="session")
def glow(r_table):
    return r_table("aplore3_glow500")


@pytest.fixture(scope="session")
def glow_models(r_table, glow):
    """Every model R fitted with glm: name of its answer, fit."""

    def design(table, *columns):
        parts = {}
        for column in columns:
            if column == "raterisk":
                parts |= {level: table[column] == level for level in ("Same", "Greater")}
            elif table[column].dtype.kind in "if":
                parts[column] = table[column]
            else:
                parts[column] = table[column] == "Yes"
        return parts

    def fit(table, parts):
        x = np.column_stack([np.asarray(part, float) for part in parts.values()])
        return fit_logistic(x, (table["fracture"] == "Yes").astype(float), names=list(parts))

    main = ("age", "bmi", "priorfrac", "momfrac", "armassist", "smoke", "raterisk")
    models = {("glow_main",): fit(glow, design(glow, *main))}
    for column in (
        "age",
        "weight",
        "bmi",
        "priorfrac",
        "premeno",
        "momfrac",
        "armassist",
        "smoke",
        "raterisk",
    ):
        models["glow_univariable", column] = fit(glow, design(glow, column))
    larger = ("age", "weight", "priorfrac", "premeno", "raterisk")
    models["glow_ALR3_table2.2",] = fit(glow, design(glow, *larger))
    models["glow_ALR3_table2.3",] = fit(glow, design(glow, "age", "priorfrac", "raterisk"))
    parts = design(glow, "age", "priorfrac", "height", "momfrac", "armassist", "raterisk")
    del parts["Same"]
    parts["age × priorfrac"] = parts["age"] * parts["priorfrac"]
    parts["momfrac × armassist"] = parts["momfrac"] & parts["armassist"]
    models["glow_ALR3_model4.16",] = fit(glow, parts)
    for name, file in (("truth", "comp"), ("case", "wmissing")):
        columns = ("age", "weight", "priorfrac", "momfrac", "raterisk")
        table = r_table(f"aplore3_glow_mis_{file}").dropna(subset=["fracture", *columns])
        answer = "glow_mis_complete_truth" if name == "truth" else "glow_mis_completecase"
        models[answer,] = fit(table, design(table, *columns))
    return models


def test_every_glm(answers, glow_models):
    for key, fit in glow_models.items():
        answer = answers
        for part in key:
            answer = answer[part]
        assert (fit.n, fit.events) == (answer["n"], answer["events"]), key
        assert fit.log_likelihood == pytest.approx(answer["logLik"], rel=1e-10)
        assert -2 * fit.null_log_likelihood == pytest.approx(answer["null_deviance"], rel=1e-12)
        rows = list(answer["coef"].values())
        ours = coefficients(fit)
        beta, covariance, _ = r_glm(fit.data.design, fit.data.outcome)
        for j, row in enumerate(rows):
            assert ours[j].estimate == pytest.approx(row["beta"], rel=1e-8, abs=1e-10), key
            assert ours[j].odds_ratio == pytest.approx(row["OR"], rel=1e-8)
            # R's standard error is that of the step before the last
            error = np.sqrt(covariance[j, j])
            assert error == pytest.approx(row["se"], rel=1e-9)
            assert ours[j].standard_error == pytest.approx(row["se"], rel=2e-5)
            assert 2 * stats.norm.sf(abs(beta[j]) / error) == pytest.approx(row["p"], rel=1e-9)
            half = stats.norm.isf(0.025) * error
            wald = np.exp([beta[j] - half, beta[j] + half])
            assert wald == pytest.approx([row["OR_wald_lo"], row["OR_wald_hi"]], rel=1e-9)
            profile = row["OR_profile_lo"], row["OR_profile_hi"]
            assert np.exp(mass_interval(fit, j)) == pytest.approx(profile, rel=1e-9), key
            assert ours[j].odds_ratio_profile == pytest.approx(profile, rel=2e-4)


def test_profile_limits_solve_their_equation(glow_models):
    """At a limit, the likelihood ratio is the quantile of chi-squared."""
    fit = glow_models["glow_mis_completecase",]
    for j, name in enumerate(fit.names):
        for limit in profile_interval(fit, name):
            chi2 = 2 * (fit.log_likelihood - fit.constrained([j], [limit]).log_likelihood)
            assert chi2 == pytest.approx(stats.chi2.isf(0.05, 1), rel=1e-10)


def test_fisher(answers):
    for row in answers["glow_table1"].values():
        if not (isinstance(row, dict) and row.get("fisher_OR")):
            continue
        table = np.array(list(row["counts"].values()))
        printed = row["fisher_OR"], *row["fisher_ci"]
        assert r_fisher(table) == pytest.approx(printed, rel=1e-9)
        ours = fisher_exact_test(table)
        assert (ours.odds_ratio, *ours.interval) == pytest.approx(printed, rel=1e-4)


def test_hodges_lehmann(answers, glow):
    groups = [glow.age[glow.fracture == level].to_numpy(float) for level in ("Yes", "No")]
    answer = answers["glow_age_HL"]
    printed = answer["est"], *answer["ci"]
    assert r_wilcox(*groups) == pytest.approx(printed, rel=1e-9)
    ours = hodges_lehmann(*groups)
    assert (ours.estimate, *ours.interval) == pytest.approx(printed, abs=1e-4)
    assert (ours.estimate, *ours.interval) == (5, 3, 6)


def test_variance_inflation_and_influence(answers, glow_models):
    fit = glow_models["glow_main",]
    beta, covariance, weight = r_glm(fit.data.design, fit.data.outcome)
    slopes = covariance[1:, 1:]
    inflation = np.diag(slopes) * np.diag(np.linalg.inv(slopes))
    assert inflation == pytest.approx(answers["glow_main"]["vif"], rel=1e-9)
    assert variance_inflation(fit) == pytest.approx(answers["glow_main"]["vif"], rel=2e-6)
    risk = expit(fit.data.design @ beta)
    leverage = weight * np.einsum("ij,jk,ik->i", fit.data.design, covariance, fit.data.design)
    residual = (fit.data.outcome - risk) / np.sqrt(risk * (1 - risk))
    cooks = (residual / (1 - leverage)) ** 2 * leverage / beta.size
    assert cooks.max() == pytest.approx(answers["glow_cooks_max"]["value"], rel=1e-9)
    ours = influence(fit).cooks_distance
    assert ours.max() == pytest.approx(answers["glow_cooks_max"]["value"], rel=1e-6)
    assert ours.argmax() == answers["glow_cooks_max"]["row"] - 1
