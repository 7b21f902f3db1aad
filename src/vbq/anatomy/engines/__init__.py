"""External segmentation engines, each optional and run as a program in its own environment.

A new engine takes one module with a subclass of `ExternalSegmenter` and one line in `ENGINES`.
"""

from pathlib import Path
from pkgutil import resolve_name

from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.errors import UsageError

__all__ = ["BUILT_IN", "external_engine", "external_engines"]

BUILT_IN = "built-in"

ENGINES = (  # module and class, imported when first needed
    "totalspineseg:TotalSpineSeg",
    "spineps:Spineps",
    "totalsegmentator:TotalSegmentator",
)


def external_engines() -> list[ExternalSegmenter]:
    """An instance of every external engine that is selected by its name."""
    return [resolve_name(f"vbq.anatomy.engines.{location}")() for location in ENGINES]


def external_engine(name: str) -> ExternalSegmenter:
    """The external engine with a given name, or for the label table of an nnU-Net model.

    Raises:
        UsageError: There is no such engine, or the label table does not match its model.
    """
    if name.casefold().endswith(".toml"):
        from vbq.anatomy.engines.nnunet import NnUnet

        return NnUnet(Path(name))
    engines = {engine.name: engine for engine in external_engines()}
    if name.casefold() not in engines:
        raise UsageError(
            f"There is no engine {name}.",
            remedy=f"Give {BUILT_IN}, {', '.join(engines)}, or the label table (.toml) of an "
            "nnU-Net model; 'vbq engines' lists them.",
            code="unknown_engine",
        )
    return engines[name.casefold()]
