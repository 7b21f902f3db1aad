"""Levels whose signal is not that of ordinary trabecular bone, and pixels that are not.

The rule: a fracture, a signal void, an endplate change, a large focal lesion or patchy marrow
leaves the whole level out; a small focus leaves the region only. The exclusions are those of the
score's publications (Ehresman et al., Spine J 2020, doi 10.1016/j.spinee.2019.10.018).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.measure.suspect_levels.compression_fracture import fracture_flags
from vbq.measure.suspect_levels.endplate_change import band_changes, endplate_flags
from vbq.measure.suspect_levels.focal_lesion import (
    find_foci,
    focal_flags,
    group_flags,
    without_shading,
)
from vbq.measure.suspect_levels.signal_void import void_flags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vbq.finding import Finding
    from vbq.measure.regions.body_frame import BodyFrame

__all__ = ["Suspects", "find_suspects"]


@dataclass(frozen=True, eq=False)
class Suspects:
    """What was found, by level number.

    Attributes:
        regions: Trabecular regions without focal lesions, where enough of them is left.
        excluded: Pixels left out of a region.
        flags: Why a level is left out of the score or, where it is none of the score's, what was
            found in it.
        together: What was found in all scored levels as a group, which leaves none out.
    """

    regions: dict[int, NDArray[np.bool_]]
    excluded: dict[int, NDArray[np.bool_]]
    flags: dict[int, tuple[Finding, ...]]
    together: tuple[Finding, ...] = ()

    def share(self, level: int) -> float:
        """Share of a level's region that was left out."""
        if level not in self.excluded:
            return 0.0
        out = int(self.excluded[level].sum())
        return out / (out + int(self.regions[level].sum()))

    def reason(self, level: int) -> str:
        """Why a level is left out, in words; empty where it is not."""
        return ", ".join(flag.code.replace("_", " ") for flag in self.flags.get(level, ()))

    def all_flags(self, scored: Sequence[int]) -> list[Finding]:
        """What was found in every level, those of the score first.

        Outside the score a fracture is a caution all the same, since it tells of the patient's
        bone what no score can; all else there is a note.

        Args:
            scored: Level numbers that the protocol asks for.
        """
        inside = [flag for n in scored for flag in self.flags.get(n, ())]
        outside = [
            replace(
                flag,
                severity="caution" if flag.code == FRACTURE else "note",
                message=f"{flag.message} {LEVEL_NAMES[n]} is not part of the score.",
            )
            for n in sorted(self.flags.keys() - set(scored))
            for flag in self.flags[n]
        ]
        return [*self.together, *inside, *outside]


FRACTURE = "compression_fracture"
EDGE_MM = 1.5  # from where the picture ends, above or below: a body that near may be cut
BLANK = 0.02  # of marrow's signal: a blank margin of the picture
LEAST_LEFT = 0.1  # of a region, below which a focus is the level and cannot be left out of it


def find_suspects(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    frames: Mapping[int, BodyFrame],
    regions: Mapping[int, NDArray[np.bool_]],
    pixel_mm: tuple[float, float],
) -> Suspects:
    """Look for whatever takes a level, or some of its pixels, out of the score.

    Args:
        image: One sagittal slice, shape (rows, columns).
        labels: The label map on it.
        frames: Frames of the bodies on it, by level number.
        regions: Trabecular regions by level number, none empty.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    even = without_shading(image, labels, pixel_mm)
    foci = find_foci(image, even, regions, pixel_mm)
    whole = _whole(image, labels, regions, pixel_mm[0])
    fractures = fracture_flags(labels, frames, whole, pixel_mm)
    voids = void_flags(image, labels, regions, pixel_mm)
    excluded = {n: focus.mask for n, focus in foci.items() if 0 < focus.share <= 1 - LEAST_LEFT}
    clear = {n: r & ~excluded[n] if n in excluded else r for n, r in regions.items()}
    plates = endplate_flags(band_changes(even, labels, frames, clear, pixel_mm))
    # a void or an endplate's band is a focus too: it is named once
    focal = {n: f for n, f in focal_flags(foci).items() if n not in voids and n not in plates}
    flags = {
        n: tuple(found[n] for found in (fractures, voids, plates, focal) if n in found)
        for n in regions
    }
    together = tuple(group_flags(image, regions))
    return Suspects(clear, excluded, {n: found for n, found in flags.items() if found}, together)


def _whole(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    regions: Mapping[int, NDArray[np.bool_]],
    row_mm: float,
) -> list[int]:
    """Bodies that end before the picture does: the height of the others is not known.

    A picture ends at its edge or, where it was padded or corrected for distortion, at a blank
    margin: what lies above the first pixel with signal in a column, and below the last.
    """
    marrow = float(np.median([np.median(image[region]) for region in regions.values()]))
    lit = image > BLANK * marrow
    first, last = lit.argmax(axis=0), len(lit) - 1 - lit[::-1].argmax(axis=0)
    whole = []
    for level in regions:
        rows, columns = np.nonzero(labels == level)
        beyond = np.minimum(rows - first[columns], last[columns] - rows)
        if beyond.min(initial=len(lit)) * row_mm >= EDGE_MM:
            whole.append(level)
    return whole
