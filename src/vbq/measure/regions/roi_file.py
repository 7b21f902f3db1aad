"""``rois.json``: the regions that were measured, so that any program can draw them again.

The format is described in ``docs/rois.md``. The same file, or a shorter one written by hand,
supplies regions to `vbq.measure.measure_scan`. A polygon holds the pixels whose centres lie inside
it; see `vbq.measure.regions.contour`.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vbq.errors import GeometryError, InputError, describe_validation_error
from vbq.measure.measurement import Roi
from vbq.measure.regions.contour import crosses_itself, fill, is_hole, outlines
from vbq.scan.scan import Scan

SCHEMA = "vbq.rois/1"
OFF_PLANE_MM = 0.5  # a point this near a slice lies on it
SAME_PLACE_PX = 0.05
SAME_GRID_MM = 0.05


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class _Polygon(_Record):
    points_px: list[tuple[float, float]] | None = None
    points_mm: list[tuple[float, float, float]] | None = None


class _Region(_Polygon):
    name: str
    slice: int | None = None
    contours: list[_Polygon] | None = None
    used: bool = True
    source: str | None = None


class _Grid(_Record):
    """The image that the regions were drawn on, as far as the file gives it."""

    study_uid: str | None = None
    voxels_sha256: str | None = None
    shape: tuple[int, int, int] | None = None
    affine: Annotated[list[tuple[float, float, float, float]] | None, Field(min_length=4)] = None


class _Document(_Record):
    schema_: Annotated[Literal["vbq.rois/1"], Field(alias="schema")] = "vbq.rois/1"
    scan: _Grid | None = None
    rois: Annotated[list[_Region], Field(min_length=1)]


def rois_bytes(scan: Scan, rois: Sequence[Roi], protocol: str) -> bytes:
    """The regions as a JSON document in UTF-8, one line per region; deterministic.

    Args:
        scan: The scan they lie on. The document has the same identifiers of it as the reading.
        rois: The regions.
        protocol: Name of the score they were measured for.
    """
    head = {
        "schema": SCHEMA,
        "protocol": protocol,
        "inside": "pixels whose centre lies inside the contours, by the even-odd rule",
        "coordinates": "points_px: row, column, 0 is the centre of the first pixel; "
        "points_mm: patient axes, LPS; slice 0 is the patient's right",
        "scan": {
            "study_uid": scan.source.study_uid,
            "series_uid": scan.source.series_uid,
            "voxels_sha256": scan.voxels_sha256,
            "shape": scan.voxels.shape,
            "affine": scan.affine.round(6).tolist(),
        },
    }
    entries = [f"{_json(name)}: {_json(value)}" for name, value in head.items()]
    regions = ",\n    ".join(_json(_region_entry(scan, roi)) for roi in rois)
    text = ",\n  ".join([*entries, f'"rois": [\n    {regions}\n  ]'])
    return f"{{\n  {text}\n}}\n".encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _region_entry(scan: Scan, roi: Roi) -> dict[str, Any]:
    """The entry of a region in the document."""
    _, row_mm, column_mm = scan.spacing_mm
    pixels = int(roi.mask.sum())
    return {
        "name": roi.name,
        "slice": roi.slice,
        "slice_corner_mm": scan.to_mm([roi.slice, 0, 0]).round(3).tolist(),
        "source": roi.source,
        "used": roi.used,
        "pixels": pixels,
        "area_mm2": round(pixels * row_mm * column_mm, 3),
        "contours": [
            {
                "hole": is_hole(ring),
                "points_px": ring.tolist(),
                "points_mm": scan.to_mm(_with_slice(ring, roi.slice)).round(3).tolist(),
            }
            for ring in outlines(roi.mask)
        ],
    }


def _with_slice(ring: NDArray[np.float64], index: int) -> NDArray[np.float64]:
    return np.column_stack([np.full(len(ring), index), ring])


def parse_rois(content: bytes, scan: Scan, file: str) -> tuple[Roi, ...]:
    """The regions of a JSON document on a scan.

    Args:
        content: The document.
        scan: The scan to measure them on.
        file: Name of the document in messages.

    Raises:
        InputError: it is not such a document, or a polygon is invalid.
        GeometryError: it belongs to another image, or a region does not lie on a slice of it.
    """
    try:
        document = _Document.model_validate_json(content)
    except ValidationError as error:
        raise InputError(
            f"{file} is not a valid file of regions: {describe_validation_error(error)}.",
            remedy="docs/rois.md shows the shortest form.",
            code="not_rois",
        ) from error
    if document.scan is not None:
        _require_same_image(document.scan, scan, file)
    return tuple(_roi(region, scan, file) for region in document.rois)


def _require_same_image(grid: _Grid, scan: Scan, file: str) -> None:
    study = scan.source.study_uid
    if grid.study_uid and study and grid.study_uid != study:
        raise GeometryError(
            f"{file} was drawn on another study than this scan.",
            remedy="Give the regions that belong to this scan.",
            code="rois_of_another_study",
        )
    if grid.shape is not None and grid.shape != scan.voxels.shape:
        drawn_on, expected = ("x".join(map(str, size)) for size in (grid.shape, scan.voxels.shape))
        raise GeometryError(
            f"{file} was drawn on a grid of {drawn_on} voxels; the scan has {expected}.",
            remedy="Draw on this series, or omit 'scan' and give points_mm.",
            code="rois_grid",
        )
    distance = 0.0 if grid.affine is None else _corner_distance(np.array(grid.affine), scan)
    if distance > SAME_GRID_MM:
        raise GeometryError(
            f"{file} was drawn on an image in another position: its corners lie up to "
            f"{distance:.1f} mm from those of this scan.",
            remedy="Draw on this series, or omit 'scan' and give points_mm.",
            code="rois_grid",
        )
    same_study = bool(grid.study_uid and study)
    digest = grid.voxels_sha256
    if digest and not same_study and digest != scan.voxels_sha256:
        raise GeometryError(
            f"{file} was drawn on another image: its voxels_sha256 differs from that of this scan.",
            remedy="If it is the same patient in the same position, remove voxels_sha256 from it.",
            code="rois_of_another_image",
        )


def _corner_distance(affine: NDArray[np.float64], scan: Scan) -> float:
    """Largest distance in mm between the corners of two grids of the scan's shape."""
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(scan.voxels.shape) - 1)
    places = corners @ affine[:3, :3].T + affine[:3, 3]
    return float(np.linalg.norm(places - scan.to_mm(corners), axis=1).max())


def _roi(region: _Region, scan: Scan, file: str) -> Roi:
    subject = f"{file}: {region.name[:12]!r}"
    polygons = [region] if region.contours is None else region.contours
    placed = [_placed(polygon, region.slice, scan, subject) for polygon in polygons]
    slices = {index for index, _ in placed}
    if len(slices) != 1:
        raise GeometryError(
            f"{subject} has contours on {len(slices) or 'no'} slices.",
            remedy="Draw each region on one slice.",
            code="roi_not_on_one_slice",
        )
    rings = [ring for _, ring in placed]
    rows, columns = scan.voxels.shape[1:]
    return Roi(
        region.name,
        slices.pop(),
        fill(rings, (rows, columns)),
        used=region.used,
        source="automatic" if region.source == "automatic" else "drawn",
    )


def _placed(
    polygon: _Polygon, index: int | None, scan: Scan, subject: str
) -> tuple[int, NDArray[np.float64]]:
    """The slice of a polygon, and its corners (row, column) on it, shape (points, 2).

    Args:
        polygon: The polygon.
        index: The slice given for its region, if any.
        scan: The scan.
        subject: What messages are about: file and region.
    """
    ring = None
    if polygon.points_mm is not None and len(polygon.points_mm) > 0:
        index, ring = _from_mm(np.array(polygon.points_mm), index, scan, subject)
    if polygon.points_px is not None and len(polygon.points_px) > 0:
        pixels = np.array(polygon.points_px)
        if ring is not None and (
            ring.shape != pixels.shape or np.abs(ring - pixels).max() > SAME_PLACE_PX
        ):
            raise InputError(
                f"{subject}: points_px and points_mm of a contour differ.",
                remedy="Remove those that were not edited.",
                code="roi_points_differ",
            )
        ring = pixels
    if ring is None or index is None:
        missing = "points_px or points_mm" if ring is None else "a slice for its points_px"
        raise InputError(
            f"{subject} has no {missing}.",
            remedy="docs/rois.md shows the shortest form.",
            code="roi_incomplete",
        )
    _require_polygon(ring, subject)
    _require_inside(index, ring, scan, subject)
    return index, ring


def _from_mm(
    points: NDArray[np.float64], index: int | None, scan: Scan, subject: str
) -> tuple[int, NDArray[np.float64]]:
    """Slice and corners, as `_placed` returns them, of points in patient coordinates."""
    indices = scan.to_index(points)
    nearest = np.rint(indices[:, 0])
    if index is None and np.ptp(nearest) > 0:
        raise GeometryError(
            f"{subject} has a contour whose points lie on slices {nearest.min():.0f} to "
            f"{nearest.max():.0f}.",
            remedy="Draw it on one sagittal slice of this series.",
            code="roi_off_plane",
        )
    plane = nearest[0] if index is None else index
    off = np.abs(indices[:, 0] - plane) * scan.spacing_mm[0]
    if off.max() > OFF_PLANE_MM:
        raise GeometryError(
            f"{subject} has points up to {off.max():.1f} mm off slice {plane:.0f}.",
            remedy="Draw it on one sagittal slice of this series.",
            code="roi_off_plane",
        )
    return int(plane), indices[:, 1:]


def _require_polygon(ring: NDArray[np.float64], subject: str) -> None:
    if len(ring) < 3:
        raise InputError(
            f"{subject} has a contour with {len(ring)} points.",
            remedy="Give three or more.",
            code="roi_incomplete",
        )
    if crosses_itself(ring):
        raise InputError(
            f"{subject} has a contour that crosses itself, so its inside is not defined.",
            remedy="Draw it again without a loop.",
            code="roi_crosses_itself",
        )


def _require_inside(index: int, ring: NDArray[np.float64], scan: Scan, subject: str) -> None:
    slices, rows, columns = scan.voxels.shape
    on_image = (ring >= -0.5 - SAME_PLACE_PX).all() and (
        ring <= np.array([rows, columns]) - 0.5 + SAME_PLACE_PX
    ).all()
    if not (0 <= index < slices and on_image):
        raise GeometryError(
            f"{subject} lies outside the image (slices 0–{slices - 1}, rows 0–{rows - 1}, columns "
            f"0–{columns - 1}).",
            remedy="Check the order (row, column) and the units of its points.",
            code="roi_outside",
        )
