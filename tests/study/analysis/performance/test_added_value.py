"""What the index adds: the right hypothesis, and differences with their intervals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from vbq.stats.regression.terms import Design, Term
from vbq.study.analysis.imputed_tables import Tables, complete_cases
from vbq.study.analysis.performance.added_value import added_value, designs_compared, index_test
from vbq.study.analysis.performance.curves import curves_of
from vbq.study.check.checks import examine
from vbq.study.design import design_of
from vbq.study.plan.plan import Plan

VBQ, AGE, DXA = (Term(name, name, "", "linear") for name in ("vbq", "age", "dxa_t"))


def crossed(n=400, *, seed=5):
    """Patients in whom VBQ matters the more the older they are, and not at all at age 0."""
    rng = np.random.default_rng(seed)
    vbq, age, dxa = rng.normal(3, 0.6, n), rng.normal(68, 8, n), rng.normal(-2.2, 0.9, n)
    odds = -0.5 + 0.016 * (vbq - 3) * age - 0.3 * (dxa + 2.2)
    y = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    return {"vbq": vbq, "age": age, "dxa_t": dxa}, y


def one_table(table, y):
    return Tables((table,), y, np.arange(y.size))


def log_likelihood(y, *columns):
    return sm.Logit(y, sm.add_constant(np.column_stack(columns))).fit(disp=0, maxiter=100).llf


def test_an_index_in_an_interaction_is_tested_with_its_product():
    table, y = crossed()
    vbq, age, dxa = table.values()
    design = Design((VBQ, AGE, DXA), (("vbq", "age"),))
    result = index_test(design, "vbq", one_table(table, y))
    chi2 = 2 * (log_likelihood(y, vbq, age, dxa, vbq * age) - log_likelihood(y, age, dxa))
    assert (result.method, result.df) == ("likelihood ratio", 2)
    assert result.statistic == pytest.approx(chi2, rel=1e-6)
    assert result.p == pytest.approx(stats.chi2.sf(chi2, 2), rel=1e-5)
    # its own column alone, VBQ at birth, says nothing here
    at_birth = 2 * (log_likelihood(y, vbq, age, dxa, vbq * age)
                    - log_likelihood(y, age, dxa, vbq * age))  # fmt: skip
    assert result.p < 1e-4
    assert stats.chi2.sf(at_birth, 1) > 0.05


def test_spline_terms_and_their_products_are_tested_together():
    table, y = crossed()
    spline = Term(
        "vbq", "vbq", "", "spline", knots=tuple(np.quantile(table["vbq"], [0.1, 0.5, 0.9]))
    )
    dxa = Term("dxa_t", "dxa_t", "", "categories", levels=("a", "b", "c"), reference="a")
    table |= {"dxa_t": np.digitize(table["dxa_t"], [-2.5, -1.8]).astype(float)}
    design = Design((spline, AGE, dxa), (("dxa_t", "vbq"),))
    result = index_test(design, "vbq", one_table(table, y))
    full = design.matrix(table)
    columns = [j for j, name in enumerate(design.names) if "vbq" not in name]
    chi2 = 2 * (log_likelihood(y, full) - log_likelihood(y, full[:, columns]))
    assert result.df == 2 + 2 * 2 == len(design.names) - len(columns)
    assert result.statistic == pytest.approx(chi2, rel=1e-6)


def test_imputed_tables_pool_all_its_columns():
    table, y = crossed()
    rng = np.random.default_rng(8)
    tables = tuple(table | {"age": table["age"] + rng.normal(0, 2, y.size)} for _ in range(4))
    design = Design((VBQ, AGE, DXA), (("vbq", "age"),))
    result = index_test(design, "vbq", Tables(tables, y, np.arange(y.size)))
    positions = [1, 4]  # vbq, vbq × age
    fits = [sm.Logit(y, sm.add_constant(design.matrix(t))).fit(disp=0) for t in tables]
    q = np.array([fit.params[positions] for fit in fits])
    within = np.mean([fit.cov_params()[np.ix_(positions, positions)] for fit in fits], axis=0)
    r = (1 + 1 / 4) * np.trace(np.cov(q.T) @ np.linalg.inv(within)) / 2
    f = q.mean(axis=0) @ np.linalg.inv(within) @ q.mean(axis=0) / (2 * (1 + r))
    assert (result.method, result.df) == ("pooled Wald (D1)", 2)
    assert result.statistic == pytest.approx(f, rel=1e-5)
    assert result.p < 1e-4


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Cohort, design, tables and added value of patients with the interaction declared."""
    table, y = crossed(240)
    path = tmp_path_factory.mktemp("crossed") / "patients.csv"
    pd.DataFrame({"id": np.arange(y.size), **table, "fracture": y.astype(int)}).to_csv(
        path, index=False
    )
    plan = Plan.model_validate(
        {
            "data": {"file": str(path), "id": "id"},
            "outcome": {"column": "fracture"},
            "predictors": ["vbq", "age", "dxa_t"],
            "comparators": ["dxa_t"],
            "interactions": [["vbq", "age"]],
            "bootstrap": 50,
        }
    )
    cohort = examine(plan).cohort
    design = design_of(cohort)
    tables = complete_cases(cohort, design.names[:3])
    return cohort, design, tables, added_value(cohort, design, tables)


def test_the_comparison_takes_that_test(study):
    _, design, tables, value = study
    full, with_dxa, instead = value.comparisons
    assert full.test == index_test(design, "vbq", tables)
    assert (full.test.df, with_dxa.test.df, instead.test) == (2, 1, None)


def test_changes_of_net_benefit_are_those_of_the_curves(study):
    cohort, design, tables, value = study
    curves = curves_of(cohort, design, designs_compared(cohort, design), tables).decision
    pairs = (
        ("without the index", "full"),
        ("comparators", "comparators and index"),
        ("comparators", "index"),
    )
    for comparison, (first, second) in zip(value.comparisons, pairs, strict=True):
        result = comparison.net_benefit
        assert (result.thresholds == curves["full"].thresholds).all()
        expected = curves[second].net_benefit - curves[first].net_benefit
        assert result.difference == pytest.approx(expected, abs=1e-12)
        assert (result.lower <= result.difference + 1e-12).all()
        assert (result.difference <= result.upper + 1e-12).all()
        models = value.models
        assert comparison.brier == pytest.approx(
            models[second]["brier"].apparent - models[first]["brier"].apparent, abs=1e-9
        )
        assert comparison.brier_interval[0] < comparison.brier < comparison.brier_interval[1]
