"""A Series: what the headers say of one series, before any pixel is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from vbq.errors import GeometryError, InputError, UnreadableFileError
from vbq.finding import Finding
from vbq.scan.geometry import Plane, blank, canonical_affine, nearest_axes, plane_of
from vbq.scan.scan import Acquisition, Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from vbq.scan.geometry import Axes

__all__ = ["Grid", "Series"]

MAX_VOXELS = 1 << 30
FIELD_MM = (50.0, 1500.0)  # of view within a slice
SPACING_MM = (0.05, 50.0)


@dataclass(frozen=True, eq=False)
class Grid:
    """Where the voxels of a stored array lie.

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
        source: Where it is.
        acquisition: How it was acquired.
        images: Number of slices as acquired.
        size: Rows and columns of one acquired slice.
        plane: Plane of the slices; ``None`` where the geometry is missing or mixed.
        shape: Shape it will have as a Scan; ``None`` if it cannot be one.
        spacing_mm: Spacing it will have as a Scan; ``None`` if it cannot be one.
        problem: Why it cannot be read as a scan, if so; `load` raises it.
        flags: What the headers brought to light.
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
            source: Where it is.
            acquisition: How it was acquired.
            images: Number of slices as acquired.
            size: Rows and columns of one acquired slice.
            grid: Shape and affine of the stored array.
            fill: Writes the rescaled pixels into a float32 array of the stored shape.
            flags: What the headers brought to light.

        Raises:
            InputError: The affine is singular, no body part has such a size, or the array would
                not fit in memory.
        """
        name = Path(source.path).name
        if np.prod([float(n) for n in grid.shape]) > MAX_VOXELS:
            raise UnreadableFileError(
                f"{name}: the header announces {' × '.join(map(str, grid.shape))} voxels: too "
                "large for a spine series, so probably damaged.",
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
        """What messages call it: never its description, which is free text."""
        if self.source.series_number is not None:
            return f"series {self.source.series_number}"
        return "a series without number" if self.source.series_uid else Path(self.source.path).name

    def load(self) -> Scan:
        """Read the pixels.

        Raises:
            InputError: What `problem` says, or what only the pixels show: a truncated or
                damaged file.
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
                Finding("not_finite", "note", "Some voxels held no number; they were read as 0."),
            )
        return Scan(
            voxels=voxels,
            affine=canonical_affine(self._grid.affine, self._grid.shape, self._axes),
            acquisition=self.acquisition,
            source=self.source,
            native_axes=self._axes,
            flags=flags,
        )


def _require_plausible(
    name: str,
    plane: Plane,
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
) -> None:
    """Refuse a size that no picture of a body has: the spacing is wrong, or in another unit.

    Raises:
        GeometryError: A spacing or the field of view within a slice is out of bounds.
    """
    extents = [n * step for n, step in zip(shape, spacing, strict=True)]
    if plane == "isotropic":
        field = sorted(extents)[1:]
    else:
        del extents[("sagittal", "axial", "coronal").index(plane)]
        field = extents
    wrong_field = min(field) < FIELD_MM[0] or max(field) > FIELD_MM[1]
    if wrong_field or min(spacing) < SPACING_MM[0] or max(spacing) > SPACING_MM[1]:
        raise GeometryError(
            f"{name}: a picture of {field[0]:.4g} × {field[1]:.4g} mm with a spacing of "
            f"{' × '.join(f'{step:.4g}' for step in spacing)} mm cannot be of a spine.",
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
                "There is one slice only: whether it is the mid-sagittal one cannot be checked.",
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
                "body between them was not imaged.",
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
