"""Intervals over patients: the sampling unit is the person, not the slice, body or volume."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

DRAWS = 2000
SEED = 20261122
FEWEST = 3  # patients needed for an interval

Statistic = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Estimate:
    """A figure, its 95 % interval over patients (none below three), and the sample behind it."""

    value: float
    low: float | None
    high: float | None
    patients: int
    n: int

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.value:.3f} [no interval]"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def by_patient(pairs: Sequence[tuple[str, float | Sequence[float]]]) -> dict[str, np.ndarray]:
    """Values, or rows of values, gathered under the patient they come from."""
    patients: dict[str, list[float | Sequence[float]]] = {}
    for patient, value in pairs:
        patients.setdefault(patient, []).append(value)
    return {patient: np.array(values) for patient, values in patients.items()}


def median(values: np.ndarray) -> float:
    """Median."""
    return float(np.median(values))


def bootstrap(values: Mapping[str, np.ndarray], statistic: Statistic = median) -> Estimate:
    """A statistic of all values with the percentile interval of a bootstrap over patients.

    Args:
        values: Patient to his values; or to rows of them, shape (n, k), for a paired statistic.
        statistic: Function of the pooled values.

    Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13; a whole patient is drawn
    with all that belongs to him (cluster bootstrap). With few patients it is too narrow.
    """
    groups = list(values.values())
    pooled = np.concatenate(groups)
    low = high = None
    if len(groups) >= FEWEST:
        draws = np.random.default_rng(SEED).integers(0, len(groups), (DRAWS, len(groups)))
        resampled = [statistic(np.concatenate([groups[k] for k in draw])) for draw in draws]
        low, high = (float(v) for v in np.percentile(resampled, (2.5, 97.5), method="nearest"))
    return Estimate(statistic(pooled), low, high, len(groups), len(pooled))


def share(right: Mapping[str, bool]) -> Estimate:
    """Share of patients, with the exact interval of Clopper & Pearson (Biometrika 1934;26:404).

    A bootstrap of shares of 0 or 1 has no width.
    """
    count = sum(right.values())
    interval = stats.binomtest(count, len(right)).proportion_ci(0.95, method="exact")
    low, high = float(interval.low), float(interval.high)
    return Estimate(count / len(right), low, high, len(right), len(right))


def warn_of_few(subject: str, estimate: Estimate) -> None:
    """Print a warning if there are too few patients for an interval."""
    if estimate.patients < FEWEST:
        print(f"  ! {subject}: {estimate.patients} patient(s); too few for an interval")
