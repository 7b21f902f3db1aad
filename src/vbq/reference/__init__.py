"""Reference populations: published ones, a site's own norm, and where a reading lies in them.

And the scores of a cohort from several scanners on one scale: standardised, or harmonised.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vbq.reference.comparison import compare
    from vbq.reference.harmonisation import Harmonised, harmonise
    from vbq.reference.people import read_people
    from vbq.reference.population import shipped
    from vbq.reference.readings_table import ReadingsTable, read_readings
    from vbq.reference.site import SiteNorm, fit_site, read_site
    from vbq.reference.standard_scores import StandardScore, standardise

__all__ = [
    "Harmonised",
    "ReadingsTable",
    "SiteNorm",
    "StandardScore",
    "compare",
    "fit_site",
    "harmonise",
    "read_people",
    "read_readings",
    "read_site",
    "shipped",
    "standardise",
]

_HOME = {
    "Harmonised": "vbq.reference.harmonisation",
    "ReadingsTable": "vbq.reference.readings_table",
    "SiteNorm": "vbq.reference.site",
    "StandardScore": "vbq.reference.standard_scores",
    "compare": "vbq.reference.comparison",
    "fit_site": "vbq.reference.site",
    "harmonise": "vbq.reference.harmonisation",
    "read_people": "vbq.reference.people",
    "read_readings": "vbq.reference.readings_table",
    "read_site": "vbq.reference.site",
    "shipped": "vbq.reference.population",
    "standardise": "vbq.reference.standard_scores",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
