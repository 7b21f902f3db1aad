"""A Scan becomes an Anatomy: vertebral bodies by level, canal and midline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.anatomy.anatomy import Anatomy, Engine, Vertebra

if TYPE_CHECKING:
    from vbq.anatomy.segmenter import Segmenter
    from vbq.scan.scan import Scan

__all__ = ["Anatomy", "Engine", "Vertebra", "find_anatomy"]


def find_anatomy(scan: Scan, *, segmenter: Segmenter | None = None) -> Anatomy:
    """Find vertebral bodies, canal and midline in a scan.

    Args:
        scan: A sagittal lumbar series.
        segmenter: The engine; the built-in network unless given.

    Raises:
        RefusalError: no lumbar spine is seen in the image.
    """
    if segmenter is None:
        from vbq.anatomy.builtin import BuiltinSegmenter

        segmenter = BuiltinSegmenter()
    return segmenter.find_anatomy(scan)
