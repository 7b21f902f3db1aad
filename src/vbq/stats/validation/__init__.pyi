from .bootstrap import ResampledMeasure as ResampledMeasure
from .bootstrap import Validation as Validation
from .bootstrap import validate_bootstrap as validate_bootstrap
from .bootstrap_632 import Measure632 as Measure632
from .bootstrap_632 import Validation632 as Validation632
from .bootstrap_632 import validate_632 as validate_632
from .corrected_curves import ValidatedCurve as ValidatedCurve
from .corrected_curves import validated_calibration_curve as validated_calibration_curve
from .corrected_curves import validated_decision_curve as validated_decision_curve
from .cross_validation import cross_validate as cross_validate
from .internal_external import SitePerformance as SitePerformance
from .internal_external import leave_one_site_out as leave_one_site_out

__all__ = [
    "Measure632",
    "ResampledMeasure",
    "SitePerformance",
    "ValidatedCurve",
    "Validation",
    "Validation632",
    "cross_validate",
    "leave_one_site_out",
    "validate_632",
    "validate_bootstrap",
    "validated_calibration_curve",
    "validated_decision_curve",
]
