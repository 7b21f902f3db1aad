"""Within-subject SD and repeatability coefficient: the published example, coverage, refusals."""

import numpy as np
import pytest

from vbq.errors import InputError, UsageError
from vbq.stats.agreement.repeatability import repeatability


def test_two_flow_meters(wright, mini):
    """Bland & Altman print a within-subject SD of 15.3 and 19.9 litres a minute."""
    people = np.tile(np.arange(17), 2)
    for meter, within in ((wright, 15.3), (mini, 19.9)):
        result = repeatability(meter.ravel(), people)
        assert result.within_sd == pytest.approx(within, abs=0.05)
        assert result.coefficient == pytest.approx(2.77 * result.within_sd, rel=1e-3)
        assert (result.subjects, result.measurements, result.df) == (17, 34, 17)


def test_the_interval_is_chi_square(wright):
    """R 4.2.2: 15.306669057866863 * sqrt(17 / qchisq(c(.975, .025), 17))."""
    result = repeatability(wright.ravel(), np.tile(np.arange(17), 2))
    assert result.within_sd_interval == pytest.approx((11.4859345842, 22.9469009274))
    ratio = result.coefficient / result.within_sd
    assert result.coefficient_interval == pytest.approx(
        [ratio * end for end in result.within_sd_interval]
    )


def test_subjects_measured_once_do_not_count():
    result = repeatability([3.0, 3.2, 9.0, 5.0, 5.1, 5.2], ["a", "a", "b", "c", "c", "c"])
    assert (result.subjects, result.measurements, result.df) == (2, 5, 3)
    assert result.within_sd == pytest.approx(np.sqrt((0.02 + 0.02) / 3))


def test_the_coefficient_bounds_95_percent_of_differences_and_its_interval_holds():
    rng, held, inside, runs = np.random.default_rng(2), 0, [], 500
    people = np.repeat(np.arange(15), 3)
    for _ in range(runs):
        truth = np.repeat(rng.normal(3, 1, 15), 3)
        result = repeatability(truth + rng.normal(0, 0.2, 45), people)
        low, high = result.coefficient_interval
        held += low <= 1.959964 * np.sqrt(2) * 0.2 <= high
        inside.append(abs(np.subtract(*rng.normal(0, 0.2, 2))) < result.coefficient)
    assert 0.92 <= held / runs <= 0.98
    assert 0.92 <= np.mean(inside) <= 0.98


def test_identical_repeats_have_no_scatter():
    result = repeatability([1.1, 1.1, 2, 2], [0, 0, 1, 1])
    assert (result.within_sd, *result.coefficient_interval) == (0, 0, 0)


@pytest.mark.parametrize(
    ("values", "subjects", "error", "message"),
    [
        ([1, 2, 3], [1, 2, 3], UsageError, "No subject was measured twice"),
        ([], [], UsageError, "No subject"),
        ([1, 2], [1, 1, 1], UsageError, "2 measurements and 3 subjects"),
        ([1, np.nan], [1, 1], InputError, "missing"),
    ],
)
def test_invalid_input_is_refused(values, subjects, error, message):
    with pytest.raises(error, match=message) as caught:
        repeatability(values, subjects)
    assert caught.value.remedy
