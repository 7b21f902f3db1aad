"""Coil shading, estimated from marrow.

A spine coil lies behind the patient, so signal falls off anteriorly, and CSF, which lies nearer to
the coil than the bodies, is brightened relative to them. Within one vertebral body marrow is one
tissue, so slopes of its log-signal that all bodies share are those of the coil. Where marrow itself
differs from front to back the estimate takes that for shading, so the corrected score is reported
beside the score, not in its place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.measure.regions.body_frame import BodyFrame, body_frames
from vbq.measure.regions.midplane import Midplane

BODIES = range(18, 27)  # T11 to S1
REACH_MM = 10.0  # distance from the section within which slices hold the same bodies in full
STEP_MM = 3.0  # distance of two slices below which the second adds little information
MARGIN_MM = 3.0  # distance from the outline of the body: cortex and endplates
FORAMEN_MM = 5.0  # half the height of the surroundings of the basivertebral foramen
FORAMEN_DEPTH = 0.12  # distance behind the centre where they begin, over the body's depth
FEWEST_PIXELS = 10
FEWEST_BODIES_ALONG = 5  # shading along the spine is not fitted to fewer
OUTLIER_SDS = 3.0
UNIT_MM = 50.0  # unit of the coordinates of the fit, for its conditioning


@dataclass(frozen=True, eq=False)
class Shading:
    """Sensitivity of a coil on a section: its logarithm is a·y + b·z + c·z².

    y grows posteriorly and z caudally, in units of 50 mm. Over the 30 mm between marrow and CSF a
    line is enough: on the axis of a loop coil the slope of the logarithm varies least at the depth
    of one loop radius, which is where a spine lies.

    Attributes:
        coefficients: (a, b, c).
        jackknife: Coefficients estimated without each body in turn, shape (bodies, 3).
        origin_mm: (row, column) of y = z = 0, mm.
    """

    coefficients: NDArray[np.float64]
    jackknife: NDArray[np.float64]
    origin_mm: tuple[float, float]

    @property
    def slope(self) -> float:
        """Relative growth of sensitivity per mm posteriorly."""
        return float(self.coefficients[0]) / UNIT_MM

    def gain(self, place_mm: tuple[float, float], reference_mm: tuple[float, float]) -> float:
        """Sensitivity at a (row, column) in mm over that at a reference point."""
        terms = self._terms(place_mm) - self._terms(reference_mm)
        return float(np.exp(terms @ self.coefficients))

    def mean_gain_sd(
        self, places_mm: Sequence[tuple[float, float]], reference_mm: tuple[float, float]
    ) -> float:
        """Jackknife SD, over bodies, of the logarithm of `gain` averaged over places.

        Efron & Stein, Ann Stat 1981, doi 10.1214/aos/1176345462.
        """
        terms = np.mean([self._terms(place) for place in places_mm], axis=0)
        logs = self.jackknife @ (terms - self._terms(reference_mm))
        return float(np.sqrt((logs.size - 1) * logs.var()))

    def _terms(self, place_mm: tuple[float, float]) -> NDArray[np.float64]:
        return _terms(np.array(place_mm), self.origin_mm)


@dataclass(frozen=True, eq=False)
class ShadingCorrection:
    """Effect of the coil shading of a section on a score.

    Attributes:
        shading: Sensitivity of the coil.
        gains: Sensitivity at the CSF region over that at each scored level, by level number.
        log_sd: SD of the mean logarithm of the gains.
    """

    shading: Shading
    gains: dict[int, float]
    log_sd: float


def correct_shading(
    plane: Midplane, regions: Mapping[int, NDArray[np.bool_]], csf: NDArray[np.bool_]
) -> ShadingCorrection | None:
    """The correction for the scored levels of a plane; ``None`` where no shading can be fitted.

    Args:
        plane: The plane measured.
        regions: Trabecular regions of the scored levels on it, by level number.
        csf: The CSF region on it.
    """
    voxels, labels = plane.scan.voxels, plane.anatomy.labels
    shading = fit_shading(voxels, labels, plane.anatomy.midsagittal_slice, plane.scan.spacing_mm)
    if shading is None:
        return None
    reference = centre_mm(csf, plane.section.pixel_mm)
    centres = {n: centre_mm(region, plane.section.pixel_mm) for n, region in regions.items()}
    return ShadingCorrection(
        shading,
        gains={n: shading.gain(reference, centre) for n, centre in centres.items()},
        log_sd=shading.mean_gain_sd(list(centres.values()), reference),
    )


def centre_mm(mask: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> tuple[float, float]:
    """(row, column) of the centroid of a region, mm."""
    rows, columns = mask.nonzero()
    return float(rows.mean()) * pixel_mm[0], float(columns.mean()) * pixel_mm[1]


def fit_shading(
    voxels: NDArray[np.float32],
    labels: NDArray[np.uint8],
    index: int,
    spacing_mm: tuple[float, float, float],
) -> Shading | None:
    """Fit the shading on the slice measured and those within 10 mm of it.

    Least squares of the log-signal of marrow, each body on each slice with its own mean; repeated
    without pixels beyond 3 robust SDs. With fewer than five bodies only the slope from front to
    back is fitted; ``None`` with fewer than two.

    Args:
        voxels: Shape (slices, rows, columns), columns running from anterior to posterior.
        labels: The label map, same shape.
        index: Index of the slice measured.
        spacing_mm: Distance between slices, rows and columns, mm.
    """
    step = max(1, round(STEP_MM / spacing_mm[0]))
    reach = int(REACH_MM / (step * spacing_mm[0])) * step
    slices = [k for k in range(index - reach, index + reach + 1, step) if 0 <= k < len(voxels)]
    origin = (labels.shape[1] / 2 * spacing_mm[1], labels.shape[2] / 2 * spacing_mm[2])
    pieces = [piece for k in slices for piece in _pieces(voxels[k], labels[k], spacing_mm, origin)]
    if len({piece.level for piece in pieces}) < 2:
        return None
    coefficients, _ = _solve(pieces)
    return Shading(*_solve(_without_outliers(pieces, coefficients)), origin)


@dataclass(frozen=True, eq=False, slots=True)
class _Piece:
    """The marrow of one body on one slice."""

    level: int
    terms: NDArray[np.float64]  # (pixels, 3), minus their means
    logs: NDArray[np.float64]  # (pixels,), log-signal minus its mean


def _piece(level: int, terms: NDArray[np.float64], logs: NDArray[np.float64]) -> _Piece:
    return _Piece(level, terms - terms.mean(axis=0), logs - logs.mean())


def _pieces(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    spacing_mm: tuple[float, float, float],
    origin: tuple[float, float],
) -> Iterator[_Piece]:
    pixel_mm = spacing_mm[1:]
    for level, frame in body_frames(labels, pixel_mm).items():
        if level not in BODIES:
            continue
        rows, columns = _marrow(labels == level, frame, pixel_mm)
        signal = image[rows, columns].astype(np.float64)
        lit = signal > 0
        if lit.sum() >= FEWEST_PIXELS:
            places = np.stack([rows[lit], columns[lit]], axis=1) * np.array(pixel_mm)
            yield _piece(level, _terms(places, origin), np.log(signal[lit]))


def _marrow(
    body: NDArray[np.bool_], frame: BodyFrame, pixel_mm: tuple[float, float]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the marrow of a body, clear of cortex and basivertebral foramen."""
    height, width = ndimage.find_objects(body.astype(np.uint8))[0]
    box = (height, width)
    solid = np.pad(body[box], 1)  # the image edge is an edge of the body
    depth = ndimage.distance_transform_edt(solid, sampling=pixel_mm)[1:-1, 1:-1]
    along, behind = frame.moved(box, pixel_mm).coordinates(depth.shape, pixel_mm)
    foramen = (np.abs(along) < FORAMEN_MM) & (behind > FORAMEN_DEPTH * frame.depth)
    rows, columns = np.nonzero((depth > MARGIN_MM) & ~foramen)
    return rows + box[0].start, columns + box[1].start


def _terms(places_mm: NDArray[np.float64], origin: tuple[float, float]) -> NDArray[np.float64]:
    """(y, z, z²) of places (row, column), both along the last axis."""
    z, y = np.moveaxis((places_mm - np.array(origin)) / UNIT_MM, -1, 0)
    return np.stack([y, z, z * z], axis=-1)


def _solve(pieces: list[_Piece]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients (3,) from all bodies, and (bodies, 3) without each body in turn."""
    bodies = sorted({piece.level for piece in pieces})
    fitted = 3 if len(bodies) >= FEWEST_BODIES_ALONG else 1
    left, right = np.zeros((len(bodies), fitted, fitted)), np.zeros((len(bodies), fitted))
    for piece in pieces:
        terms, body = piece.terms[:, :fitted], bodies.index(piece.level)
        left[body] += terms.T @ terms
        right[body] += terms.T @ piece.logs
    coefficients = np.zeros((1 + len(bodies), 3))
    sums_left = [left.sum(axis=0), *(left.sum(axis=0) - left)]
    sums_right = [right.sum(axis=0), *(right.sum(axis=0) - right)]
    for row, (matrix, vector) in enumerate(zip(sums_left, sums_right, strict=True)):
        coefficients[row, :fitted] = np.linalg.lstsq(matrix, vector)[0]
    return coefficients[0], coefficients[1:]


def _without_outliers(pieces: list[_Piece], coefficients: NDArray[np.float64]) -> list[_Piece]:
    """Pieces without pixels beyond 3 robust SDs: vessels, lesions, canal inside the outline."""
    residuals = [piece.logs - piece.terms @ coefficients for piece in pieces]
    residuals = [residual - np.median(residual) for residual in residuals]
    limit = OUTLIER_SDS * 1.4826 * float(np.median(np.abs(np.concatenate(residuals))))
    inliers = [np.abs(residual) <= limit for residual in residuals]
    return [
        _piece(piece.level, piece.terms[inlier], piece.logs[inlier])
        for piece, inlier in zip(pieces, inliers, strict=True)
        if inlier.any()
    ]


def shading_slope(
    image: NDArray[np.float32], regions: Iterable[NDArray[np.bool_]], column_mm: float
) -> float:
    """Relative growth of signal per mm posteriorly, from regions of one tissue each.

    A quick estimate for the check of contrast: least squares of log-signal on position, each region
    with its own mean; 0 where there is nothing to fit.

    Args:
        image: One sagittal slice, columns running from anterior to posterior.
        regions: Masks of trabecular regions on it.
        column_mm: Distance between columns, mm.
    """
    products, squares = 0.0, 0.0
    for region in regions:
        lit = region & (image > 0)
        if not lit.any():
            continue
        position = np.nonzero(lit)[1] * column_mm
        position = position - position.mean()
        log_signal = np.log(image[lit].astype(float))
        products += float(position @ (log_signal - log_signal.mean()))
        squares += float(position @ position)
    return products / squares if squares > 0 else 0.0
