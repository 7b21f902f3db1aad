"""Restricted cubic splines: smooth curves that are linear beyond the outer knots.

Harrell FE. Regression Modeling Strategies, 2nd ed. Springer 2015, section 2.4.5; knots from its
table 2.3, basis scaled by the squared distance of the outer knots, as R's ``rms::rcs``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats, finite_array

OUTER = {3: 0.10, 4: 0.05, 5: 0.05, 6: 0.05, 7: 0.025}  # lowest quantile, by number of knots
SMALL_SAMPLE = 100  # below this n the outer knots are the 5th smallest and 5th largest values
FROM_END = 5


@dataclass(frozen=True)
class RestrictedCubicSpline:
    """A spline basis with its knots.

    Attributes:
        knots: k knots, 3 or more, ascending.

    Raises:
        UsageError: there are fewer than 3 knots, or they do not ascend.
    """

    knots: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse knots that do not define a spline."""
        if len(self.knots) < 3 or not all(np.diff(self.knots) > 0):
            raise UsageError(
                f"Knots {', '.join(f'{knot:g}' for knot in self.knots)} do not define a spline.",
                remedy="Give at least 3 knots in ascending order.",
                code="bad_knots",
            )

    def basis(self, values: ArrayLike) -> Floats:
        """The basis functions: the columns that enter a model.

        Args:
            values: Shape (n,).

        Returns:
            Shape (n, k - 1): the values themselves, then k - 2 nonlinear columns. The curve is a
            straight line if the coefficients of the latter are 0.

        Raises:
            InputError: a value is missing or not a number.
        """
        x = finite_array(values, "values")
        t = np.asarray(self.knots)
        cubes = np.maximum(x[:, None] - t, 0) ** 3 / (t[-1] - t[0]) ** 2
        nonlinear = (
            cubes[:, :-2]
            - cubes[:, -2:-1] * (t[-1] - t[:-2]) / (t[-1] - t[-2])
            + cubes[:, -1:] * (t[-2] - t[:-2]) / (t[-1] - t[-2])
        )
        return np.column_stack([x, nonlinear])

    def names(self, predictor: str) -> tuple[str, ...]:
        """Names of the columns: age, age', age'' …; the primed columns are nonlinear."""
        return tuple(predictor + "'" * j for j in range(len(self.knots) - 1))


def restricted_cubic_spline(values: ArrayLike, knots: int = 4) -> RestrictedCubicSpline:
    """A spline with its knots at the quantiles that Harrell recommends.

    Args:
        values: Shape (n,), the predictor in the subjects of the fit.
        knots: Number of knots, 3 to 7.

    Raises:
        UsageError: the number of knots is not 3 to 7.
        InputError: a value is missing, or so many values are equal that knots would coincide.
    """
    if knots not in OUTER:
        raise UsageError(
            f"A spline of {knots} knots is not defined.", remedy="Give 3 to 7.", code="bad_knots"
        )
    x = np.sort(finite_array(values, "values"))
    if not x.size:
        raise InputError(
            "There are no values.",
            remedy="Give the values of the subjects of the fit.",
            code="too_few",
        )
    outer = OUTER[knots]
    positions = np.quantile(x, np.linspace(outer, 1 - outer, knots))
    if 2 * FROM_END <= x.size < SMALL_SAMPLE:
        positions[0], positions[-1] = x[FROM_END - 1], x[-FROM_END]
    # the spline has as many coefficients as knots, the intercept counted
    if np.unique(x).size < knots or not all(np.diff(positions) > 0):
        raise InputError(
            f"{knots} knots would coincide: too many of the {x.size} values are equal.",
            remedy="Use fewer knots, specify the knots, or use a straight line.",
            code="bad_knots",
        )
    return RestrictedCubicSpline(tuple(float(position) for position in positions))
