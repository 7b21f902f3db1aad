"""A Measurement: a reading together with the scan, anatomy and regions it was made from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.anatomy import Anatomy
from vbq.measure.reading import Reading
from vbq.scan.scan import Scan


@dataclass(frozen=True, eq=False)
class Roi:
    """A region of interest: the pixels measured.

    Attributes:
        name: A level name (``"L1"``) or ``"CSF"``.
        slice: Index of the sagittal slice.
        mask: bool, shape (rows, columns) of that slice.
        used: Whether the score was made from it.
        excluded: bool, same shape: pixels of a focal lesion that were excluded from the region.
        suspect: Why the level was excluded from the score, for people; empty where it was not.
        source: ``"drawn"`` where a person drew or edited it, else ``"automatic"``: found by the
            program, even where it was read back from a file.
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

    Attributes:
        reading: The reading.
        scan: The scan; ``None`` where it could not be read.
        anatomy: Its anatomy; ``None`` where the scan was refused before it was found.
        rois: The regions measured.
        supplied_files: Files of the user that labels or regions were read from; results never
            replace them.
    """

    reading: Reading
    scan: Scan | None = None
    anatomy: Anatomy | None = None
    rois: tuple[Roi, ...] = ()
    supplied_files: tuple[Path, ...] = ()
