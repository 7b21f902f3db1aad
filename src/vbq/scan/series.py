"""A Series: one series as its headers describe it, before any pixel is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vbq.errors import GeometryError, InputError, UnreadableFileError
from vbq.finding import Finding
from vbq.scan.geometry import Axes, Plane, blank, canonical_affine, nearest_axes, plane_of
from vbq.scan.scan import Acquisition, Scan, Source

MAX_VOXELS = 1 << 30
FIELD_OF_VIEW_MM = (50.0, 1500.0)  # within a slice
SPACING_MM = (0.05, 50.0)


@dataclass(frozen=True, eq=False)
class Grid:
    """Shape and position of a stored array.

    Attributes:
        shape: Shape of the stored array.
        affine: (4, 4), index in the stored array to LPS mm.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Series:
    """One series on disk, known from its headers.

    Attributes:
        source: Origin of the series.
        acquisition: Acquisition parameters.
        images: Number of slices as acquired.
        size: Rows and columns of one acquired slice.
        plane: Plane of the slices; ``None`` where the geometry is missing or mixed.
        shape: Shape it will have as a Scan; ``None`` if it cannot be one.
        spacing_mm: Spacing it will have as a Scan; ``None`` if it cannot be one.
        problem: The reason why it cannot be read as a scan, if so; `load` raises it.
        flags: Findings from the headers.
    """

    source: Source
    acquisition: Acquisition
    images: int
    size: tuple[int, int]
    plane: Plane | None
    shape: tuple[int, int, int] | None = None
    spacing_mm: tuple[float, float, float] | None = None
    problem: InputError | None = None
    flags: tuple[Finding, ...] = ()
    _grid: Grid | None = field(default=None, repr=False)
    _axes: Axes | None = field(default=None, repr=False)
    _fill: Callable[[NDArray[np.float32]], None] | None = field(default=None, repr=False)

    @classmethod
    def readable(
        cls,
        *,
        source: Source,
        acquisition: Acquisition,
        images: int,
        size: tuple[int, int],
        grid: Grid,
        fill: Callable[[NDArray[np.float32]], None],
        flags: Iterable[Finding] = (),
    ) -> Series:
        """A series that can be loaded.

        Args:
            source: Origin of the series.
            acquisition: Acquisition parameters.
            images: Number of slices as acquired.
            size: Rows and columns of one acquired slice.
            grid: Shape and affine of the stored array.
            fill: Writes the rescaled pixels into a float32 array of the stored shape.
            flags: Findings from the headers.

        Raises:
            InputError: The affine is singular, no body part has such a size, or the array would
                not fit in memory.
        """
        name = Path(source.path).name
        if np.prod([float(n) for n in grid.shape]) > MAX_VOXELS:
            raise UnreadableFileError(
                f"{name}: the header declares {' × '.join(map(str, grid.shape))} voxels, too many "
                "for a spine series; it is probably damaged.",
                remedy="Export it again.",
                code="too_large",
            )
        try:
            axes = nearest_axes(grid.affine)
        except GeometryError as error:
            message = f"{name}: {error.message}"
            raise GeometryError(message, remedy=error.remedy, code=error.code) from error
        affine = canonical_affine(grid.affine, grid.shape, axes)
        shape = cast("tuple[int, int, int]", tuple(grid.shape[old] for old, _ in axes))
        step = np.linalg.norm(affine[:3, :3], axis=0)
        spacing = (float(step[0]), float(step[1]), float(step[2]))
        plane = plane_of(shape, spacing)
        _require_plausible(name, plane, shape, spacing)
        return cls(
            source=source,
            acquisition=acquisition,
            images=images,
            size=size,
            plane=plane,
            shape=shape,
            spacing_mm=spacing,
            flags=(*flags, *_findings(source, acquisition, images, max(spacing))),
            _grid=grid,
            _axes=axes,
            _fill=fill,
        )

    @property
    def name(self) -> str:
        """Its name in messages: never its description, which is free text."""
        if self.source.series_number is not None:
            return f"series {self.source.series_number}"
        return (
            "a series without a number" if self.source.series_uid else Path(self.source.path).name
        )

    def load(self) -> Scan:
        """Read the pixels.

        Raises:
            InputError: `problem`, or a truncated or damaged file that only the pixels reveal.
        """
        if self.problem is not None:
            raise self.problem
        assert self._grid is not None
        assert self._axes is not None
        assert self._fill is not None
        voxels, stored = blank(self._grid.shape, self._axes)
        self._fill(stored)
        flags = self.flags
        if not np.isfinite(voxels).all():
            np.nan_to_num(voxels, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
            flags += (
                Finding("not_finite", "note", "Voxels that held NaN or infinity were read as 0."),
            )
        return Scan(
            voxels=voxels,
            affine=canonical_affine(self._grid.affine, self._grid.shape, self._axes),
            acquisition=self.acquisition,
            source=self.source,
            native_axes=self._axes,
            flags=flags,
        )


@dataclass(frozen=True, eq=False)
class SeriesListing:
    """The series among some files.

    Attributes:
        series: Every series, in a stable order; also those with a problem.
        skipped: Number of files skipped, by kind (``"picture"``, ``"non-image DICOM"``,
            ``"zip"``, ``"empty"``, ``"other"``).
        problems: One error for each file that seems to be an image but cannot be read.
    """

    series: tuple[Series, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[InputError, ...] = ()


def _require_plausible(
    name: str,
    plane: Plane,
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
) -> None:
    """Refuse a size that no image of a body has: the spacing is wrong, or in another unit.

    Raises:
        GeometryError: A spacing or the field of view within a slice is out of bounds.
    """
    extents = [n * step for n, step in zip(shape, spacing, strict=True)]
    if plane == "isotropic":
        field_of_view = sorted(extents)[1:]
    else:
        del extents[("sagittal", "axial", "coronal").index(plane)]
        field_of_view = extents
    smallest, largest = FIELD_OF_VIEW_MM
    implausible = min(field_of_view) < smallest or max(field_of_view) > largest
    if implausible or min(spacing) < SPACING_MM[0] or max(spacing) > SPACING_MM[1]:
        raise GeometryError(
            f"{name}: a field of view of {field_of_view[0]:.4g} × {field_of_view[1]:.4g} mm with a "
            f"spacing of {' × '.join(f'{step:.4g}' for step in spacing)} mm cannot show a spine.",
            remedy="Export the original series again, with its spacing in millimetres.",
            code="implausible_spacing",
        )


def _findings(
    source: Source, acquisition: Acquisition, images: int, spacing: float
) -> list[Finding]:
    flags = []
    if images == 1:
        flags.append(
            Finding(
                "single_slice",
                "caution",
                "The series has a single slice: whether it is midsagittal cannot be checked.",
                {"images": 1},
            )
        )
    thickness = acquisition.slice_thickness_mm
    if images > 1 and thickness and spacing > 1.5 * thickness:
        flags.append(
            Finding(
                "slice_gap",
                "note",
                f"Slices are {thickness:.1f} mm thick but {spacing:.1f} mm apart: much of the "
                "tissue between them was not imaged.",
                {"thickness_mm": thickness, "spacing_mm": round(spacing, 3)},
            )
        )
    if source.bits_stored is not None and source.bits_stored <= 8:
        flags.append(
            Finding(
                "eight_bit",
                "note",
                "Signal is stored in 8 bits: the export may have clipped or windowed it.",
                {"bits_stored": source.bits_stored},
            )
        )
    return flags
