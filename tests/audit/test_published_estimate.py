"""A printed interval gives back its standard error and p-value, and what rounding leaves open."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from places import SHARED
from vbq.audit.published_estimate import read_published_estimate
from vbq.errors import InputError

PRINTED = {
    "prior": (6.94, (2.48, 19.40)),
    "vbq": (2.40, (1.30, 4.44)),
    "bmi": (1.09, (1.01, 1.17)),
    "gc": (2.89, (1.03, 8.17)),
}
WALD = SHARED / "references" / "seed_wald.json"


@pytest.mark.parametrize("name", PRINTED)
def test_the_audit_of_the_abstract(name):
    if not WALD.exists():
        pytest.skip("the audit of the abstract (shared/references) is not on this machine")
    known, ours = json.loads(WALD.read_text())[name], read_published_estimate(*PRINTED[name])
    assert ours.log_odds_ratio == pytest.approx(known["beta"], rel=1e-9)
    assert ours.standard_error == pytest.approx(known["se"], rel=1e-9)
    assert (ours.z, ours.p) == pytest.approx((known["z"], known["p"]), rel=1e-9)
    assert ours.p_range == pytest.approx(known["p_range"], rel=1e-9)
    assert ours.midpoint == pytest.approx(known["geo_mid"], rel=1e-9)
    assert ours.midpoint_range == pytest.approx(known["geo_mid_range"], rel=1e-9)
    assert ours.standard_errors == pytest.approx((known["se_lo"], known["se_hi"]), rel=1e-9)


def test_the_printed_p_of_vbq_is_not_walds():
    low, high = read_published_estimate(*PRINTED["vbq"]).p_range
    assert 0.003 < low < 0.0052 < high < 0.0056


@given(st.floats(-2, 2), st.floats(0.05, 0.6))
def test_the_truth_lies_in_the_range(log_odds_ratio, error):
    ratio, low, high = (
        round(math.exp(log_odds_ratio + z * error), 2) for z in (0, -1.959964, 1.959964)
    )
    if not 0.01 < low < ratio < high or high - low < 0.02:
        return
    p = math.erfc(abs(log_odds_ratio) / error / math.sqrt(2))
    read = read_published_estimate(ratio, (low, high))
    assert read.p_range[0] - 1e-6 <= p <= read.p_range[1] + 1e-6
    mid = math.exp(log_odds_ratio)
    assert read.midpoint_range[0] - 1e-6 <= mid <= read.midpoint_range[1] + 1e-6


@pytest.mark.parametrize("interval", [(2.5, 4), (1, 1.5), (0.0, 3), (2, 2), (-1, 3)])
def test_what_is_no_interval(interval):
    with pytest.raises(InputError, match="not an odds ratio within its interval"):
        read_published_estimate(2.0, interval)
