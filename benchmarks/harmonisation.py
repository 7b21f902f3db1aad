"""Simulated cohorts of two scanners: what harmonisation does to a fracture's effect.

``python benchmarks/harmonisation.py`` prints the table of
docs/reference-populations.md. Not patients. Scores are normal with the published SDs of 1.5 T and
3 T (0.494 and 0.432) about means 0.57 apart, and 0.49 higher with fracture (or not at all); 72 of
184 people have one. Scanners differ only in what share of each group they scanned.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from vbq.reference.combat import combat

FRACTURED, SOUND = 72, 112
SCANNER, SD = 0.57, (0.494, 0.432)
DESIGNS = {  # share of the fractured, and of the others, scanned at 3 T
    "balanced": (0.5, 0.5),
    "unbalanced": (0.25, 0.625),
    "nearly confounded": (0.1, 0.9),
    "confounded": (0.0, 1.0),
}
METHODS = ("as measured", "harmonised", "harmonised, fracture kept", "scanner as a term")


@dataclass(frozen=True)
class Found:
    """Of many simulated cohorts: mean effect, its standard error, share with p < 0.05, mean AUC."""

    effect: float
    error: float
    significant: float
    auc: float


def cohort(
    rng: np.random.Generator, effect: float, shares: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, scanner (0 is 1.5 T) and fracture of one cohort."""
    fracture = np.repeat([1, 0], [FRACTURED, SOUND])
    scanner = np.zeros(fracture.size, int)
    for group, share in zip((1, 0), shares, strict=True):
        members = np.flatnonzero(fracture == group)
        scanner[members[: round(share * members.size)]] = 1
    noise = rng.standard_normal(fracture.size) * np.array(SD)[scanner]
    return 2.77 + effect * fracture - SCANNER * scanner + noise, scanner, fracture


def estimate(score: np.ndarray, terms: list[np.ndarray]) -> tuple[float, float]:
    """Effect of the first term by least squares, and its p-value."""
    design = np.column_stack([*terms, np.ones(score.size)])
    found, *_ = np.linalg.lstsq(design, score, rcond=None)
    residual = score - design @ found
    freedom = score.size - design.shape[1]
    variance = residual @ residual / freedom * np.linalg.inv(design.T @ design)[0, 0]
    return found[0], 2 * stats.t.sf(abs(found[0]) / np.sqrt(variance), freedom)


def auc(score: np.ndarray, fracture: np.ndarray) -> float:
    """Area under the ROC curve; scores have no ties."""
    ranks = np.argsort(np.argsort(score)) + 1
    return (ranks[fracture == 1].sum() - FRACTURED * (FRACTURED + 1) / 2) / (FRACTURED * SOUND)


def simulate(design: str, effect: float, cohorts: int, seed: int) -> dict[str, Found]:
    """What each method finds; a method that cannot be used is not among them."""
    rng = np.random.default_rng(seed)
    answers = {}
    for _ in range(cohorts):
        score, scanner, fracture = cohort(rng, effect, DESIGNS[design])
        values = score[:, None]
        tries = {
            "as measured": (score, [fracture]),
            "harmonised": (combat(values, scanner).adjusted[:, 0], [fracture]),
        }
        if design != "confounded":
            kept = combat(values, scanner, fracture[:, None]).adjusted[:, 0]
            tries["harmonised, fracture kept"] = (kept, [fracture])
            tries["scanner as a term"] = (score, [fracture, scanner])
        for method, (values_of, terms) in tries.items():
            found = (*estimate(values_of, terms), auc(values_of, fracture))
            answers.setdefault(method, []).append(found)
    table = {}
    for method, rows in answers.items():
        effects, p, areas = np.array(rows).T
        error = effects.std(ddof=1) / np.sqrt(cohorts)
        table[method] = Found(effects.mean(), error, float((p < 0.05).mean()), areas.mean())
    return table


if __name__ == "__main__":
    for effect in (0.49, 0.0):
        for number, design in enumerate(DESIGNS):
            for method, found in simulate(design, effect, 4000, number).items():
                print(
                    f"{effect:4.2f}  {design:18s} {method:26s} {found.effect:6.3f} "
                    f"± {found.error:.3f}  p < 0.05: {found.significant:.3f}  AUC {found.auc:.3f}"
                )
