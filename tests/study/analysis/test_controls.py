"""The cohort against its controls, whatever the plan adjusts for."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from vbq.study.analysis.controls import compare_controls


def people(n, seed, *, shift=0.0, kinds=("a", "b", "c")):
    rng = np.random.default_rng(seed)
    age, kind = rng.normal(65, 8, n), rng.choice(kinds, n)
    vbq = 3 + shift + 0.02 * (age - 65) + 0.2 * (kind == "c") + rng.normal(0, 0.4, n)
    return pd.DataFrame(
        {
            "vbq": vbq.round(3),
            "age": age.round(1),
            "kind": kind,
            "sex": rng.choice(["F", "M"], n),
            "fracture": rng.integers(0, 2, n),
        }
    )


@pytest.fixture
def compare(make, tmp_path):
    """The comparison of 120 patients with 60 controls who have 0.3 less."""

    def compare(adjust, kinds=("a", "b", "c"), **parts):
        ours, theirs = people(120, 1, shift=0.3), people(60, 2, kinds=kinds)
        theirs.to_csv(tmp_path / "controls.csv", index=False)
        controls = {"file": str(tmp_path / "controls.csv"), "adjust": adjust}
        inputs = make(
            ours, predictors=["vbq", "age", "kind", "sex"], index="vbq", controls=controls, **parts
        )
        return compare_controls(inputs.cohort), pd.concat(
            [ours.assign(group=1), theirs.assign(group=0)]
        )

    return compare


@pytest.mark.parametrize("adjust", [["age"], ["kind"], ["sex"], ["age", "kind", "sex"]])
def test_any_variable_of_the_plan_is_adjusted_for(compare, adjust):
    """statsmodels gives the same difference."""
    result, table = compare(adjust)
    known = smf.ols(f"vbq ~ group + {' + '.join(adjust)}", table).fit()
    assert result.reason == ""
    assert result.adjusted_for == tuple(adjust)
    assert result.adjusted.adjusted == pytest.approx(known.params["group"], rel=1e-9)
    assert result.adjusted.interval == pytest.approx(known.conf_int().loc["group"], rel=1e-9)


def test_a_category_that_no_control_has_is_named(compare):
    result, _ = compare(["age", "kind"], kinds=("a", "b"))
    assert result.adjusted is None
    assert "kind=c" in result.reason


def test_nothing_to_adjust_for_leaves_the_crude_difference(compare):
    result, table = compare([])
    assert (result.adjusted, result.adjusted_for) == (None, ())
    assert result.reason == "There is nothing to adjust for."
    means = table.groupby("group")["vbq"].mean()
    assert result.crude.difference == pytest.approx(means[1] - means[0])


def test_controls_whose_index_is_not_known_are_counted(make, tmp_path):
    ours, theirs = people(120, 1), people(60, 2)
    theirs.loc[:3, "vbq"] = np.nan
    theirs.to_csv(tmp_path / "controls.csv", index=False)
    controls = {"file": str(tmp_path / "controls.csv")}
    result = compare_controls(make(ours, index="vbq", controls=controls).cohort)
    assert (result.controls.n, result.unread) == (56, 4)
