"""Multiple imputation by chained equations (fully conditional specification).

Each incomplete column in turn is regressed on all others, including the outcome, and its missing
values are drawn from that regression; the cycle is repeated until the chains have converged. The m
chains run in parallel as an additional axis of every array.

van Buuren S. Stat Methods Med Res 2007;16:219-242, doi 10.1177/0962280206074463.
van Buuren S. Flexible imputation of missing data, 2nd ed. CRC Press 2018.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
