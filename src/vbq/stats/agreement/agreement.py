"""Everything about the agreement of several readers, methods or repeats, from one table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vbq.errors import RefusalError, UsageError
from vbq.stats.agreement.bland_altman import BlandAltman, bland_altman
from vbq.stats.agreement.deming import Deming, deming
from vbq.stats.agreement.icc import IccForm, IntraclassCorrelation, intraclass_correlation
from vbq.stats.agreement.passing_bablok import PassingBablok, passing_bablok
from vbq.stats.agreement.repeatability import Repeatability, repeatability
from vbq.stats.checks import finite, rounding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

__all__ = ["Agreement", "PairAgreement", "agreement"]

FORMS: tuple[IccForm, ...] = ("A,1", "C,1", "A,k")
# numbers in the unit of the readings
IN_UNIT = ("bias", "bias_interval", "sd", "lower", "lower_interval", "upper", "upper_interval",
           "intercept", "intercept_interval", "within_sd", "within_sd_interval", "coefficient",
           "coefficient_interval")  # fmt: skip
Result = TypeVar("Result")
InUnit = TypeVar("InUnit", BlandAltman, PassingBablok, Deming, Repeatability)


@dataclass(frozen=True)
class PairAgreement:
    """How two readers, methods or repeats agree.

    Attributes:
        first: Name of the first.
        second: Name of the second; differences are first minus second.
        bland_altman: Bias and limits of agreement.
        passing_bablok: The second on the first; None where undefined.
        deming: The second on the first, equal error variances; None where undefined.
    """

    first: str
    second: str
    bland_altman: BlandAltman
    passing_bablok: PassingBablok | None
    deming: Deming | None


@dataclass(frozen=True)
class Agreement:
    """How all readers, methods or repeats agree.

    Attributes:
        names: k names.
        subjects: n.
        correlations: ICC(A,1), ICC(C,1) and ICC(A,k); those that are undefined are left out.
        repeatability: Within-subject SD and the coefficient, 2.77 times it. Between repeats made
            alike that is the repeatability coefficient; between readers, methods or scanners,
            whose differences count, the reproducibility coefficient (QIBA, Raunig 2015).
        pairs: Every two of them, in the order of the names.
        undefined: Why something is left out, one sentence each.
    """

    names: tuple[str, ...]
    subjects: int
    correlations: tuple[IntraclassCorrelation, ...]
    repeatability: Repeatability
    pairs: tuple[PairAgreement, ...]
    undefined: tuple[str, ...]


def agreement(values: ArrayLike, names: Sequence[str]) -> Agreement:
    """All statistics of agreement, with 95 % confidence intervals.

    Args:
        values: Shape (n subjects, k), complete.
        names: k different names, of the columns.

    Raises:
        UsageError: fewer than three subjects or two columns, or names do not fit.
        InputError: a value is missing or not a number.
    """
    x = finite(values, "values", dimensions=2)
    n, k = x.shape
    if len(names) != k or len(set(names)) != k:
        raise UsageError(
            f"There are {k} columns and {len(set(names))} different names.",
            remedy="Give each column a name of its own.",
        )
    if n < 3 or k < 2:
        raise UsageError(
            f"Agreement needs at least 3 subjects and 2 readings of each; there are {n} and {k}.",
            remedy="Add subjects or readings.",
            code="too_few",
        )
    undefined: list[str] = []
    noise = rounding(x)

    def unless_undefined(where: str, compute: Callable[..., Result], *given: Any) -> Result | None:
        try:
            return compute(*given)
        except RefusalError as error:
            undefined.append(f"{where}{error.message}")
            return None

    correlations = [unless_undefined("", intraclass_correlation, x, form) for form in FORMS]
    pairs = []
    for i, j in combinations(range(k), 2):
        first, second, where = x[:, i], x[:, j], f"{names[i]} and {names[j]}: "
        line = unless_undefined(where, passing_bablok, first, second)
        axis = unless_undefined(where, deming, first, second)
        pairs.append(
            PairAgreement(
                names[i],
                names[j],
                _exact(bland_altman(first, second), noise),
                None if line is None else _exact(line, noise),
                None if axis is None else _exact(axis, noise),
            )
        )
    return Agreement(
        names=tuple(names),
        subjects=n,
        correlations=tuple(icc for icc in correlations if icc is not None),
        repeatability=_exact(repeatability(x.ravel(), np.repeat(np.arange(n), k)), noise),
        pairs=tuple(pairs),
        undefined=tuple(undefined),
    )


def _exact(found: InUnit, noise: float) -> InUnit:
    """The same statistics, with 0 where arithmetic left less than its own rounding: −1e-16."""

    def exact(value: float) -> float:
        return 0.0 if abs(value) <= noise else value

    cleaned: dict[str, Any] = {}
    for name in IN_UNIT:
        value = getattr(found, name, None)
        if value is not None:
            cleaned[name] = tuple(map(exact, value)) if isinstance(value, tuple) else exact(value)
    return replace(found, **cleaned)
