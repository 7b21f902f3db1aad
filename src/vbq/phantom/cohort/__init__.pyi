from .design import CohortDesign as CohortDesign
from .design import Missing as Missing
from .design import Scanner as Scanner
from .published import published_cohort as published_cohort
from .random import draw_cohort as draw_cohort
from .simulated import SimulatedCohort as SimulatedCohort
from .simulated import Truth as Truth
from .write import write_cohort as write_cohort

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
