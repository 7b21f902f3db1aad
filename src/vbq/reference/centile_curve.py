"""Age-specific reference centiles by the LMS method.

At each age a score is modelled as normal after a Box-Cox transformation with median M, coefficient
of variation S and power L: z = ((y / M)^L - 1) / (L S), or log(y / M) / S where L is 0 (Cole &
Green, Stat Med 1992;11:1305-19, doi 10.1002/sim.4780111005). Cole & Green fit L, M and S as
smoothing splines; for the few hundred people of one site, this module takes log M as a restricted
cubic spline of age with three knots, log S as a straight line and L as a constant: six parameters,
fitted by maximum likelihood.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import RefusalError
from vbq.text import fixed

FEWEST = 100  # people of one sex and field strength; our own choice
KNOT_PERCENTILES = (10, 50, 90)  # knots of age (Harrell, Regression Modeling Strategies)
LEAST_SPREAD_YEARS = 10.0  # between the outer knots; less cannot show an effect of age
POWER_BOUNDS = (-5.0, 5.0)  # bounds of L, the Box-Cox power
SMALL = 1e-6  # an L below it is treated as 0


@dataclass(frozen=True, slots=True)
class Curve:
    """A score's distribution as a function of age.

    Attributes:
        knots: Three ages in years, the knots of the spline.
        median: Coefficients of log M: constant, per decade from age 50, and spline term.
        spread: Coefficients of log S: constant, and per decade from age 50.
        power: L, the Box-Cox power.
        ages: Ages in years of the youngest and oldest person in the fit; valid only between them.
    """

    knots: tuple[float, float, float]
    median: tuple[float, float, float]
    spread: tuple[float, float]
    power: float
    ages: tuple[float, float]

    def covers(self, age: float) -> bool:
        """Whether an age in years lies within the ages of the fit."""
        return self.ages[0] <= age <= self.ages[1]

    def z(self, score: ArrayLike, age: ArrayLike) -> NDArray[np.float64]:
        """Standard normal deviates of scores (> 0) at ages in years."""
        log_median, log_spread = self._lines(age)
        ratio = np.log(np.asarray(score, float)) - log_median
        return _box_cox(ratio, self.power) * np.exp(-log_spread)

    def centile(self, z: ArrayLike, age: ArrayLike) -> NDArray[np.float64]:
        """Scores at standard normal deviates, at ages in years."""
        log_median, log_spread = self._lines(age)
        step = np.asarray(z, float) * np.exp(log_spread)
        if abs(self.power) < SMALL:
            return np.asarray(np.exp(log_median + step))
        # a Box-Cox distribution ends where this is 0: beyond it, its limit
        inner = np.maximum(1 + self.power * step, 1e-12)
        return np.asarray(np.exp(log_median + np.log(inner) / self.power))

    def _lines(self, age: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        columns = _design(np.asarray(age, float), self.knots)
        return columns @ np.array(self.median), columns[..., :2] @ np.array(self.spread)


def fit_curve(ages: ArrayLike, scores: ArrayLike) -> Curve:
    """Fit the distribution of a score by maximum likelihood.

    Args:
        ages: Years, shape (n,).
        scores: Positive scores, shape (n,).

    Raises:
        RefusalError: there are fewer than `FEWEST` people, ages or scores vary too little, or the
            fit does not converge.
    """
    from scipy.optimize import minimize

    age, score = np.asarray(ages, float), np.asarray(scores, float)
    if age.size < FEWEST:
        raise RefusalError(
            f"{age.size} people are too few for a norm by age.",
            remedy=f"At least {FEWEST} of one sex and field strength are needed.",
            code="too_few_people",
        )
    knots = tuple(float(k) for k in np.percentile(age, KNOT_PERCENTILES))
    spread = knots[2] - knots[0]
    if spread < LEAST_SPREAD_YEARS or np.diff(knots).min() < 0.05 * spread:
        raise RefusalError(
            f"Four fifths of the ages lie between {fixed(knots[0], 0)} and {fixed(knots[2], 0)} "
            "years: too narrow a range for a norm by age.",
            remedy="Include people of a wider range of ages.",
            code="ages_too_alike",
        )
    assert len(knots) == 3
    design, log_score = _design(age, knots), np.log(score)
    start, *_ = np.linalg.lstsq(design, log_score, rcond=None)
    sd = float(np.std(log_score - design @ start))
    if sd < 1e-6:
        raise RefusalError(
            "The scores do not differ between people of the same age.",
            remedy="Check the column of scores.",
            code="scores_alike",
        )

    fit = minimize(
        _loss,
        np.array([*start, np.log(sd), 0.0, 0.0]),
        args=(design, log_score),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] * 5 + [POWER_BOUNDS],
        options={"ftol": 1e-12, "gtol": 1e-6},
    )
    if not fit.success or not np.isfinite(fit.fun):
        raise RefusalError(
            "No distribution could be fitted to these scores.",
            remedy="Look for outliers and mistyped ages.",
            code="no_fit",
        )
    a, b, c, d, e, power = (float(value) for value in fit.x)
    return Curve(knots, (a, b, c), (d, e), power, (float(age.min()), float(age.max())))


def _loss(
    parameters: NDArray[np.float64], design: NDArray[np.float64], log_score: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Minus the log-likelihood per person, without its constant terms, and its gradient."""
    power = parameters[5]
    ratio = log_score - design @ parameters[:3]
    log_spread = design[:, :2] @ parameters[3:5]
    precision = np.exp(-log_spread)
    z = _box_cox(ratio, power) * precision
    if abs(power) < SMALL:
        by_power = ratio**2 / 2
    else:
        by_power = (ratio * np.exp(power * ratio) - _box_cox(ratio, power)) / power
    gradient = np.concatenate(
        [
            (power - z * np.exp(power * ratio) * precision) @ design,
            (1 - z**2) @ design[:, :2],
            [np.sum(z * by_power * precision - ratio)],
        ]
    )
    value = np.mean(log_spread + 0.5 * z**2 - power * ratio)
    return float(value), gradient / ratio.size


def _box_cox(log_ratio: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    if abs(power) < SMALL:
        return log_ratio
    return np.asarray(np.expm1(power * log_ratio) / power)


def _design(age: NDArray[np.float64], knots: tuple[float, float, float]) -> NDArray[np.float64]:
    """Design: 1, decades from age 50, and the term of a restricted cubic spline."""
    first, second, last = knots
    cubes = [np.maximum(age - knot, 0) ** 3 for knot in knots]
    spline = (
        cubes[0]
        - cubes[1] * (last - first) / (last - second)
        + cubes[2] * (second - first) / (last - second)
    ) / (last - first) ** 2
    return np.stack([np.ones_like(age), (age - 50) / 10, spline / 10], axis=-1)
