"""Multiple imputation by chained equations (fully conditional specification).

Each incomplete column is regressed on all others, the outcome included, and its missing values are
drawn from that regression, in turn and over again. m chains run side by side as one more axis of
every array.

van Buuren S. Stat Methods Med Res 2007;16:219-242, doi 10.1177/0962280206074463.
van Buuren S. Flexible imputation of missing data, 2nd ed. CRC Press 2018.
"""

from __future__ import annotations

from vbq.stats.imputation.chained_equations import Imputation, impute
from vbq.stats.imputation.columns import Column, Kind
from vbq.stats.imputation.convergence import Trace

__all__ = ["Column", "Imputation", "Kind", "Trace", "impute"]
