"""Reference populations: published ones, a site's own norm, and where a reading lies in them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vbq.reference.comparison import compare
    from vbq.reference.people import read_people
    from vbq.reference.population import shipped
    from vbq.reference.site import SiteNorm, fit_site, read_site

__all__ = ["SiteNorm", "compare", "fit_site", "read_people", "read_site", "shipped"]

_HOME = {
    "SiteNorm": "vbq.reference.site",
    "compare": "vbq.reference.comparison",
    "fit_site": "vbq.reference.site",
    "read_people": "vbq.reference.people",
    "read_site": "vbq.reference.site",
    "shipped": "vbq.reference.population",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
