from . import agreement as agreement
from . import describe as describe
from . import design as design
from . import imputation as imputation
from . import performance as performance
from . import regression as regression
from . import survival as survival
from . import validation as validation

__all__ = [
    "agreement",
    "describe",
    "design",
    "imputation",
    "performance",
    "regression",
    "survival",
    "validation",
]
