"""The held-out volumes with their drawings, and what VBQ finds in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import drawings
from synthetic_t1 import t1_like
from volumes import HELD_OUT, T1_IN_SIEGEN, Volume, real

import vbq
from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.anatomy.midline import find_midline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from vbq.anatomy import Anatomy
    from vbq.scan import Scan

Contrast = Literal["T1", "TIRM", "T2/water", "T1-like"]

SIEGEN_CONTRAST: dict[str, Contrast] = {f"siegen {p}": "T1" for p in T1_IN_SIEGEN}
SIEGEN_CONTRAST |= {"siegen 03": "TIRM", "siegen 07": "TIRM"}

LUMBAR = {name: LEVEL_NUMBERS[name] for name in ("L1", "L2", "L3", "L4", "L5")}
NEAR = 2  # slices on both sides of the middle one
LEAST_MM2 = 200.0  # area of a body (about 900 in its middle); below, the slice only grazes it
SACRUM_MM = 15.0  # height of picture below L5 that shows the sacrum


@dataclass(frozen=True, eq=False)
class Case:
    """A volume never trained on, with the bodies drawn by hand.

    Attributes:
        volume: Voxels and drawn labels.
        labels: The drawn labels used as reference: without bodies whose outline is not certain.
        patient: The unit of resampling: all of siegen's 02 to 08 are one or two persons.
        contrast: ``"T1-like"`` was made from T2 or water by training's `contrast.recolour`.
        spacing_known: Whether the millimetres are real.
    """

    volume: Volume
    labels: np.ndarray
    patient: str
    contrast: Contrast
    spacing_known: bool = True

    @property
    def source(self) -> str:
        """The data set."""
        return self.volume.group

    @cached_property
    def middle(self) -> int:
        """The mid-sagittal slice of the drawing."""
        return find_midline(self.volume.labels)

    @property
    def near(self) -> list[int]:
        """The middle slice and its neighbours."""
        first, last = self.middle - NEAR, self.middle + NEAR
        return [k for k in range(first, last + 1) if 0 <= k < len(self.labels)]

    @property
    def shows_sacrum(self) -> bool:
        """Whether the picture goes on far enough below L5."""
        rows = (self.volume.labels == LUMBAR["L5"]).any(axis=(0, 2)).nonzero()[0]
        below = self.volume.labels.shape[1] - 1 - rows[-1]
        return bool(below * self.volume.spacing_mm[1] >= SACRUM_MM)

    def judged(self, slices: list[int], *, by_outline: bool = True) -> dict[str, list[int]]:
        """The slices, among those given, on which each of L1-L5 is drawn and not only grazed.

        Args:
            slices: Where to look.
            by_outline: Whether the outline has to be certain; a name does not need it.
        """
        labels = self.labels if by_outline else self.volume.labels
        _, row, column = self.volume.spacing_mm
        judged: dict[str, list[int]] = {}
        for name, number in LUMBAR.items():
            area = (labels[slices] == number).sum(axis=(1, 2)) * row * column
            large_enough = [k for k, mm2 in zip(slices, area, strict=True) if mm2 >= LEAST_MM2]
            if large_enough:
                judged[name] = large_enough
        return judged


@dataclass(frozen=True, eq=False)
class SegmentedCase:
    """A case as VBQ sees it: its anatomy, or why there is none."""

    case: Case
    scan: Scan
    anatomy: Anatomy | None
    refusal: str = ""

    @property
    def labels(self) -> np.ndarray:
        """The label map found; empty where VBQ refused."""
        if self.anatomy is None:
            return self.case.volume.labels * 0
        return self.anatomy.labels


def find_all(data: Path) -> list[SegmentedCase]:
    """Run VBQ over every volume as it is, then over T2 and water made T1-like."""
    originals = [find(case) for case in held_out(data)]
    recoloured = [
        find_as_t1(original, seed)
        for seed, original in enumerate(
            segmented for segmented in originals if segmented.case.contrast == "T2/water"
        )
    ]
    return originals + [segmented for segmented in recoloured if segmented is not None]


def find_as_t1(original: SegmentedCase, seed: int) -> SegmentedCase | None:
    """What VBQ finds in a T2 or water volume made T1-like; None where it found nothing.

    The canal and discs to recolour are those it found in the volume as it is.
    """
    if original.anatomy is None:
        print(f"{original.case.volume.name}: not made T1-like, refused as it is")
        return None
    volume = t1_like(original.case.volume, original.anatomy.labels, seed)
    return find(replace(original.case, volume=volume, contrast="T1-like"))


def find(case: Case) -> SegmentedCase:
    """Run VBQ over one volume."""
    scan = case.volume.as_scan()
    try:
        return SegmentedCase(case, scan, vbq.find_anatomy(scan))
    except vbq.VBQError as error:
        return SegmentedCase(case, scan, None, error.code)


def held_out(data: Path) -> Iterator[Case]:
    """Every held-out volume as it is."""
    yield from cases_of(data, HELD_OUT)
    for patient, volume in drawings.t1_slices(data) if _present(data, "spider_png") else ():
        person = f"spider_png {patient}"
        yield Case(volume, volume.labels, person, "T1", spacing_known=False)


def cases_of(data: Path, patients: Mapping[str, Sequence[str]]) -> Iterator[Case]:
    """The volumes of some patients, by source, as they are."""
    for source, names in patients.items():
        for name in names if _present(data, source) else ():
            if source == "spider_t2space":
                volume = drawings.t2space(data, name)
                certain = drawings.with_canal_behind(volume.labels)
                yield Case(volume, certain, volume.name, "T2/water", spacing_known=False)
            else:
                volume = real(data, source, name)
                person, contrast = volume.name, SIEGEN_CONTRAST.get(volume.name, "T2/water")
                if contrast != "T2/water":
                    person = "siegen 02-08"
                yield Case(volume, volume.labels, person, contrast)


def _present(data: Path, source: str) -> bool:
    if (data / source).is_dir():
        return True
    print(f"{source}: skipped, no {data / source}")
    return False
