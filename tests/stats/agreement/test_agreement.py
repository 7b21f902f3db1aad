"""All statistics of one table are those of the single methods."""

import numpy as np
import pytest

from vbq.errors import UsageError
from vbq.stats.agreement.agreement import agreement
from vbq.stats.agreement.bland_altman import bland_altman
from vbq.stats.agreement.deming import deming
from vbq.stats.agreement.icc import intraclass_correlation
from vbq.stats.agreement.passing_bablok import passing_bablok
from vbq.stats.agreement.repeatability import repeatability


@pytest.fixture
def table(wright, mini):
    return np.column_stack([wright[0], wright[1], mini[0]])


def test_agreement_combines_the_single_methods(table):
    result = agreement(table, ("W1", "W2", "M"))
    assert result.subjects == 17
    assert result.undefined == ()
    assert result.correlations == tuple(
        intraclass_correlation(table, form) for form in ("A,1", "C,1", "A,k")
    )
    assert result.repeatability == repeatability(table.ravel(), np.repeat(np.arange(17), 3))
    assert [(p.first, p.second) for p in result.pairs] == [("W1", "W2"), ("W1", "M"), ("W2", "M")]
    last = result.pairs[2]
    assert last.bland_altman == bland_altman(table[:, 1], table[:, 2])
    assert last.passing_bablok == passing_bablok(table[:, 1], table[:, 2])
    assert last.deming == deming(table[:, 1], table[:, 2])


def test_undefined_statistics_are_omitted_with_a_reason(table):
    table[:, 2] = 400
    result = agreement(table, ("W1", "W2", "M"))
    assert result.pairs[1].passing_bablok is None
    assert result.pairs[1].deming is None
    assert result.pairs[0].deming is not None
    assert len(result.undefined) == 4
    assert result.undefined[0].startswith("W1 and M: Passing-Bablok regression is undefined")


@pytest.mark.parametrize(
    ("values", "names", "message"),
    [
        ([[1, 2], [2, 3], [3, 4]], ("A", "A"), "2 columns and 1 different"),
        ([[1, 2], [2, 3]], ("A", "B"), "at least 3 subjects with 2 measurements each; there are 2"),
        ([[1], [2], [3]], ("A",), "there are 3 subjects with 1"),
    ],
)
def test_invalid_tables_are_refused(values, names, message):
    with pytest.raises(UsageError, match=message):
        agreement(values, names)
