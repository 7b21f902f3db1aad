"""All statistics of agreement between several readers, methods or repeats, from one table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import RefusalError, UsageError
from vbq.stats.agreement.bland_altman import BlandAltman, bland_altman
from vbq.stats.agreement.deming import Deming, deming
from vbq.stats.agreement.icc import IccForm, IntraclassCorrelation, intraclass_correlation
from vbq.stats.agreement.passing_bablok import PassingBablok, passing_bablok
from vbq.stats.agreement.repeatability import Repeatability, repeatability
from vbq.stats.checks import finite_array, rounding_error

FORMS: tuple[IccForm, ...] = ("A,1", "C,1", "A,k")
# results in the unit of the measurements
MEASURED = ("bias", "bias_interval", "sd", "lower", "lower_interval", "upper", "upper_interval",
           "intercept", "intercept_interval", "within_sd", "within_sd_interval", "coefficient",
           "coefficient_interval")  # fmt: skip
Result = TypeVar("Result")
Measured = TypeVar("Measured", BlandAltman, PassingBablok, Deming, Repeatability)


@dataclass(frozen=True)
class PairAgreement:
    """Agreement of two readers, methods or repeats.

    Attributes:
        first: Name of the first.
        second: Name of the second; differences are first minus second.
        bland_altman: Bias and limits of agreement.
        passing_bablok: Regression of the second on the first; None where undefined.
        deming: Regression of the second on the first, with equal error variances; None where
            undefined.
    """

    first: str
    second: str
    bland_altman: BlandAltman
    passing_bablok: PassingBablok | None
    deming: Deming | None


@dataclass(frozen=True)
class Agreement:
    """Agreement of all readers, methods or repeats.

    Attributes:
        names: k names.
        subjects: Number of subjects, n.
        correlations: ICC(A,1), ICC(C,1) and ICC(A,k), without those that are undefined.
        repeatability: Within-subject SD and the coefficient, 2.77 times the SD. Between repeats
            under identical conditions it is the repeatability coefficient; between readers, methods
            or scanners it is the reproducibility coefficient (QIBA, Raunig 2015).
        pairs: All pairs, in the order of the names.
        undefined: Why a statistic is missing, one sentence each.
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
        names: k different names of the columns.

    Raises:
        UsageError: fewer than three subjects or two columns, or the names do not match.
        InputError: a value is missing or not a number.
    """
    x = finite_array(values, "values", dimensions=2)
    n, k = x.shape
    if len(names) != k or len(set(names)) != k:
        raise UsageError(
            f"There are {k} columns and {len(set(names))} different names.",
            remedy="Give each column a different name.",
        )
    if n < 3 or k < 2:
        raise UsageError(
            f"Agreement needs at least 3 subjects with 2 measurements each; there are {n} subjects "
            f"with {k}.",
            remedy="Add subjects or measurements.",
            code="too_few",
        )
    undefined: list[str] = []
    noise = rounding_error(x)

    def defined(label: str, method: Callable[..., Result], *arguments: Any) -> Result | None:
        try:
            return method(*arguments)
        except RefusalError as error:
            undefined.append(f"{label}{error.message}")
            return None

    correlations = [defined("", intraclass_correlation, x, form) for form in FORMS]
    pairs = []
    for i, j in combinations(range(k), 2):
        first, second, label = x[:, i], x[:, j], f"{names[i]} and {names[j]}: "
        passing_bablok_fit = defined(label, passing_bablok, first, second)
        deming_fit = defined(label, deming, first, second)
        pairs.append(
            PairAgreement(
                names[i],
                names[j],
                _without_noise(bland_altman(first, second), noise),
                passing_bablok_fit and _without_noise(passing_bablok_fit, noise),
                deming_fit and _without_noise(deming_fit, noise),
            )
        )
    return Agreement(
        names=tuple(names),
        subjects=n,
        correlations=tuple(icc for icc in correlations if icc is not None),
        repeatability=_without_noise(repeatability(x.ravel(), np.repeat(np.arange(n), k)), noise),
        pairs=tuple(pairs),
        undefined=tuple(undefined),
    )


def _without_noise(result: Measured, noise: float) -> Measured:
    """The same statistics, with 0 in place of values within rounding error, such as −1e-16."""

    def rounded(value: float) -> float:
        return 0.0 if abs(value) <= noise else value

    cleaned: dict[str, Any] = {}
    for name in MEASURED:
        value = getattr(result, name, None)
        if value is not None:
            cleaned[name] = (
                tuple(map(rounded, value)) if isinstance(value, tuple) else rounded(value)
            )
    return replace(result, **cleaned)
