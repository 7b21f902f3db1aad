"""Parts of a cohort are small, and say so."""

import numpy as np
import pandas as pd

from vbq.errors import RefusalError
from vbq.study.analysis.association import fit_association
from vbq.study.analysis.robustness import refit as refitting
from vbq.study.analysis.robustness.refit import refit, too_few_events
from vbq.study.analysis.robustness.subgroups import subgroups_of


def cohort_table(n=160, *, small=9):
    """A large and a small part; the last of three predictors has gaps."""
    rng = np.random.default_rng(3)
    vbq, age = rng.normal(3, 0.6, n), rng.normal(68, 8, n)
    risk = 1 / (1 + np.exp(-(1.0 * (vbq - 3) - 0.5)))
    return pd.DataFrame(
        {
            "vbq": vbq.round(3),
            "age": age.round(1),
            "dxa": np.where(rng.random(n) < 0.3, np.nan, rng.normal(-2, 1, n)),
            "part": np.where(np.arange(n) < small, "small", "big"),
            "fracture": (rng.random(n) < risk).astype(int),
        }
    )


def subgroups_in(inputs):
    return subgroups_of(inputs.cohort, fit_association(inputs.design, inputs.tables), inputs.tables)


def test_a_part_that_is_too_small_is_named_and_loses_nothing_else(make):
    inputs = make(
        cohort_table(), predictors=["vbq", "age", {"name": "dxa", "transformation":
        "rcs3"}], subgroups=[{"name": "part", "type": "categorical"}],
    )  # fmt: skip
    (result,) = subgroups_in(inputs)
    big, little = result.parts
    assert (little.n, little.association) == (9, None)
    assert little.reason.endswith("for 4 parameters.")
    assert big.association.n == 151
    assert result.interaction.df == 1
    assert result.reason == ""


def test_no_part_has_as_few_events_as_parameters(make):
    table = cohort_table()
    table["dxa"] = table["dxa"].fillna(-2)
    table["third"] = np.where(np.arange(160) % 10 == 0, "c", np.where(table["vbq"] > 3, "b", "a"))
    inputs = make(table, predictors=["vbq", "age", "dxa"], subgroups=["third"])
    (result,) = subgroups_in(inputs)
    for part in result.parts:
        rarer = min(part.events, part.n - part.events)
        assert (part.association is None) == (rarer <= 3), part
        if rarer <= 3:
            assert part.reason.endswith("for 3 parameters.")


def test_the_rule_of_size_counts_the_rarer_outcome():
    assert too_few_events(5, 100, 6) == too_few_events(5, 100, 94) == ""
    assert too_few_events(5, 100, 5) == "5 patients with the event for 5 parameters."
    assert too_few_events(1, 40, 39) == "1 patient without the event for 1 parameter."


def test_a_model_that_is_refused_gives_its_reason(make, monkeypatch):
    def refused(*_):
        raise RefusalError("Too few degrees of freedom.")

    inputs = make(cohort_table())
    monkeypatch.setattr(refitting, "fit_association", refused)
    assert refit(inputs.design, inputs.tables) == (None, "Too few degrees of freedom.")


def test_an_interaction_that_cannot_be_tested_says_why(make):
    table = cohort_table(60)
    rng = np.random.default_rng(1)
    table["dxa"], table["level"] = table["dxa"].fillna(-2), rng.choice(list("abcdefghij"), 60)
    (result,) = subgroups_in(make(table, subgroups=["level"]))
    assert result.interaction is None
    assert result.reason.endswith("for 20 parameters.")  # vbq, age, nine parts, nine products


def test_the_predictor_that_makes_the_parts_is_left_out_under_any_name(make):
    inputs = make(cohort_table(), subgroups=[{"name": "old", "column": "age", "cuts": [68]}])
    (result,) = subgroups_in(inputs)
    assert [e.column for e in result.parts[0].association.estimates] == ["vbq"]


def test_a_product_that_the_plan_declares_is_the_test_of_interaction(make):
    table = cohort_table().fillna(-2)
    table["sex"] = np.where(np.arange(160) % 2 == 0, "f", "m")
    inputs = make(
        table, predictors=["vbq", "age", "sex"], interactions=[["age", "vbq"]],
        subgroups=[{"name": "age", "cuts": [60, 70]}, "sex"],
    )  # fmt: skip
    by_age, by_sex = subgroups_in(inputs)
    main = fit_association(inputs.design, inputs.tables)
    assert by_age.interaction == main.test("age × vbq")
    assert by_age.interaction.df == 1  # not of the two products with three bands of age
    assert by_sex.interaction.name.startswith("vbq × ")
    assert "age × vbq" in [e.column for e in by_sex.parts[0].association.estimates]
    assert "age × vbq" not in [e.column for e in by_age.parts[1].association.estimates]
