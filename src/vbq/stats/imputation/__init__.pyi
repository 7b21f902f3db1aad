from .chained_equations import Imputation as Imputation
from .chained_equations import impute as impute
from .columns import Column as Column
from .convergence import Trace as Trace
from .missingness import Missingness as Missingness
from .missingness import MissingnessOdds as MissingnessOdds
from .missingness import MissingnessPredictor as MissingnessPredictor
from .missingness import Pattern as Pattern
from .missingness import missingness as missingness
from .missingness import predictors_of_missingness as predictors_of_missingness
from .model_validation import PooledValidation as PooledValidation
from .model_validation import validate_imputed as validate_imputed
from .pooled_tests import PooledTest as PooledTest
from .pooled_tests import pooled_likelihood_ratio_test as pooled_likelihood_ratio_test
from .pooled_tests import pooled_logistic_ratio_test as pooled_logistic_ratio_test
from .pooled_tests import pooled_wald_test as pooled_wald_test
from .pooling import Pooled as Pooled
from .pooling import PooledAuc as PooledAuc
from .pooling import PooledModel as PooledModel
from .pooling import pool as pool
from .pooling import pool_auc as pool_auc
from .pooling import pool_model as pool_model

__all__ = [
    "Column",
    "Imputation",
    "Missingness",
    "MissingnessOdds",
    "MissingnessPredictor",
    "Pattern",
    "Pooled",
    "PooledAuc",
    "PooledModel",
    "PooledTest",
    "PooledValidation",
    "Trace",
    "impute",
    "missingness",
    "pool",
    "pool_auc",
    "pool_model",
    "pooled_likelihood_ratio_test",
    "pooled_logistic_ratio_test",
    "pooled_wald_test",
    "predictors_of_missingness",
    "validate_imputed",
]
