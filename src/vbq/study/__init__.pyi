from .analysis.analysis import Analysis as Analysis
from .analysis.analysis import analysis_json as analysis_json
from .analysis.estimates import Contrast as Contrast
from .analysis.run import run_study as run_study
from .check.checks import Examination as Examination
from .check.checks import examine as examine
from .cohort.cohort import Cohort as Cohort
from .cohort.cohort_file import read_cohort as read_cohort
from .draft.plan_template import write_plan as write_plan
from .external_cohort import read_external_cohort as read_external_cohort
from .plan.plan import Plan as Plan
from .plan.plan_file import read_plan as read_plan

__all__ = [
    "Analysis",
    "Cohort",
    "Contrast",
    "Examination",
    "Plan",
    "analysis_json",
    "examine",
    "read_cohort",
    "read_external_cohort",
    "read_plan",
    "run_study",
    "write_plan",
]
