"""Optimism with imputation inside the bootstrap."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import rankdata

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.imputation import Column, impute
from vbq.stats.imputation.model_validation import validate_imputed
from vbq.stats.regression.logistic import fit_logistic


def auc(outcome, chances):
    ranks, events = rankdata(chances), outcome.sum()
    return (ranks[outcome == 1].sum() - events * (events + 1) / 2) / (
        events * (outcome.size - events)
    )


def brier(outcome, chances):
    return float(np.mean((outcome - chances) ** 2))


def slope(outcome, chances):
    return float(fit_logistic(logit(chances)[:, None], outcome).coefficients[1])


MEASURES = {"auc": auc, "brier": brier, "slope": slope}


def measured(outcome, chances):
    return np.array([[first(outcome, row) for first in MEASURES.values()] for row in chances])


def areas(outcome, chances):
    return np.array([[auc(outcome, row)] for row in chances])


ALL = {"outcome": "y", "names": tuple(MEASURES), "measure": measured}
AREA = {"outcome": "y", "names": ("auc",), "measure": areas}


def completed(columns, imputations, seed, iterations=2):
    imputation = impute(
        columns, outcome="y", imputations=imputations, iterations=iterations, seed=seed
    )
    return [imputation.completed(i) for i in range(imputations)]


def predictors(table):
    return np.column_stack([values for name, values in table.items() if name != "y"])


def mean_model(tables):
    """Logistic regression, its coefficients averaged over the imputations."""
    beta = np.mean([fit_logistic(predictors(t), t["y"]).coefficients for t in tables], axis=0)
    return lambda table: expit(beta[0] + predictors(table) @ beta[1:])


def simulated(n, effects, lost, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(effects)))
    y = (rng.random(n) < expit(x @ effects)) * 1.0
    holed = np.where(rng.random(x.shape) < lost, np.nan, x)
    named = [Column(f"x{j}", "continuous", holed[:, j]) for j in range(len(effects))]
    return [Column("y", "binary", y), *named]


def test_optimism_brings_the_measures_of_noise_towards_chance():
    """Eight noise predictors in 120 subjects, with a fifth of the values missing."""
    corrected, apparent = [], []
    for seed in range(3):
        columns = simulated(120, np.zeros(8), 0.2, seed)
        result = validate_imputed(
            columns,
            completed(columns, 3, seed),
            **ALL,
            procedures={"model": mean_model},
            bootstraps=15,
            imputations=2,
            iterations=2,
            seed=seed,
        )["model"]
        apparent.append(result.measures["auc"].apparent)
        corrected.append(result.measures["auc"].corrected)
        # Harrell's correction of the slope is known to stop short of 0 where nothing predicts
        assert result.measures["slope"].optimism > 0.2
        assert result.measures["slope"].corrected < 0.8 < result.measures["slope"].apparent
        assert result.measures["brier"].corrected > result.measures["brier"].apparent + 0.02
    # with noise the ordinary bootstrap also leaves an AUC of .54 (mean of 24 complete data sets)
    assert np.mean(corrected) < np.mean(apparent) - 0.08


def test_corrected_is_not_above_apparent_and_its_error_is_that_of_the_seed():
    """One predictor, missing in a third: its imputation error counts twice."""
    columns = simulated(150, np.array([0.8]), 0.35, 7)
    result = []
    for seed in range(24):
        area = validate_imputed(
            columns,
            completed(columns, 12, seed, iterations=1),
            **AREA,
            procedures={"model": mean_model},
            bootstraps=12,
            imputations=2,
            iterations=1,  # nothing else is missing
            seed=seed,
        )["model"].measures["auc"]
        assert area.corrected == area.apparent - area.optimism
        assert area.corrected < area.apparent + 2 * area.monte_carlo_error
        result.append((area.apparent, area.corrected, area.monte_carlo_error))
    apparent, corrected, error = np.mean(result, axis=0)
    assert corrected < apparent + error / np.sqrt(24)
    # the SD of 24 draws is within 0.71 and 1.29 of the truth in 95 %
    assert 0.6 < np.std(result, axis=0, ddof=1)[1] / error < 1.45


def test_the_apparent_performance_is_that_of_the_given_tables():
    columns = simulated(80, np.array([1.0, 0.5]), 0.2, 5)
    tables = completed(columns, 4, 1)
    settings = {"procedures": {"model": mean_model}, "bootstraps": 2, "imputations": 1, "seed": 1}
    model = mean_model(tables)
    aucs = [auc(t["y"], model(t)) for t in tables]
    result = validate_imputed(columns, tables, **AREA, **settings)["model"]
    assert result.measures["auc"].apparent == pytest.approx(np.mean(aucs), abs=1e-12)
    least = {"pool": lambda values: values.min(axis=0)}
    result = validate_imputed(columns, tables, **AREA, **settings, **least)["model"]
    assert result.measures["auc"].apparent == pytest.approx(min(aucs), abs=1e-12)


def test_the_same_seed_gives_the_same_answer():
    columns = simulated(80, np.array([1.0, 0.5]), 0.1, 5)
    tables = completed(columns, 2, 0)
    settings = {"procedures": {"model": mean_model}, "bootstraps": 4, "imputations": 2}
    settings |= {"iterations": 2} | AREA
    first, repeat, reseeded = (
        validate_imputed(columns, tables, seed=s, **settings)["model"] for s in (1, 1, 2)
    )
    assert first == repeat
    assert first != reseeded
    assert first.measures["auc"].monte_carlo_error > 0
    assert (first.bootstraps, first.failed, first.tables, first.imputations) == (4, 0, 2, 2)


def test_complete_data_give_harrells_bootstrap():
    """Without missing values the imputations are equal: the ordinary bootstrap."""
    columns = simulated(150, np.array([0.8, 0, 0, 0]), 0.0, 9)
    result = validate_imputed(
        columns,
        completed(columns, 2, 4),
        **ALL,
        procedures={"model": mean_model},
        bootstraps=40,
        imputations=1,
        iterations=1,
        seed=4,
    )["model"]
    x, y = np.column_stack([c.values for c in columns[1:]]), columns[0].values
    rng, optimism = np.random.default_rng(8), []
    for _ in range(100):
        rows = rng.integers(150, size=150)
        fit = fit_logistic(x[rows], y[rows])
        in_sample, in_subjects = fit.probabilities(x[rows]), fit.probabilities(x)
        optimism.append([m(y[rows], in_sample) - m(y, in_subjects) for m in MEASURES.values()])
    for name, ordinary in zip(MEASURES, np.mean(optimism, axis=0), strict=True):
        measure = result.measures[name]
        limit = 3 * measure.monte_carlo_error * np.sqrt(1 + 40 / 100)
        assert measure.optimism == pytest.approx(ordinary, abs=limit)


def test_invalid_validations_are_refused():
    columns = simulated(60, np.array([1.0]), 0.1, 3)
    tables = completed(columns, 2, 3)
    settings = {"procedures": {"model": mean_model}, "seed": 0, **AREA}
    with pytest.raises(UsageError, match="No validation is possible"):
        validate_imputed(columns, tables, **settings, bootstraps=1)
    with pytest.raises(UsageError, match="1 completed tables"):
        validate_imputed(columns, tables[:1], **settings)
    with pytest.raises(RefusalError, match="undefined in the imputed subjects"):
        validate_imputed(
            columns, tables, **settings | {"measure": lambda _, p: np.full((len(p), 1), np.nan)}
        )
    calls = []

    def unstable(tables):
        calls.append(1)
        if len(calls) > 3:
            raise InputError("x0 separates the outcome.")
        return mean_model(tables)

    with pytest.raises(RefusalError, match=r"18 of 20 .* x0 separates"):
        validate_imputed(
            columns,
            tables,
            **settings | {"procedures": {"model": unstable}},
            bootstraps=20,
            imputations=1,
            iterations=1,
        )


def test_procedures_are_compared_on_the_same_samples():
    columns = simulated(80, np.array([1.0, 0.5]), 0.1, 5)
    tables = completed(columns, 2, 3)
    settings = {"bootstraps": 4, "imputations": 2, "iterations": 2, "seed": 3, **AREA}
    procedures = {"a": mean_model, "b": mean_model}
    joint = validate_imputed(columns, tables, procedures=procedures, **settings)
    separate = validate_imputed(columns, tables, procedures={"a": mean_model}, **settings)
    assert joint["a"] == joint["b"] == separate["a"]
