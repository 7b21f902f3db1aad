from .binary_model import BinaryModel as BinaryModel
from .cluster_robust import cluster_robust_covariance as cluster_robust_covariance
from .diagnostics import GoodnessOfFit as GoodnessOfFit
from .diagnostics import Influence as Influence
from .diagnostics import goodness_of_fit as goodness_of_fit
from .diagnostics import hosmer_lemeshow_test as hosmer_lemeshow_test
from .diagnostics import influence as influence
from .diagnostics import variance_inflation as variance_inflation
from .firth import Firth as Firth
from .firth import fit_firth as fit_firth
from .firth import flac_coefficients as flac_coefficients
from .firth import flic_coefficients as flic_coefficients
from .likelihood import ChiSquaredTest as ChiSquaredTest
from .likelihood import Coefficient as Coefficient
from .likelihood import coefficients as coefficients
from .likelihood import compare_nested as compare_nested
from .likelihood import likelihood_ratio_test as likelihood_ratio_test
from .likelihood import profile_interval as profile_interval
from .likelihood import wald_interval as wald_interval
from .likelihood import wald_test as wald_test
from .logistic import Logistic as Logistic
from .logistic import fit_logistic as fit_logistic
from .measurement_error import Calibrated as Calibrated
from .measurement_error import CalibratedModel as CalibratedModel
from .measurement_error import Reliability as Reliability
from .measurement_error import calibrate_regression as calibrate_regression
from .measurement_error import reliability_from_icc as reliability_from_icc
from .measurement_error import reliability_from_replicates as reliability_from_replicates
from .separation import Separation as Separation
from .separation import find_separation as find_separation
from .shrinkage import uniform_shrinkage as uniform_shrinkage
from .splines import RestrictedCubicSpline as RestrictedCubicSpline
from .splines import restricted_cubic_spline as restricted_cubic_spline
from .terms import Design as Design
from .terms import Term as Term

__all__ = [
    "BinaryModel",
    "Calibrated",
    "CalibratedModel",
    "ChiSquaredTest",
    "Coefficient",
    "Design",
    "Firth",
    "GoodnessOfFit",
    "Influence",
    "Logistic",
    "Reliability",
    "RestrictedCubicSpline",
    "Separation",
    "Term",
    "calibrate_regression",
    "cluster_robust_covariance",
    "coefficients",
    "compare_nested",
    "find_separation",
    "fit_firth",
    "fit_logistic",
    "flac_coefficients",
    "flic_coefficients",
    "goodness_of_fit",
    "hosmer_lemeshow_test",
    "influence",
    "likelihood_ratio_test",
    "profile_interval",
    "reliability_from_icc",
    "reliability_from_replicates",
    "restricted_cubic_spline",
    "uniform_shrinkage",
    "variance_inflation",
    "wald_interval",
    "wald_test",
]
