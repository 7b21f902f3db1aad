"""What the tables of performance print, and what they do not."""

from dataclasses import replace

import numpy as np
import pytest

from vbq.report.study.tables.odds_ratios import full_model
from vbq.report.study.tables.performance import calibration_measures, optimism, performance

PERFECT = "perfect by construction"
NOT_ESTIMABLE = "not estimable"


def row(table, *begins):
    (found,) = [one for one in table.rows if one[: len(begins)] == begins]
    return dict(zip(table.flat_header, found, strict=True))


def with_error(analysis, name, index, error):
    """The same analysis, an index of one model with another Monte-Carlo error."""
    model = analysis.added_value.models[name]
    indices = tuple(
        replace(one, monte_carlo_error=error) if one.name == index else one for one in model.indices
    )
    models = {**analysis.added_value.models, name: replace(model, indices=indices)}
    return replace(analysis, added_value=replace(analysis.added_value, models=models))


def test_both_tables_print_the_same_apparent_area(abstract, whole):
    for analysis in (abstract, whole):  # imputed, complete
        for name, model in analysis.added_value.models.items():
            assert model["auc"].apparent == pytest.approx(model.discrimination.estimate, abs=1e-12)
            assert model["auc"].corrected == model["auc"].apparent - model["auc"].optimism, name
        shown = row(performance(analysis), "All predictors")
        listed = row(optimism(analysis), "All predictors", "Area under the ROC curve")
        assert shown["AUC [95 % CI]: apparent"].startswith(listed["Apparent"] + " [")
        assert shown["AUC [95 % CI]: corrected"].startswith(listed["Corrected"])


def test_every_model_has_its_monte_carlo_error(whole):
    table, models = optimism(whole), whole.added_value.models
    assert len(table.rows) == 5 * len(models)
    assert all(float(one[-1]) > 0 for one in table.rows)
    assert table.rows[0][:3] == ("All predictors", "Area under the ROC curve", "160 (67)")


@pytest.mark.parametrize(("error", "printed"), [(0.1, True), (0.11, False)])
def test_calibration_that_depends_on_the_seed_is_not_printed(whole, error, printed):
    made = with_error(whole, "index", "intercept", 0.01)
    made = with_error(with_error(made, "full", "slope", 0.01), "index", "slope", error)
    models, indices, calibrated = performance(made), optimism(made), calibration_measures(made)
    slope = row(indices, "VBQ alone", "Calibration slope")
    cells = (
        row(models, "VBQ alone")["Calibration, corrected: slope"],
        slope["Optimism"],
        slope["Corrected"],
        row(calibrated, "VBQ alone")["Slope, corrected"],
    )
    assert [cell != NOT_ESTIMABLE for cell in cells] == [printed] * 4
    assert slope["Monte-Carlo error"] == f"{error:.4f}"
    assert row(models, "VBQ alone")["Calibration, corrected: intercept"] != NOT_ESTIMABLE
    assert row(models, "All predictors")["Calibration, corrected: slope"] != NOT_ESTIMABLE
    if not printed:
        for table in (models, indices, calibrated):
            assert any(note.startswith("Not estimable: ") for note in table.notes)


@pytest.mark.parametrize(("error", "printed"), [(0.01, True), (0.4, False)])
def test_the_equation_quotes_no_slope_that_depends_on_the_seed(whole, error, printed):
    notes = full_model(with_error(whole, "full", "slope", error)).notes
    slope = next(note for note in notes if note.startswith("Not shrunken"))
    assert slope.endswith(" is not estimable.") is not printed


def test_the_error_of_an_area_hides_no_area(whole):
    made = performance(with_error(whole, "index", "auc", 0.2))
    assert row(made, "VBQ alone")["AUC [95 % CI]: corrected"] != NOT_ESTIMABLE


def test_a_model_that_says_nothing_has_no_slope(made, made_up):
    table = made_up(120)
    table["dice"] = np.random.default_rng(2).normal(size=120).round(3)
    analysis = made(table, predictors=["dice"], index="dice", comparators=[])
    shown = row(performance(analysis), "All predictors")
    assert shown["Calibration, corrected: slope"] == NOT_ESTIMABLE
    assert float(shown["AUC [95 % CI]: corrected"].split()[0]) < 0.65


def test_apparent_calibration_is_called_perfect_only_where_it_is(whole, abstract):
    firth = replace(whole, multivariable=replace(whole.multivariable, separated="by age"))
    for analysis, perfect in ((whole, True), (firth, False), (abstract, False)):
        assert any(PERFECT in note for note in performance(analysis).notes) is perfect
    for analysis, exact in ((whole, True), (abstract, False)):
        slope = row(optimism(analysis), "All predictors", "Calibration slope")
        assert (slope["Apparent"] == "1.000") is exact
