"""Reference populations: published ones, a site's own norm, and where a reading lies in them.

And the scores of a cohort from several scanners on one scale: standardised, or harmonised.
"""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(
    __name__,
    __getattr__,
    {"shipped": "published_data"},
)
