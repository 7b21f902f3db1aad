"""Every page of a report: one base template and one style sheet, self-contained and printable.

A page needs no script, no network and no other file. Templates escape every text and fail on a name
that is missing. The sentences of a page stand in its template and in the phrases of its report, its
numbers are printed by `vbq.text`: these are what another language would replace.
"""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from vbq import text
from vbq._version import __version__
from vbq.report.colours import page_colours

if TYPE_CHECKING:
    from jinja2 import Environment

RESEARCH_USE = "Research use only. Not a medical device; not for diagnosis or treatment."


def page_bytes(template: str, **context: object) -> bytes:
    """A page as UTF-8.

    Args:
        template: Path of a template below this package, such as ``reading/reading.html.j2``.
        context: What the template prints; ``software`` replaces this version in the footer.
    """
    software = f"VBQ {__version__}"
    frame = {"software": software, "research_use": RESEARCH_USE, "colours": page_colours()}
    context = frame | context
    return _environment().get_template(template).render(context).encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    formats = (text.fixed, text.interval, text.limits, text.one_line, text.p_value, text.percent,
               text.signal, text.signed)  # fmt: skip
    environment.filters |= {function.__name__: function for function in formats}
    environment.filters |= {"svg": _svg, "png": _png}
    return environment


def _source(template: str) -> str:
    return files("vbq.report").joinpath(template).read_text(encoding="utf-8")


def _svg(content: bytes) -> str:
    """A figure as the source of an image, within the page."""
    return f"data:image/svg+xml;base64,{b64encode(content).decode()}"


def _png(content: bytes) -> str:
    """A picture as the source of an image, within the page."""
    return f"data:image/png;base64,{b64encode(content).decode()}"
