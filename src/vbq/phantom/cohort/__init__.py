"""Simulated cohorts with known answers, for teaching, testing and power analysis.

>>> from vbq.phantom.cohort import CohortDesign, simulate_cohort
>>> cohort = simulate_cohort(CohortDesign(patients=300), seed=1)
>>> len(cohort.patients), round(cohort.truth.coefficients["prior_fx"], 3)
(300, 0.693)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
