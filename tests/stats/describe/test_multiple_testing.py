"""Adjusted p-values equal R's p.adjust and control their error rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.errors import InputError, UsageError
from vbq.stats.describe.multiple_testing import adjust_p_values

METHODS = {"holm": "holm", "BH": "benjamini-hochberg", "bonf": "bonferroni"}


@pytest.mark.parametrize("name", METHODS)
def test_p_adjust(answers, name):
    known = answers["padjust"]
    assert adjust_p_values(known["p"], METHODS[name]) == pytest.approx(known[name], rel=1e-12)


def test_by_hand():
    p = [0.04, 0.001, 0.03]
    assert adjust_p_values(p) == pytest.approx([0.06, 0.003, 0.06])
    assert adjust_p_values(p, "benjamini-hochberg") == pytest.approx([0.04, 0.003, 0.04])
    assert adjust_p_values(p, "bonferroni") == pytest.approx([0.12, 0.003, 0.09])


@given(st.lists(st.floats(0, 1), max_size=20))
def test_order_and_bounds(p):
    p = np.array(p)
    holm, bonferroni, bh = (adjust_p_values(p, METHODS[name]) for name in ("holm", "bonf", "BH"))
    assert (p <= bh + 1e-15).all()
    assert (bh <= holm + 1e-15).all()
    assert (holm <= bonferroni + 1e-15).all()
    assert (bonferroni <= 1).all()
    order = np.argsort(p)
    for adjusted in (holm, bh, bonferroni):
        assert (np.diff(adjusted[order]) >= 0).all()


def test_invalid_p_values_are_refused():
    with pytest.raises(InputError, match="outside 0 to 1"):
        adjust_p_values([0.5, 1.2])
    with pytest.raises(InputError, match="missing"):
        adjust_p_values([np.nan])
    with pytest.raises(UsageError, match="Unknown adjustment 'BY'"):
        adjust_p_values([0.1], "BY")
