"""Intraclass correlations equal published values and R's; undefined ones are refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from places import SHARED
from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.agreement.icc import intraclass_correlation

FORMS = ("1", "A,1", "C,1", "k", "A,k", "C,k")
REFERENCES = SHARED / "references" / "reference_answers.json"

# Shrout & Fleiss 1979, table 2: 6 targets, 4 judges
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
# R 4.2.2, psych 2.2.9: ICC(ratings, lmer = FALSE)
PSYCH = {
    "1": (0.1657417684055, -0.1329323248748, 0.7225600623281),
    "A,1": (0.2897637795276, 0.01878651337471, 0.761084369649),
    "C,1": (0.7148407148407, 0.3424647650339, 0.9458582599554),
    "k": (0.4427971336793, -0.8844421552381, 0.9124154203408),
    "A,k": (0.620050547599, 0.0711368153025, 0.9272320401677),
    "C,k": (0.9093155423771, 0.6756747138163, 0.9858916781691),
}
PSYCH_METERS = {
    "1": (0.946014725088045, 0.860790171319928, 0.979939215450636),
    "A,1": (0.945928405577310, 0.857411171234992, 0.980078659146259),
    "C,1": (0.942913072406980, 0.849908391677367, 0.978943134396592),
    "A,k": (0.972212957954818, 0.923232491021253, 0.989939116427662),
}


@pytest.mark.parametrize("form", FORMS)
def test_shrout_and_fleiss(form):
    icc = intraclass_correlation(SHROUT_FLEISS, form)
    assert (icc.estimate, *icc.interval) == pytest.approx(PSYCH[form], rel=1e-9)
    assert (icc.subjects, icc.raters, icc.name) == (6, 4, f"ICC({form})")


def test_the_published_table_of_variance():
    icc = intraclass_correlation(SHROUT_FLEISS)
    assert icc.mean_square_subjects == pytest.approx(11.24, abs=0.005)
    assert icc.mean_square_raters == pytest.approx(32.49, abs=0.005)
    assert icc.mean_square_error == pytest.approx(1.02, abs=0.005)
    assert (icc.f, icc.df) == (pytest.approx(11.02724795640), (5, 15))
    assert icc.p == pytest.approx(0.0001345665164843)
    one_way = intraclass_correlation(SHROUT_FLEISS, "1")
    assert one_way.mean_square_error == pytest.approx(6.26, abs=0.005)
    assert (one_way.f, one_way.df) == (pytest.approx(1.794678492239), (5, 18))


@pytest.mark.parametrize("form", PSYCH_METERS)
def test_two_meters(form, wright, mini):
    icc = intraclass_correlation(np.column_stack([wright[0], mini[0]]), form)
    assert (icc.estimate, *icc.interval) == pytest.approx(PSYCH_METERS[form], rel=1e-9)


def test_the_reference_answers():
    if not REFERENCES.exists():
        pytest.skip("the reference answers are not on this machine")
    answers = json.loads(REFERENCES.read_text())["icc_shrout_fleiss"]
    irr = {"1": "oneway_consistency_single", "k": "oneway_consistency_average",
           "A,1": "twoway_agreement_single", "C,1": "twoway_consistency_single",
           "C,k": "twoway_consistency_average"}  # fmt: skip
    for form, name in irr.items():
        icc, answer = intraclass_correlation(SHROUT_FLEISS, form), answers["irr"][name]
        phrase = (answer["icc"], answer["lo"], answer["hi"])
        assert (icc.estimate, *icc.interval) == pytest.approx(phrase, rel=1e-6)


def test_the_convention_is_given_in_words():
    message = intraclass_correlation(SHROUT_FLEISS, "A,k").convention
    for phrase in ("two-way", "absolute agreement", "mean of 4", "McGraw", "ICC(2,k)"):
        assert phrase in message


def test_bias_of_a_rater_counts_in_agreement_only():
    rng = np.random.default_rng(3)
    ratings = rng.normal(3, 0.5, (40, 1)) + rng.normal(0, 0.1, (40, 2))
    shifted = ratings + np.array([0, 1])
    consistency = [intraclass_correlation(r, "C,1").estimate for r in (ratings, shifted)]
    assert consistency[0] == pytest.approx(consistency[1])
    assert intraclass_correlation(shifted).estimate < intraclass_correlation(ratings).estimate - 0.3


def test_perfect_agreement_is_one():
    for form in FORMS:
        icc = intraclass_correlation([[1.1, 1.1], [2.3, 2.3], [3.7, 3.7]], form)
        assert (icc.estimate, *icc.interval, icc.p) == (1, 1, 1, 0)


@given(
    arrays(float, st.tuples(st.integers(3, 8), st.integers(2, 5)), elements=st.floats(0, 10)),
    st.sampled_from(["1", "A,1", "C,1"]),
    st.floats(0.1, 10),
    st.floats(-50, 50),
)
def test_units_do_not_matter(ratings, form, scale, shift):
    ratings = np.round(ratings, 2)
    try:
        icc = intraclass_correlation(ratings, form)
    except RefusalError:
        return
    moved = intraclass_correlation(ratings * scale + shift, form)
    assert moved.estimate == pytest.approx(icc.estimate, rel=1e-5, abs=1e-6)
    assert icc.interval[0] <= icc.estimate + 1e-9
    assert icc.estimate <= icc.interval[1] + 1e-9
    assert icc.interval[1] <= 1 + 1e-9


@pytest.mark.parametrize("form", ["1", "A,1", "C,1"])
def test_the_interval_holds_its_level(form):
    """Two-way data without rater bias: all three estimate the same ICC, 0.8."""
    rng, held, runs = np.random.default_rng(11), 0, 400
    for _ in range(runs):
        ratings = rng.normal(0, 2, (25, 1)) + rng.normal(0, 1, (25, 3))
        low, high = intraclass_correlation(ratings, form).interval
        held += low <= 0.8 <= high
    assert 0.92 <= held / runs <= 0.98


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "ratings", [np.full((5, 3), 2.5), [[0.1, 0.2], [0.1, 0.2], [0.1, 0.2]], [[1, 3], [3, 1]]]
)
def test_no_variation_between_subjects_is_refused(ratings, form):
    with pytest.raises(RefusalError, match="undefined: the ratings do not vary") as caught:
        intraclass_correlation(ratings, form)
    assert caught.value.remedy


def test_raters_differing_more_than_subjects_are_refused():
    ratings = [[0, 9], [9, 0.1]]
    assert intraclass_correlation(ratings, "A,1").estimate < 0
    with pytest.raises(RefusalError, match="raters differ more than subjects do"):
        intraclass_correlation(ratings, "A,k")


@pytest.mark.parametrize(
    ("ratings", "error", "message"),
    [
        ([[1, 2]], UsageError, "at least 2 subjects and 2 raters; there are 1 and 2"),
        ([[1], [2]], UsageError, "there are 2 and 1"),
        ([1, 2, 3], UsageError, "1 dimensions, not 2"),
        ([[1, 2], [np.nan, 4], [5, 6]], InputError, "1 of 6 ratings are missing"),
        ([[1, 2], [np.inf, 4]], InputError, "missing or infinite"),
        ([["a", "b"], ["c", "d"]], InputError, "not all numbers"),
    ],
)
def test_invalid_ratings_are_refused(ratings, error, message):
    with pytest.raises(error, match=message) as caught:
        intraclass_correlation(ratings)
    assert caught.value.remedy


def test_unknown_forms_and_levels():
    with pytest.raises(UsageError, match=r"Unknown form ICC\(2,1\)"):
        intraclass_correlation(SHROUT_FLEISS, "2,1")
    with pytest.raises(UsageError, match="confidence level of 95"):
        intraclass_correlation(SHROUT_FLEISS, confidence=95)
