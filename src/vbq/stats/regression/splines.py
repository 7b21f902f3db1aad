"""Restricted cubic splines: smooth curves that are straight beyond the outer knots.

Harrell FE. Regression Modeling Strategies, 2nd ed. Springer 2015, section 2.4.5; knots from its
table 2.3, basis scaled by the squared distance of the outer knots, as R's ``rms::rcs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, UsageError
from vbq.stats.checks import finite_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["RestrictedCubicSpline", "restricted_cubic_spline"]

OUTER = {3: 0.10, 4: 0.05, 5: 0.05, 6: 0.05, 7: 0.025}  # quantile of the lowest knot, by count
FEW = 100  # below so many subjects the outer knots are the 5th values from either end
FROM_END = 5


@dataclass(frozen=True)
class RestrictedCubicSpline:
    """A spline basis with its knots.

    Attributes:
        knots: k of them, 3 or more, ascending.
    """

    knots: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuses knots that define no spline."""
        if len(self.knots) < 3 or not all(np.diff(self.knots) > 0):
            raise UsageError(
                f"Knots {', '.join(f'{knot:g}' for knot in self.knots)} define no spline.",
                remedy="Give at least 3 knots in ascending order.",
                code="bad_knots",
            )

    def basis(self, values: ArrayLike) -> NDArray[np.float64]:
        """The columns that enter a model.

        Args:
            values: Shape (n,).

        Returns:
            Shape (n, k - 1): the values themselves, then k - 2 columns that bend. The curve is
            straight where the coefficients of the latter are 0.

        Raises:
            InputError: a value is missing or not a number.
        """
        x = finite_array(values, "values")
        t = np.asarray(self.knots)
        cubes = np.maximum(x[:, None] - t, 0) ** 3 / (t[-1] - t[0]) ** 2
        bends = (
            cubes[:, :-2]
            - cubes[:, -2:-1] * (t[-1] - t[:-2]) / (t[-1] - t[-2])
            + cubes[:, -1:] * (t[-2] - t[:-2]) / (t[-1] - t[-2])
        )
        return np.column_stack([x, bends])

    def names(self, predictor: str) -> tuple[str, ...]:
        """Names of the columns: age, age', age'' …; the primed ones test non-linearity."""
        return tuple(predictor + "'" * j for j in range(len(self.knots) - 1))


def restricted_cubic_spline(values: ArrayLike, knots: int = 4) -> RestrictedCubicSpline:
    """A spline with its knots at the quantiles that Harrell recommends.

    Args:
        values: Shape (n,), the predictor in the subjects of the fit.
        knots: How many, 3 to 7.

    Raises:
        UsageError: another number of knots.
        InputError: a value is missing, or so many are equal that knots would coincide.
    """
    if knots not in OUTER:
        raise UsageError(
            f"A spline of {knots} knots is not defined.", remedy="Give 3 to 7.", code="bad_knots"
        )
    x = np.sort(finite_array(values, "values"))
    if not x.size:
        raise InputError("There are no values.", remedy="Give those of the fit.", code="too_few")
    outer = OUTER[knots]
    places = np.quantile(x, np.linspace(outer, 1 - outer, knots))
    if 2 * FROM_END <= x.size < FEW:
        places[0], places[-1] = x[FROM_END - 1], x[-FROM_END]
    # the spline has as many coefficients as knots, the intercept counted
    if np.unique(x).size < knots or not all(np.diff(places) > 0):
        raise InputError(
            f"{knots} knots cannot be told apart: too many of the {x.size} values are equal.",
            remedy="Use fewer knots, give knots of your own, or a straight line.",
            code="bad_knots",
        )
    return RestrictedCubicSpline(tuple(float(place) for place in places))
