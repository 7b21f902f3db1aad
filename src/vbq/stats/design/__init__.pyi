from .power import auc_power as auc_power
from .power import predictor_power as predictor_power
from .power import predictor_sample_size as predictor_sample_size
from .sample_size import Criterion as Criterion
from .sample_size import SampleSize as SampleSize
from .sample_size import events_per_parameter as events_per_parameter
from .sample_size import r2_from_c_statistic as r2_from_c_statistic
from .sample_size import sample_size_binary as sample_size_binary
from .sample_size import sample_size_continuous as sample_size_continuous
from .sample_size import sample_size_survival as sample_size_survival

__all__ = [
    "Criterion",
    "SampleSize",
    "auc_power",
    "events_per_parameter",
    "predictor_power",
    "predictor_sample_size",
    "r2_from_c_statistic",
    "sample_size_binary",
    "sample_size_continuous",
    "sample_size_survival",
]
