"""Simulated cohorts with known answers, for teaching, testing and power analysis.

>>> from vbq.phantom.cohort import CohortDesign, simulate_cohort
>>> cohort = simulate_cohort(CohortDesign(patients=300), seed=1)
>>> len(cohort.patients), round(cohort.truth.coefficients["prior_fx"], 3)
(300, 0.693)
"""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(
    __name__,
    __getattr__,
    {
        "Missing": "MissingData",
        "Truth": "CohortTruth",
        "draw_cohort": "simulate_cohort",
        "published_cohort": "simulate_published_cohort",
    },
)
