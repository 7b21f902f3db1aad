"""The anatomy of a scan, found by the built-in network or another segmentation engine."""

from vbq.anatomy.anatomy import Anatomy
from vbq.anatomy.segmenter import Segmenter
from vbq.scan.scan import Scan


def find_anatomy(scan: Scan, *, segmenter: Segmenter | None = None) -> Anatomy:
    """Find vertebral bodies, canal and midline in a scan.

    Args:
        scan: A sagittal lumbar series.
        segmenter: The engine; the built-in network by default.

    Raises:
        RefusalError: No lumbar spine is seen in the image.
    """
    return (segmenter or get_segmenter()).find_anatomy(scan)


def get_segmenter(name: str = "built-in") -> Segmenter:
    """The segmentation engine with a given name, ready for use by `find_anatomy`.

    Args:
        name: ``"built-in"``, the name of an external engine (``"totalspineseg"``, ``"spineps"``,
            ``"totalsegmentator"``), or the path of the label table (``.toml``) of an nnU-Net model.

    Raises:
        UsageError: There is no such engine, or the label table does not match its model.
        EngineError: The engine is not installed, too old, or without its weights.
    """
    from vbq.anatomy.engines import BUILT_IN, external_engine

    if name.casefold() == BUILT_IN:
        from vbq.anatomy.builtin.segmenter import BuiltinSegmenter

        return BuiltinSegmenter()
    segmenter = external_engine(name)
    segmenter.require_installation()
    return segmenter
