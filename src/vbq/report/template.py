"""The templates of pages: escaped throughout, and strict about what is missing."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Template

__all__ = ["page_template"]


@lru_cache
def page_template(package: str, name: str, **filters: Callable[..., object]) -> Template:
    """A template shipped in a package, such as ``reading.html.j2`` of ``vbq.report.reading``."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(filters)
    source = files(package).joinpath(name)
    return environment.from_string(source.read_text(encoding="utf-8"))
