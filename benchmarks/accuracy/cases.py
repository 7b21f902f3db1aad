"""The held-out volumes with their drawings, and what the product finds in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import drawings
from recoloured import t1_like
from volumes import HELD_OUT, T1_IN_SIEGEN, Volume, real

import vbq
from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.anatomy.midline import find_midline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np

    from vbq.anatomy import Anatomy
    from vbq.scan import Scan

Contrast = Literal["T1", "TIRM", "T2/water", "T1-like"]

LUMBAR = {name: LEVEL_NUMBERS[name] for name in ("L1", "L2", "L3", "L4", "L5")}
NEAR = 2  # slices on both sides of the middle one
LEAST_MM2 = 200.0  # of a body on a slice (whole: about 900); below, the slice only grazes it
SACRUM_MM = 15.0  # of picture below L5 that show the sacrum


@dataclass(frozen=True, eq=False)
class Case:
    """A volume never trained on, with the bodies drawn by hand.

    Attributes:
        volume: Voxels and drawn labels.
        labels: Of these what is judged by: without bodies whose outline is not certain.
        patient: What is resampled as one: all of siegen's 02 to 08 are one or two persons.
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
        return find_midline(self.volume.labels, self.volume.spacing_mm[0]).slice

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
        """Of some slices those on which each of L1-L5 is drawn and not only grazed.

        Args:
            slices: Where to look.
            by_outline: Whether the outline has to be certain; a name does not need it.
        """
        labels = self.labels if by_outline else self.volume.labels
        _, row, column = self.volume.spacing_mm
        found: dict[str, list[int]] = {}
        for name, number in LUMBAR.items():
            area = (labels[slices] == number).sum(axis=(1, 2)) * row * column
            kept = [k for k, mm2 in zip(slices, area, strict=True) if mm2 >= LEAST_MM2]
            if kept:
                found[name] = kept
        return found


@dataclass(frozen=True, eq=False)
class Found:
    """A case as the product sees it: its anatomy, or why there is none."""

    case: Case
    scan: Scan
    anatomy: Anatomy | None
    refusal: str = ""

    @property
    def labels(self) -> np.ndarray:
        """The label map found; empty where the product refused."""
        if self.anatomy is None:
            return self.case.volume.labels * 0
        return self.anatomy.labels


def find_all(data: Path) -> list[Found]:
    """Run the product over every volume as it is, then over T2 and water turned T1-like."""
    found = [_find(case) for case in held_out(data)]
    others = [f for f in found if f.case.contrast == "T2/water"]
    for seed, other in enumerate(others):
        if other.anatomy is None:
            print(f"{other.case.volume.name}: not turned T1-like, refused as it is")
            continue
        volume = t1_like(other.case.volume, other.anatomy.labels, seed)
        found.append(_find(replace(other.case, volume=volume, contrast="T1-like")))
    return found


def _find(case: Case) -> Found:
    scan = case.volume.as_scan()
    try:
        return Found(case, scan, vbq.find_anatomy(scan))
    except vbq.VBQError as error:
        return Found(case, scan, None, error.code)


def held_out(data: Path) -> Iterator[Case]:
    """Every held-out volume as it is."""
    for source in ("siegen", "chu", "myosegmentum"):
        for patient in HELD_OUT[source] if _present(data, source) else ():
            volume = real(data, source, patient)
            contrast: Contrast = "T2/water"
            if source == "siegen":
                contrast = "T1" if patient in T1_IN_SIEGEN else "TIRM"
            person = "siegen 02-08" if source == "siegen" else volume.name
            yield Case(volume, volume.labels, person, contrast)
    for patient in HELD_OUT["spider_t2space"] if _present(data, "spider_t2space") else ():
        volume = drawings.t2space(data, patient)
        certain = drawings.with_canal_behind(volume.labels)
        yield Case(volume, certain, volume.name, "T2/water", spacing_known=False)
    for patient, volume in drawings.t1_slices(data) if _present(data, "spider_png") else ():
        person = f"spider_png {patient}"
        yield Case(volume, volume.labels, person, "T1", spacing_known=False)


def _present(data: Path, source: str) -> bool:
    if (data / source).is_dir():
        return True
    print(f"{source}: skipped, no {data / source}")
    return False
