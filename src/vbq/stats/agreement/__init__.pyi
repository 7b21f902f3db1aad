from .agreement import Agreement as Agreement
from .agreement import PairAgreement as PairAgreement
from .agreement import agreement as agreement
from .bland_altman import BlandAltman as BlandAltman
from .bland_altman import Trend as Trend
from .bland_altman import bland_altman as bland_altman
from .deming import Deming as Deming
from .deming import deming as deming
from .icc import IntraclassCorrelation as IntraclassCorrelation
from .icc import intraclass_correlation as intraclass_correlation
from .passing_bablok import PassingBablok as PassingBablok
from .passing_bablok import passing_bablok as passing_bablok
from .repeatability import Repeatability as Repeatability
from .repeatability import repeatability as repeatability

__all__ = [
    "Agreement",
    "BlandAltman",
    "Deming",
    "IntraclassCorrelation",
    "PairAgreement",
    "PassingBablok",
    "Repeatability",
    "Trend",
    "agreement",
    "bland_altman",
    "deming",
    "intraclass_correlation",
    "passing_bablok",
    "repeatability",
]
