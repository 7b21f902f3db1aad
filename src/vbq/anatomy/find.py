"""From a scan to its anatomy, by whichever segmentation engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vbq.anatomy.anatomy import Anatomy
    from vbq.anatomy.segmenter import Segmenter
    from vbq.scan.scan import Scan

__all__ = ["engine", "find_anatomy"]


def find_anatomy(scan: Scan, *, segmenter: Segmenter | None = None) -> Anatomy:
    """Find vertebral bodies, canal and midline in a scan.

    Args:
        scan: A sagittal lumbar series.
        segmenter: The engine; the built-in network unless given.

    Raises:
        RefusalError: no lumbar spine is seen in the image.
    """
    return (segmenter or engine()).find_anatomy(scan)


def engine(name: str = "built-in") -> Segmenter:
    """The segmentation engine of a name, ready to be given to `find_anatomy`.

    Args:
        name: ``"built-in"``, ``"totalspineseg"``, ``"spineps"``, ``"totalsegmentator"``, or the
            path of the label-map file (``.toml``) of an nnU-Net model.

    Raises:
        UsageError: there is no such engine, or the label-map file does not fit its model.
        EngineError: it is not installed here, too old, or without its weights.
    """
    from vbq.anatomy.engines import BUILT_IN, external_engine

    if name.casefold() == BUILT_IN:
        from vbq.anatomy.builtin.segmenter import BuiltinSegmenter

        return BuiltinSegmenter()
    segmenter = external_engine(name)
    segmenter.require()
    return segmenter
