from .adjusted_difference import AdjustedDifference as AdjustedDifference
from .adjusted_difference import adjusted_difference as adjusted_difference
from .group_tests import FisherTest as FisherTest
from .group_tests import GroupTest as GroupTest
from .group_tests import MeanDifference as MeanDifference
from .group_tests import brown_forsythe_test as brown_forsythe_test
from .group_tests import chi_squared_test as chi_squared_test
from .group_tests import fisher_exact_test as fisher_exact_test
from .group_tests import mann_whitney_test as mann_whitney_test
from .group_tests import shapiro_wilk_test as shapiro_wilk_test
from .group_tests import student_t_test as student_t_test
from .group_tests import welch_t_test as welch_t_test
from .multiple_testing import adjust_p_values as adjust_p_values
from .proportion import Proportion as Proportion
from .proportion import wilson as wilson
from .summaries import Shift as Shift
from .summaries import Summary as Summary
from .summaries import hodges_lehmann as hodges_lehmann
from .summaries import standardised_difference as standardised_difference
from .summaries import standardised_difference_of_shares as standardised_difference_of_shares
from .summaries import summarise as summarise

__all__ = [
    "AdjustedDifference",
    "FisherTest",
    "GroupTest",
    "MeanDifference",
    "Proportion",
    "Shift",
    "Summary",
    "adjust_p_values",
    "adjusted_difference",
    "brown_forsythe_test",
    "chi_squared_test",
    "fisher_exact_test",
    "hodges_lehmann",
    "mann_whitney_test",
    "shapiro_wilk_test",
    "standardised_difference",
    "standardised_difference_of_shares",
    "student_t_test",
    "summarise",
    "welch_t_test",
    "wilson",
]
