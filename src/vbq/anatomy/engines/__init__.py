"""External segmentation engines, each optional, each run as a program in its own environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vbq.errors import UsageError

if TYPE_CHECKING:
    from vbq.anatomy.engines.external import ExternalSegmenter

__all__ = ["BUILT_IN", "external_engine", "external_engines"]

BUILT_IN = "built-in"


def external_engines() -> list[ExternalSegmenter]:
    """One of each engine that needs nothing but its name."""
    from vbq.anatomy.engines.spineps import Spineps
    from vbq.anatomy.engines.totalsegmentator import TotalSegmentator
    from vbq.anatomy.engines.totalspineseg import TotalSpineSeg

    return [TotalSpineSeg(), Spineps(), TotalSegmentator()]


def external_engine(name: str) -> ExternalSegmenter:
    """The external engine of a name, or of a label-map file for a model of nnU-Net.

    Raises:
        UsageError: there is no such engine, or the file does not fit its model.
    """
    if name.casefold().endswith(".toml"):
        from vbq.anatomy.engines.nnunet import NnUnet

        return NnUnet(Path(name))
    engines = {engine.name: engine for engine in external_engines()}
    if name.casefold() not in engines:
        raise UsageError(
            f"There is no engine {name}.",
            remedy=f"Give {BUILT_IN}, {', '.join(engines)}, or the label-map file (.toml) of an "
            "nnU-Net model; 'vbq engines' lists them.",
            code="unknown_engine",
        )
    return engines[name.casefold()]
