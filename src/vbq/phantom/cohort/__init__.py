"""Simulated cohorts with known answers, for teaching, tests and power.

>>> from vbq.phantom.cohort import CohortDesign, draw_cohort
>>> cohort = draw_cohort(CohortDesign(patients=300), seed=1)
>>> len(cohort.patients), round(cohort.truth.coefficients["prior_fx"], 3)
(300, 0.693)
"""

from vbq.phantom.cohort.design import CohortDesign, Missing, Scanner
from vbq.phantom.cohort.published import published_cohort
from vbq.phantom.cohort.random import draw_cohort
from vbq.phantom.cohort.simulated import SimulatedCohort, Truth
from vbq.phantom.cohort.write import write_cohort

__all__ = [
    "CohortDesign",
    "Missing",
    "Scanner",
    "SimulatedCohort",
    "Truth",
    "draw_cohort",
    "published_cohort",
    "write_cohort",
]
