"""A plan says what it means, and every mistake in it is named with its key and line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.errors import UsageError
from vbq.study.plan.plan import Plan
from vbq.study.plan.plan_file import read_plan
from vbq.tables.yaml_lines import YamlProblem, load

LEAST = """\
data: {file: a.csv, id: id}
outcome: {column: fracture}
predictors: [VBQ, age]
"""


def plan(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path)


def complaint(tmp_path, text):
    with pytest.raises(UsageError) as error:
        plan(tmp_path, text)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_three_keys_are_enough_and_the_rest_has_defaults(tmp_path):
    least = plan(tmp_path, LEAST)
    assert least.index == "VBQ"
    assert least.missing.strategy == "impute"
    assert least.missing.imputations == 50
    assert least.predictors[1].label == "age"
    assert least.path("a.csv") == tmp_path / "a.csv"


def test_python_and_yaml_make_the_same_plan(tmp_path):
    python = Plan(
        data={"file": "a.csv", "id": "id"},
        outcome={"column": "fracture"},
        predictors=["VBQ", "age"],
    )
    assert python.located(tmp_path) == plan(tmp_path, LEAST)


def test_a_plan_survives_its_own_document(tmp_path):
    written = plan(tmp_path, LEAST)
    assert Plan.model_validate(written.model_dump(mode="json")).located(tmp_path) == written


def test_yes_and_no_stay_words(tmp_path):
    text = LEAST.replace("fracture}", "fracture, event: No}")
    assert plan(tmp_path, text).outcome.event == "No"


def test_true_is_a_word_of_a_cell(tmp_path):
    text = LEAST.replace("fracture}", "fracture, event: true}")
    assert plan(tmp_path, text).outcome.event == "true"


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "outcome:",
            "outcom:",
            ["line 2", "outcom ", "did you mean outcome", "outcome is missing"],
        ),
        ("{file: a.csv, id: id}", "{file: a.csv}", ["line 1", "data.id is missing"]),
        ("[VBQ, age]", "[{name: age, pre: 10}]", ["line 3", "predictors[age].pre", "mean per"]),
        ("[VBQ, age]", "[{name: age, per: ten}]", ["predictors[age].per must be a number", "ten"]),
        ("[VBQ, age]", "[{name: age, type: binry}]", ["'binry'", "did you mean binary"]),
        ("[VBQ, age]", "[{name: a, transformation: rcs9}]", ["'rcs9'", "rcs5"]),
        ("[VBQ, age]", "[{name: a, range: [5, 1]}]", ["predictors[a]", "lower limit"]),
        ("[VBQ, age]", "[{name: a, type: binary, per: 10}]", ["predictors[a]", "not continuous"]),
        ("[VBQ, age]", "[]", ["predictors", "at least one"]),
        ("[VBQ, age]", "VBQ", ["predictors must be a list"]),
        ("[VBQ, age]", "[VBQ, VBQ]", ["VBQ is declared twice"]),
        ("[VBQ, age]", "[VBQ, fracture]", ["column of the outcome is among them"]),
        (
            "[VBQ, age]",
            "[VBQ, age]\nbootstrap: yes",
            ["line 4", "bootstrap must be a whole number"],
        ),
        ("[VBQ, age]", "[VBQ, age]\nbootstrap: 1", ["at least 50"]),
        ("[VBQ, age]", "[VBQ, age]\nseed: true", ["seed must be a whole number"]),
        ("[VBQ, age]", "[VBQ, age]\nseed: 1.5", ["seed must be a whole number", "1.5"]),
        ("[VBQ, age]", "[VBQ, age]\ncomparators: [dxa]", ["comparators: dxa is not declared"]),
        ("[VBQ, age]", "[VBQ, age]\ninteractions: [[VBQ, VBQ]]", ["with itself"]),
        ("[VBQ, age]", "[VBQ, age]\ninteractions: [[VBQ]]", ["line 4", "interactions"]),
        ("[VBQ, age]", "[VBQ, age]\ncontrols: {column: g}", ["line 4", "controls", "marks"]),
        ("[VBQ, age]", "[VBQ, age]\ndates: {last_seen: x}", ["dates", "mri"]),
        ("[VBQ, age]", "[VBQ, age]\nmeasurement_error: {icc: 2}", ["icc must be at most 1"]),
        ("[VBQ, age]", "[VBQ, age]\nhorizon_years: 0", ["horizon_years must be above 0"]),
        ("[VBQ, age]", "[VBQ, age]\ndata: {}", ["line 4", "data occurs twice"]),
        ("[VBQ, age]", "[VBQ, age]\nsubgroups: [{name: age, unit: y}]", ["age is described"]),
        (
            "[VBQ, age]",
            "[VBQ, age]\ninteractions: [[VBQ, age], [age, VBQ]]",
            ["line 4", "VBQ × age is declared twice"],
        ),
        ("[VBQ, age]", "[VBQ, age]\nsubgroups: [{name: VBQ}]", ["line 4", "VBQ is the index"]),
        ("[VBQ, age]", "[VBQ, age]\nsubgroups: [{name: v, column: VBQ}]", ["v is the index"]),
        ("[VBQ, age]", "[VBQ, age]\nsubgroups: [fracture]", ["subgroups: the column of the outc"]),
        (
            "[VBQ, age]",
            "[VBQ, {name: x, column: fu}]\ndates: {follow_up_years: fu}",
            ["line 3", "predictors: x is a column of dates", "not known at the MRI"],
        ),
        ("outcome", "\toutcome", ["line 2", "YAML"]),
    ],
)
def test_a_mistake_is_named_with_key_and_line(tmp_path, old, new, parts):
    message = complaint(tmp_path, LEAST.replace(old, new))
    for word in parts:
        assert word in message


def test_several_mistakes_are_named_at_once(tmp_path):
    message = complaint(tmp_path, LEAST + "sed: 1\nboostrap: 3\n")
    assert "line 4: sed" in message
    assert "line 5: boostrap" in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "just words",
        "a: &x [1]\nb: *x\n",
        "a: !!python/object:os.system x",
        "a: \x00",
    ],
)
def test_what_is_no_plan_is_refused_in_one_line(tmp_path, text):
    complaint(tmp_path, text)


def test_a_binary_file_and_a_missing_file(tmp_path):
    (tmp_path / "plan.yaml").write_bytes(bytes(range(256)))
    with pytest.raises(UsageError, match="UTF-8"):
        read_plan(tmp_path / "plan.yaml")
    with pytest.raises(UsageError, match="no such file"):
        read_plan(tmp_path / "none.yaml")


@given(st.text(alphabet=st.sampled_from("ab:- {}[]\n\"'#&*!|>%1.,\t"), max_size=60))
def test_any_text_is_yaml_or_a_problem_with_a_line(text):
    try:
        _, lines = load(text)
    except YamlProblem as problem:
        lines = {(): problem.line}
    assert min(lines.values()) >= 1


def test_deep_nesting_is_refused(tmp_path):
    complaint(tmp_path, "a: " + "[" * 5000)


@pytest.mark.parametrize(
    ("transformation", "parameters"), [("linear", 1), ("log", 1), ("rcs3", 2), ("rcs5", 4)]
)
def test_spline_terms_and_interactions_are_counted(transformation, parameters):
    plan = Plan(
        data={"file": "a", "id": "id"},
        outcome={"column": "y"},
        predictors=[
            {"name": "a", "type": "continuous", "transformation": transformation},
            {"name": "b", "type": "categorical", "levels": ["x", "y", "z"]},
        ],
        interactions=[("a", "b")],
    )
    assert plan.parameters == parameters + 2 + 2 * parameters
