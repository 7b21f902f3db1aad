"""A Series: what the headers say of one series, before any pixel is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from vbq.errors import GeometryError, InputError, NoScanFoundError, UnreadableFileError
from vbq.finding import Finding
from vbq.scan.formats.input_files import Item, Kind, kind_of, printable, walk
from vbq.scan.geometry import blank, canonical_affine, nearest_axes, plane_of
from vbq.scan.scan import Acquisition, Plane, Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from vbq.scan.geometry import Axes

__all__ = ["Found", "Grid", "Series", "find_series", "group_by_study"]

MAX_VOXELS = 1 << 30
VOLUMES: tuple[Kind, ...] = ("nifti", "nrrd", "metaimage")
OTHERS: tuple[Kind, ...] = ("picture", "zip", "empty", "other")
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


@dataclass(frozen=True, eq=False)
class Found:
    """What lies at a path.

    Attributes:
        series: Every series, in a stable order; also those with a problem.
        skipped: How many files of other kinds were passed over, by kind (``"picture"``,
            ``"non-image DICOM"``, ``"zip"``, ``"empty"``, ``"other"``).
        problems: Files that look like images but cannot be read, one error each.
    """

    series: tuple[Series, ...]
    skipped: dict[str, int]
    problems: tuple[InputError, ...]


def find_series(path: str | Path) -> Found:
    """Every series at a path, from the headers alone.

    Args:
        path: A DICOM, NIfTI, NRRD or MetaImage file, a folder of such files, or a zip of one.

    Raises:
        InputError: Nothing there can be read as a series; the message says why.
    """
    path = Path(path)
    kinds: dict[Kind, list[Item]] = {}
    problems: list[InputError] = []
    for item in walk(path):
        if isinstance(item, InputError):
            problems.append(item)
            continue
        try:
            kinds.setdefault(kind_of(item), []).append(item)
        except InputError as error:
            problems.append(error)

    skipped: Counter[str] = Counter({kind: len(kinds.get(kind, ())) for kind in OTHERS})
    series: list[Series] = []
    if "dicom" in kinds:
        from vbq.scan.formats.dicom_series import read_dicom

        found = read_dicom(kinds["dicom"], path)
        series += found.series
        problems += found.problems
        skipped.update(found.skipped)
    volumes = [(i, kind) for kind in VOLUMES for i in kinds.get(kind, ())]
    for item, kind in sorted(volumes, key=lambda pair: pair[0].name):
        from vbq.scan.formats.volume_files import read_volume

        try:
            series.append(read_volume(item, kind))
        except InputError as error:
            problems.append(error)
    problems += [
        _posing(item)
        for kind in ("empty", "other")
        for item in kinds.get(kind, ())
        if item.name.lower().endswith((".dcm", ".dicom", ".ima"))
    ]
    if not series:
        raise _nothing(path, kinds, skipped, problems)
    return Found(tuple(series), {k: n for k, n in skipped.items() if n}, tuple(problems))


def group_by_study(series: Iterable[Series]) -> list[list[Series]]:
    """Series of the same study together; each volume file is a study of its own.

    Where the study UID was stripped, DICOM series of one folder are taken for one study.
    """
    studies: dict[tuple[str, str | int], list[Series]] = {}
    for number, one in enumerate(series):
        source = one.source
        key: tuple[str, str | int] = ("file", number)
        if source.study_uid is not None:
            key = ("study", source.study_uid)
        elif source.folder is not None:
            key = ("folder", source.folder)
        studies.setdefault(key, []).append(one)
    return list(studies.values())


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


def _posing(item: Item) -> InputError:
    reason = "is empty" if item.size == 0 else "is not DICOM, although its name says so"
    return UnreadableFileError(
        f"{item.label}: this file {reason}.",
        remedy="Export the series again as DICOM.",
        code="empty_file" if item.size == 0 else "not_dicom",
    )


def _nothing(
    path: Path, kinds: dict[Kind, list[Item]], skipped: Counter[str], problems: list[InputError]
) -> InputError:
    """The error for a path at which no series was found: the most telling reason."""
    name = printable(path.name or str(path))
    if len(problems) == 1:
        return problems[0]
    if problems:
        first = problems[0]
        return UnreadableFileError(
            f"{name}: none of its {len(problems)} image files can be read. First: {first.message}",
            remedy=first.remedy,
            code=first.code,
        )
    alone = path.is_file() and all(i.archive is None for items in kinds.values() for i in items)
    if zips := len(kinds.get("zip", ())):
        held = "a zip archive" if zips == 1 else f"{zips} zip archives"
        return NoScanFoundError(
            f"{name}: it holds {held} and no images beside.",
            remedy=f"Give {'it' if zips == 1 else 'each'} by itself, or unpack "
            f"{'it' if zips == 1 else 'them'}.",
            code="zips_inside",
        )
    if kinds.get("picture"):
        what = "this is a picture" if alone else "there are only pictures here"
        return UnreadableFileError(
            f"{name}: {what} (PNG, JPEG or the like). Windowed 8-bit pictures carry no signal "
            "ratio.",
            remedy="Export the series as DICOM.",
            code="picture",
        )
    if alone and kinds.get("empty"):
        return UnreadableFileError(
            f"{name}: the file is empty.", remedy="Export it again.", code="empty_file"
        )
    if alone and kinds.get("other"):
        return UnreadableFileError(
            f"{name}: this is not an image file that VBQ knows.",
            remedy="Give DICOM (a file, folder or zip), NIfTI, NRRD or MHA.",
            code="unknown_format",
        )
    count = sum(skipped.values())
    held = f"none of its {count} files is an MR image" if count else "it holds nothing to read"
    return NoScanFoundError(
        f"{name}: {held}.",
        remedy="Give the folder that the DICOM export was written to.",
        code="no_images" if count else "empty_folder",
    )
