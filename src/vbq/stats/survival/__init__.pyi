from .cox import Cox as Cox
from .cox import fit_cox as fit_cox
from .fine_gray import FineGray as FineGray
from .fine_gray import fit_fine_gray as fit_fine_gray
from .ipcw import HorizonOutcome as HorizonOutcome
from .ipcw import horizon_outcome as horizon_outcome
from .nonparametric import CumulativeIncidence as CumulativeIncidence
from .nonparametric import KaplanMeier as KaplanMeier
from .nonparametric import cumulative_hazard as cumulative_hazard
from .nonparametric import cumulative_incidence as cumulative_incidence
from .nonparametric import kaplan_meier as kaplan_meier
from .partial_likelihood import HazardRatio as HazardRatio

__all__ = [
    "Cox",
    "CumulativeIncidence",
    "FineGray",
    "HazardRatio",
    "HorizonOutcome",
    "KaplanMeier",
    "cumulative_hazard",
    "cumulative_incidence",
    "fit_cox",
    "fit_fine_gray",
    "horizon_outcome",
    "kaplan_meier",
]
