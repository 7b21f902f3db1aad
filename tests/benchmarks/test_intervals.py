import numpy as np
import pytest
from intervals import bootstrap, by_patient, share, warn_of_few


def test_values_are_gathered_by_patient():
    gathered = by_patient([("a", 1.0), ("b", 2.0), ("a", 3.0)])
    assert {name: values.tolist() for name, values in gathered.items()} == {
        "a": [1.0, 3.0],
        "b": [2.0],
    }


def test_patients_are_drawn_and_not_their_values():
    # a thousand values of one patient are one person: the interval stays as wide as patients are
    rng = np.random.default_rng(0)
    means = rng.normal(size=8)
    few = bootstrap({str(k): np.full(1, m) for k, m in enumerate(means)}, np.mean)
    many = bootstrap({str(k): np.full(1000, m) for k, m in enumerate(means)}, np.mean)
    assert (many.patients, many.n) == (8, 8000)
    assert (many.value, many.low, many.high) == pytest.approx((few.value, few.low, few.high))
    # and close to what the standard error of eight means says
    half = 1.96 * means.std(ddof=1) / np.sqrt(8)
    assert few.high - few.low == pytest.approx(2 * half, rel=0.25)


def test_same_values_same_interval():
    values = {name: np.array([k, k + 1.0]) for k, name in enumerate("abcde")}
    assert bootstrap(values) == bootstrap(values)


def test_paired_values_stay_paired():
    # the difference is 1 in every pair, whichever patients are drawn
    pairs = {name: np.array([[k + 1.0, k]]) for k, name in enumerate("abcd")}
    bias = bootstrap(pairs, lambda x: float((x[:, 0] - x[:, 1]).mean()))
    assert (bias.value, bias.low, bias.high) == (1, 1, 1)


@pytest.mark.parametrize("patients", [1, 2])
def test_one_or_two_patients_have_no_interval_and_it_is_said(patients, capsys):
    estimate = bootstrap({str(k): np.arange(50.0) for k in range(patients)})
    assert (estimate.low, estimate.high) == (None, None)
    assert "no interval" in str(estimate)
    warn_of_few("siegen", estimate)
    assert f"{patients} patient" in capsys.readouterr().out


def test_a_body_missed_altogether_does_not_spoil_the_interval():
    values = {name: np.array([2.0, 2.5, np.inf]) for name in "abc"}
    estimate = bootstrap(values)
    assert (estimate.value, estimate.low) == (2.5, 2.5)


def test_share_has_the_exact_interval():
    # Clopper & Pearson: with n of n right the lower limit is 0.025^(1/n)
    estimate = share({str(k): True for k in range(10)})
    assert (estimate.value, estimate.high) == (1, 1)
    assert estimate.low == pytest.approx(0.025 ** (1 / 10))
    assert share({"a": True, "b": False}).value == 0.5
