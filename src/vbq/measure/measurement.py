"""A Measurement: a reading together with the pictures it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import Anatomy
    from vbq.measure.reading import Reading
    from vbq.scan.scan import Scan

__all__ = ["Measurement", "Roi"]


@dataclass(frozen=True, eq=False)
class Roi:
    """The pixels measured in one region.

    Attributes:
        name: A level name (``"L1"``) or ``"CSF"``.
        slice: Index of the sagittal slice.
        mask: bool, shape (rows, columns) of that slice.
        used: Whether the score was made from it.
        excluded: bool, same shape: pixels of a focal lesion, left out of the region.
        suspect: Why the level was left out of the score, in words; empty where it was not.
        source: ``"drawn"`` where a person drew or changed it, else ``"automatic"``: found by the
            program, also where it comes back from a file.
    """

    name: str
    slice: int
    mask: NDArray[np.bool_]
    used: bool = True
    excluded: NDArray[np.bool_] | None = None
    suspect: str = ""
    source: Literal["automatic", "drawn"] = "automatic"


@dataclass(frozen=True, eq=False)
class Measurement:
    """A reading with the scan, anatomy and regions behind it, for reports and for checking.

    ``scan`` and ``anatomy`` are ``None`` when a refusal came before they were made. ``given`` are
    the files that labels or regions were taken from: results never replace them.
    """

    reading: Reading
    scan: Scan | None = None
    anatomy: Anatomy | None = None
    rois: tuple[Roi, ...] = ()
    given: tuple[Path, ...] = ()
