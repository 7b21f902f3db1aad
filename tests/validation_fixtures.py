import numpy as np
import pytest

from vbq.validation import Outcome, phantom_grid
from vbq.validation.outcomes import METHODS


def simulated_outcomes(spines, *, slope=1.0, offset=0.0, noise=0.0255, half_width=0.05):
    """Outcomes of a program with known errors."""
    outcomes = []
    for spine in spines:
        for condition in spine.conditions:
            for method in METHODS:
                score = offset + slope * spine.true_vbq
                if condition.snr is not None:  # scans of the same repeat share their noise
                    rng = np.random.default_rng([spine.seed, condition.repeat, len(method)])
                    score += float(rng.normal(0, noise))
                shaded = condition.shading > 1
                outcomes.append(
                    Outcome(
                        spine,
                        condition,
                        method,
                        "ok",
                        score=score / condition.shading**0.2,
                        low=score - half_width,
                        high=score + half_width,
                        corrected=score,
                        corrected_low=score - 2 * half_width if shaded else None,
                        corrected_high=score + 2 * half_width if shaded else None,
                        floor_factor=0.95,
                        naive=2.5 if spine.clear_sac else None,
                        flags=("coil_shading",) if shaded else (),
                    )
                )
    return outcomes


@pytest.fixture(scope="session")
def grid():
    return phantom_grid(0)


@pytest.fixture(scope="session")
def simulate(grid):
    """Outcomes of the whole grid by a program with the given errors."""

    def make(**errors):
        return simulated_outcomes(grid, **errors)

    return make
