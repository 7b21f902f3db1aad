"""ComBat equals the published implementation, and refuses what it cannot tell apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vbq.errors import InputError, RefusalError, UsageError
from vbq.reference.combat import FEWEST, combat

PERSON = np.arange(45)
BATCH = (PERSON >= 12).astype(int) + (PERSON >= 27)
AGE = 50.0 + (7 * PERSON) % 31
SEX = (PERSON % 5 < 2).astype(float)
COVARIATES = np.column_stack([AGE, SEX])
WIDTH, PLACE = np.array([1, 1.3, 0.8])[BATCH], np.array([0, 0.5, -0.3])[BATCH]
FEATURE = np.arange(4)
PEOPLE = (
    3
    + 0.02 * (AGE - 65)[:, None]
    + 0.3 * SEX[:, None]
    + 0.4 * np.sin(1.7 * PERSON[:, None] * (FEATURE + 1) + FEATURE)
)
READINGS = PEOPLE * WIDTH[:, None] + PLACE[:, None]

# neuroCombat 0.2.12 (Python), rows 0, 20 and 44 of
#   neuroCombat(READINGS.T, DataFrame(batch, age, sex), "batch", categorical_cols=["sex"],
#               continuous_cols=["age"], eb=...)["data"].T
# With eb=True its iteration was run on to 1e-14: as shipped it stops early (negative shifts never
# count as changed), within 5e-6 of this.
SHRUNK = [
    [3.0930988402, 3.4421720926, 3.4836106756, 3.1475400121],
    [3.7066250224, 3.4524774054, 3.3503103732, 3.7947516492],
    [3.1276824098, 3.2346168420, 3.4468290888, 3.5540414771],
]
PLAIN = [
    [3.1201148526, 3.4027707595, 3.5217997511, 3.1403452375],
    [3.6826094436, 3.4583182109, 3.3938444593, 3.7608307354],
    [3.1283723167, 3.2205955946, 3.3980038829, 3.5985765585],
]
SHRUNK_DELTA = [0.9253368244, 1.6000596698, 0.6698161989]  # variances of the first feature


@pytest.mark.parametrize(("shrink", "expected"), [(True, SHRUNK), (False, PLAIN)])
def test_equals_neurocombat(shrink, expected):
    adjustment = combat(READINGS, BATCH, COVARIATES, shrink=shrink)
    np.testing.assert_allclose(adjustment.adjusted[[0, 20, 44]], expected, atol=1e-9)
    assert adjustment.shrunk is shrink


def test_the_scale_is_the_root_of_neurocombats_delta():
    adjustment = combat(READINGS, BATCH, COVARIATES)
    np.testing.assert_allclose(adjustment.scale[:, 0] ** 2, SHRUNK_DELTA, atol=1e-9)


def test_one_feature_is_adjusted_as_estimated():
    adjustment = combat(READINGS[:, :1], BATCH, COVARIATES)
    assert not adjustment.shrunk
    np.testing.assert_allclose(
        adjustment.adjusted[[0, 20, 44], 0], np.array(PLAIN)[:, 0], atol=1e-9
    )


def test_without_covariates_batches_have_one_mean_and_one_sd():
    adjusted = combat(READINGS[:, :1], BATCH).adjusted[:, 0]
    groups = [adjusted[b == BATCH] for b in range(3)]
    np.testing.assert_allclose([g.mean() for g in groups], READINGS[:, 0].mean())
    assert np.ptp([g.std(ddof=1) for g in groups]) < 1e-12


def test_the_effect_of_a_covariate_is_preserved():
    def slopes(values):
        member = (BATCH[:, None] == np.arange(3)).astype(float)
        return np.linalg.lstsq(np.hstack([member, COVARIATES]), values, rcond=None)[0][3:]

    # scaling of residuals moves a slope a little, where they are not balanced within batches
    adjustment = combat(READINGS, BATCH, COVARIATES)
    np.testing.assert_allclose(slopes(adjustment.adjusted), slopes(READINGS), atol=0.06)
    np.testing.assert_allclose(
        slopes(READINGS - adjustment.shift[BATCH]), slopes(READINGS), atol=1e-9
    )


@settings(max_examples=30, deadline=None)
@given(
    st.floats(0.1, 10),
    st.floats(-5, 5),
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.booleans(),
)
def test_units_do_not_matter_and_shifts_are_undone(factor, origin, shifts, shrink):
    reference = combat(READINGS, BATCH, COVARIATES, shrink=shrink).adjusted
    moved = combat(READINGS * factor + origin, BATCH, COVARIATES, shrink=shrink).adjusted
    np.testing.assert_allclose(moved, reference * factor + origin, atol=1e-7 * factor)
    # a shift of whole batches moves every reading by their weighted mean
    offset = np.array(shifts)[BATCH][:, None]
    shifted = combat(READINGS + offset, BATCH, COVARIATES, shrink=False).adjusted
    plain = combat(READINGS, BATCH, COVARIATES, shrink=False).adjusted
    np.testing.assert_allclose(shifted, plain + offset.mean(), atol=1e-8)


def test_shrinkage_draws_small_batches_towards_the_other_features():
    plain = combat(READINGS, BATCH, COVARIATES, shrink=False)
    shrunk = combat(READINGS, BATCH, COVARIATES)
    assert (np.ptp(shrunk.scale, axis=1) < np.ptp(plain.scale, axis=1)).all()


@pytest.mark.parametrize(
    ("batch", "covariates", "code"),
    [
        (np.zeros(45, int), None, "one_batch"),
        ((PERSON >= 45 - FEWEST + 1).astype(int), None, "batch_too_small"),
        (BATCH, (BATCH == 1).astype(float)[:, None], "confounded"),
        (BATCH, np.column_stack([AGE, 2 * AGE + 1]), "confounded"),
        (BATCH, np.ones((45, 1)), "confounded"),
        (BATCH, np.sin(np.outer(PERSON, np.arange(1, 35))), "too_few"),
    ],
)
def test_what_cannot_be_separated_is_refused(batch, covariates, code):
    with pytest.raises(RefusalError) as caught:
        combat(READINGS, batch, covariates)
    assert caught.value.code == code


def test_a_covariate_of_large_numbers_is_not_taken_for_a_confounded_one():
    year = AGE + 1e6
    np.testing.assert_allclose(
        combat(READINGS, BATCH, year[:, None]).adjusted,
        combat(READINGS, BATCH, AGE[:, None]).adjusted,
        atol=1e-6,
    )


def test_readings_without_differences_are_refused():
    constant = READINGS.copy()
    constant[BATCH == 1] = 3.0
    for values in (np.full((45, 1), 2.0), constant):
        with pytest.raises(RefusalError, match="do not differ"):
            combat(values, BATCH)
    with pytest.raises(RefusalError, match="copies of one another"):
        combat(np.repeat(READINGS[:, :1], 3, axis=1), BATCH)


def test_missing_values_are_refused():
    for place in (READINGS, COVARIATES):
        holes = place.copy()
        holes[3, 0] = np.nan
        values, covariates = (holes, COVARIATES) if place is READINGS else (READINGS, holes)
        with pytest.raises(InputError, match="1 of"):
            combat(values, BATCH, covariates)


@pytest.mark.parametrize("batch", [BATCH[:-1], BATCH + 1, BATCH.astype(str), BATCH * 2])
def test_batches_are_numbered(batch):
    with pytest.raises(UsageError, match="numbered"):
        combat(READINGS, batch)
