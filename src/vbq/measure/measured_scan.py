"""What the quality checks look at: a scan with its regions and signals, then with its score."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.anatomy import Anatomy
from vbq.finding import Finding
from vbq.measure.measurement import Roi
from vbq.measure.reading import CsfReading, LevelReading
from vbq.measure.regions.background import Background, find_background
from vbq.measure.regions.csf import CsfRegion
from vbq.measure.regions.midplane import Midplane
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.measure.shading import ShadingCorrection
from vbq.measure.suspect_levels.find import SuspectLevels
from vbq.measure.uncertainty import Uncertainty
from vbq.scan.scan import Scan


@dataclass(frozen=True, eq=False)
class MeasuredScan:
    """A scan with its anatomy, its regions and their signals, before any score.

    Attributes:
        scan: The scan.
        anatomy: Its anatomy.
        plane: The midsagittal plane measured, curved where the spine is.
        manual_rois: Regions that a person drew or edited, by name.
        suspects: Trabecular regions on the plane, and the levels and pixels excluded from them.
        overruled: Findings on suspect levels that are scored because a person drew them, by level
            number.
        scored: Numbers of the levels that the score is made from, from superior to inferior.
        levels: Signal of every level measured, from superior to inferior.
        csf_regions: CSF regions on the plane, the one measured first; empty where there is none.
        csf: Signal of the CSF; ``None`` where there is no CSF region.
        rois: Every region, each on the slice it is measured on.
    """

    scan: Scan
    anatomy: Anatomy
    plane: Midplane
    manual_rois: Mapping[str, Roi]
    suspects: SuspectLevels
    overruled: Mapping[int, tuple[Finding, ...]]
    scored: tuple[int, ...]
    levels: tuple[LevelReading, ...]
    csf_regions: tuple[CsfRegion, ...]
    csf: CsfReading | None
    rois: tuple[Roi, ...]

    @property
    def section(self) -> SagittalSection:
        """The plane measured, as an image with its labels."""
        return self.plane.section


@dataclass(frozen=True, eq=False)
class ScoredScan:
    """A scan with CSF and scored levels, and the scores made from them.

    Attributes:
        measured: The scan with its regions and their signals.
        csf: Signal of the CSF.
        regions: Trabecular regions of the scored levels on the plane, by level number.
        shading_correction: Correction of coil shading; ``None`` where it could not be fitted.
        variants: Scores by the id of their protocol.
        uncertainty: Uncertainty of the standard score; ``None`` where a signal is not positive.
    """

    measured: MeasuredScan
    csf: CsfReading
    regions: Mapping[int, NDArray[np.bool_]]
    shading_correction: ShadingCorrection | None
    variants: Mapping[str, float]
    uncertainty: Uncertainty | None

    @property
    def section(self) -> SagittalSection:
        """The plane measured, as an image with its labels."""
        return self.measured.section

    @property
    def csf_region(self) -> CsfRegion:
        """The CSF region measured."""
        return self.measured.csf_regions[0]

    @property
    def marrow(self) -> float:
        """Typical signal of marrow: the median over the scored levels of their mean signal."""
        return float(np.median([level.mean for level in self.measured.levels if level.used]))

    @cached_property
    def background(self) -> Background | None:
        """The air behind the back; ``None`` where too little of it is in view."""
        return find_background(self.section, self.marrow) if self.marrow > 0 else None
