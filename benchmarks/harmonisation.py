"""Simulated cohorts of two scanners: effect of harmonisation on the estimated effect of fracture.

``python benchmarks/harmonisation.py`` prints the table of docs/reference-populations.md. The data
are simulated. Scores are normal with the published SDs at 1.5 T and 3 T (0.494 and 0.432), means
0.57 apart, and 0.49 higher (or no higher) with fracture, which 72 of 184 people have. The scanners
differ only in the share of each group that they scanned.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from vbq.reference.combat import combat

FRACTURED, UNFRACTURED = 72, 112
SCANNER, SD = 0.57, (0.494, 0.432)
DESIGNS = {  # share scanned at 3 T, with and without fracture
    "balanced": (0.5, 0.5),
    "unbalanced": (0.25, 0.625),
    "nearly confounded": (0.1, 0.9),
    "confounded": (0.0, 1.0),
}
METHODS = ("as measured", "harmonised", "harmonised, fracture kept", "scanner as a term")


@dataclass(frozen=True)
class Summary:
    """Over simulated cohorts: mean effect, its standard error, share with p < 0.05, mean AUC."""

    effect: float
    error: float
    significant: float
    auc: float


def cohort(
    rng: np.random.Generator, effect: float, shares: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, scanner (0 is 1.5 T) and fracture of one cohort."""
    fracture = np.repeat([1, 0], [FRACTURED, UNFRACTURED])
    scanner = np.zeros(fracture.size, int)
    for group, share in zip((1, 0), shares, strict=True):
        members = np.flatnonzero(fracture == group)
        scanner[members[: round(share * members.size)]] = 1
    noise = rng.standard_normal(fracture.size) * np.array(SD)[scanner]
    return 2.77 + effect * fracture - SCANNER * scanner + noise, scanner, fracture


def estimate(score: np.ndarray, terms: list[np.ndarray]) -> tuple[float, float]:
    """Effect of the first term by least squares, and its p-value."""
    design = np.column_stack([*terms, np.ones(score.size)])
    coefficients, *_ = np.linalg.lstsq(design, score, rcond=None)
    residual = score - design @ coefficients
    df = score.size - design.shape[1]
    variance = residual @ residual / df * np.linalg.inv(design.T @ design)[0, 0]
    return coefficients[0], 2 * stats.t.sf(abs(coefficients[0]) / np.sqrt(variance), df)


def auc(score: np.ndarray, fracture: np.ndarray) -> float:
    """Area under the ROC curve; scores have no ties."""
    ranks = np.argsort(np.argsort(score)) + 1
    return (ranks[fracture == 1].sum() - FRACTURED * (FRACTURED + 1) / 2) / (
        FRACTURED * UNFRACTURED
    )


def simulate(design: str, effect: float, cohorts: int, seed: int) -> dict[str, Summary]:
    """Summary by method, without methods that cannot be used with the design."""
    rng = np.random.default_rng(seed)
    results = {}
    for _ in range(cohorts):
        score, scanner, fracture = cohort(rng, effect, DESIGNS[design])
        values = score[:, None]
        inputs = {
            "as measured": (score, [fracture]),
            "harmonised": (combat(values, scanner).adjusted[:, 0], [fracture]),
        }
        if design != "confounded":
            adjusted = combat(values, scanner, fracture[:, None]).adjusted[:, 0]
            inputs["harmonised, fracture kept"] = (adjusted, [fracture])
            inputs["scanner as a term"] = (score, [fracture, scanner])
        for method, (scores, terms) in inputs.items():
            result = (*estimate(scores, terms), auc(scores, fracture))
            results.setdefault(method, []).append(result)
    table = {}
    for method, rows in results.items():
        effects, p, areas = np.array(rows).T
        error = effects.std(ddof=1) / np.sqrt(cohorts)
        table[method] = Summary(effects.mean(), error, float((p < 0.05).mean()), areas.mean())
    return table


if __name__ == "__main__":
    for effect in (0.49, 0.0):
        for number, design in enumerate(DESIGNS):
            for method, summary in simulate(design, effect, 4000, number).items():
                print(
                    f"{effect:4.2f}  {design:18s} {method:26s} {summary.effect:6.3f} "
                    f"± {summary.error:.3f}  p < 0.05: {summary.significant:.3f}  "
                    f"AUC {summary.auc:.3f}"
                )
