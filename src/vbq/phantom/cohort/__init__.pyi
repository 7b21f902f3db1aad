from .design import CohortDesign as CohortDesign
from .design import MissingData as MissingData
from .design import Scanner as Scanner
from .published import simulate_published_cohort as simulate_published_cohort
from .simulated_cohort import CohortTruth as CohortTruth
from .simulated_cohort import SimulatedCohort as SimulatedCohort
from .simulated_cohort import write_cohort as write_cohort
from .simulation import simulate_cohort as simulate_cohort

__all__ = [
    "CohortDesign",
    "CohortTruth",
    "MissingData",
    "Scanner",
    "SimulatedCohort",
    "simulate_cohort",
    "simulate_published_cohort",
    "write_cohort",
]
