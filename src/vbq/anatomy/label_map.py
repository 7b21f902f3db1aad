"""An engine that uses an existing label map, drawn by hand or made by another program."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from vbq._version import __version__
from vbq.anatomy.anatomy import Anatomy, EngineInfo
from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.anatomy.levels import CANAL, CORD, DISC_OFFSET, LEVEL_NAMES
from vbq.errors import GeometryError, InputError
from vbq.scan.scan import Scan

KNOWN = frozenset({0, CORD, CANAL, *LEVEL_NAMES, *(DISC_OFFSET + level for level in LEVEL_NAMES)})


class LabelMap:
    """A label map in the numbering of `vbq.anatomy.levels`, read from a volume file.

    Args:
        labels: The label map as a scan: integers, in any orientation, on the same grid as the
            image once both are in patient axes.

    Raises:
        InputError: The values are not those of a label map, or none of them is known.
    """

    def __init__(self, labels: Scan) -> None:
        values = np.unique(labels.voxels)
        if (values != np.round(values)).any() or values.min() < 0 or values.max() > 255:
            raise InputError(
                f"{Path(labels.source.path).name} is not a label map: some of its values are not "
                "whole numbers from 0 to 255.",
                remedy="Give a label map with L1–L5 as 20–24, S1 as 26 and the canal as 61.",
                code="not_a_label_map",
            )
        if not KNOWN.intersection(int(v) for v in values) - {0}:
            raise InputError(
                f"{Path(labels.source.path).name} contains none of the labels that VBQ uses.",
                remedy="Number L1–L5 as 20–24, S1 as 26 and the canal as 61 (VerSe, SPINEPS).",
                code="unknown_labels",
            )
        self._labels = labels

    @classmethod
    def read(cls, path: Path | str) -> LabelMap:
        """Read a label map from a NIfTI, NRRD or MHA file.

        Raises:
            InputError: The file holds no label map, or more than one.
        """
        from vbq.scan import find_series

        series = find_series(path).series
        if len(series) != 1:
            raise InputError(
                f"{Path(path).name} holds {len(series)} images; a label map is one volume.",
                remedy="Give one NIfTI, NRRD or MHA file.",
                code="not_a_label_map",
            )
        return cls(series[0].load())

    def find_anatomy(self, scan: Scan) -> Anatomy:
        """The anatomy of ``scan`` according to the label map.

        Raises:
            GeometryError: The label map is not on the grid of the scan.
            InputError: Its levels are not in order from superior to inferior.
        """
        same_shape = self._labels.voxels.shape == scan.voxels.shape
        if not same_shape or not np.allclose(self._labels.affine, scan.affine, atol=0.05):
            raise GeometryError(
                f"{Path(self._labels.source.path).name} is not on the grid of the scan: it has "
                f"{'×'.join(map(str, self._labels.voxels.shape))} voxels, the scan "
                f"{'×'.join(map(str, scan.voxels.shape))}, or their positions differ.",
                remedy="Resample the label map to the scan with nearest-neighbour interpolation.",
                code="label_grid",
            )
        anatomy = anatomy_from_labels(
            scan,
            self._labels.voxels.astype(np.uint8),
            engine=EngineInfo(name="label map", version=__version__),
            numbering="label map",
            numbering_confidence=None,
        )
        for upper, lower in pairwise(anatomy.vertebrae):
            if upper.centre_mm[2] <= lower.centre_mm[2]:  # z grows towards the head
                raise InputError(
                    f"{Path(self._labels.source.path).name} has {lower.name} ({lower.level}) "
                    f"above {upper.name} ({upper.level}).",
                    remedy="Correct the numbers of its vertebrae: from superior to inferior, "
                    "T10–T12 are 17–19, L1–L5 20–24 and S1 26.",
                    code="level_order",
                )
        return anatomy
