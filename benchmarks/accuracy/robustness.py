"""Robustness of a score: the same spine imaged in other ways.

Every volume with known labels is sampled once as an ordinary scan and then again with one thing
changed: turned, mirrored in storage, other field of view, pixels, slices, thickness, noise, coil
shading, or cut down to five bodies. What counts is whether each level is still where its name
says, and by how much VBQ moves against the ordinary scan of the same volume. Everything is seeded.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import drawings
import numpy as np
from scipy import ndimage
from synthetic_t1 import t1_like
from volumes import HELD_OUT, T1_IN_SIEGEN, Volume, phantom_volume, real

import vbq
from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.measure import measure_scan
from vbq.measure.protocol import SHADING_CORRECTED
from vbq.scan import Acquisition, Scan, Source, canonical

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vbq.measure.reading import Reading

LEVELS_AIM, CHANGE_AIM = 0.98, 0.05
SHADING_MM = 150.0  # distance over which the coil's sensitivity falls by its factor
BRIM_MM = 4.0  # thickness of disc left above and below a crop
PHANTOMS = 3
S1_MM = 33.0  # distance from the lower edge of L5 to that of S1, if S1 is not labelled
WIDE_ENOUGH_MM = 50.0  # least width of a volume that is cut into other slices


@dataclass(frozen=True)
class Imaging:
    """How a volume is sampled; lengths in mm. The defaults are the ordinary scan.

    `crop` names the first and the last body left in view; `flipped` the axes stored backwards.
    """

    rotation_deg: float = 0.0
    field: float = 300.0
    pixel: float = 0.8
    slices: int = 9
    spacing: float = 4.4
    thickness: float = 4.0
    snr: float | None = None
    shading: float = 1.0
    crop: tuple[str, str] | None = None
    flipped: tuple[int, ...] = ()


ORDINARY = Imaging()
GRID: dict[str, list[tuple[str, Imaging]]] = {
    "rotation": [(f"{a:+d}°", Imaging(rotation_deg=a)) for a in (-25, -12, 12, 25)],
    "stored mirrored": [
        (f"{name} flipped", Imaging(flipped=(axis,)))
        for axis, name in enumerate(("left-right", "head-foot", "front-back"))
    ],
    "field of view": [(f"{f} mm", Imaging(field=f)) for f in (180, 240, 380, 450)],
    "pixel": [(f"{p} mm", Imaging(pixel=p)) for p in (0.4, 1.2, 1.6)],
    "slices": [
        (f"{n}, {gap} mm apart", Imaging(slices=n, spacing=gap, thickness=min(gap, 4.0)))
        for n, gap in ((7, 4.4), (20, 2.6), (35, 1.5))
    ],
    "thickness": [
        (f"{t} mm", Imaging(slices=int(52 / (1.1 * t)), spacing=1.1 * t, thickness=t))
        for t in (2.0, 3.0, 6.0)
    ],
    "SNR": [(f"{s}", Imaging(snr=s)) for s in (80, 20, 8)],
    "five bodies": [("L1–L5", Imaging(crop=("L1", "L5"))), ("L2–S1", Imaging(crop=("L2", "S1")))],
    "coil shading": [(f"{s}×", Imaging(shading=s)) for s in (2, 4, 10)],
}
SHADING = "coil shading"  # changes the published score by definition: pooled by itself


Row = dict[str, float | int | str | None]


@dataclass(frozen=True)
class Outcome:
    """Result of one volume imaged in one way."""

    kind: str
    level: str
    volume: str
    group: str
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    score: float | None = None
    change: float | None = None
    corrected_change: float | None = None  # change of the score corrected for shading
    refused: str = ""


def take(volume: Volume, imaging: Imaging, seed: int) -> tuple[Scan, np.ndarray]:
    """A scan of a volume and the true labels on its grid."""
    voxels, labels, size = volume.voxels, volume.labels, np.array(volume.spacing_mm)
    inside = np.argwhere((labels >= LEVEL_NUMBERS["L1"]) & (labels <= LEVEL_NUMBERS["L5"])) * size
    height, width = imaging.field, imaging.field
    # half a body below the middle of L1–L5 the sacrum is in view as well
    middle = inside.mean(axis=0) + np.array([0, 18.0, 0])
    if imaging.crop:
        first, last = (LEVEL_NUMBERS[name] for name in imaging.crop)
        rows = np.flatnonzero((labels == first).any(axis=(0, 2))) * size[1]
        bottom = np.flatnonzero((labels == min(last, 24)).any(axis=(0, 2)))[-1] * size[1]
        top, bottom = rows[0] - BRIM_MM, bottom + (S1_MM if last > 24 else BRIM_MM)
        height, middle[1] = bottom - top, (top + bottom) / 2
    rows, columns = (_grid(length, imaging.pixel) for length in (height, width))
    angle = np.radians(imaging.rotation_deg)
    down, across = np.meshgrid(rows, columns, indexing="ij")
    places = (
        (middle[1] + np.cos(angle) * down - np.sin(angle) * across) / size[1],
        (middle[2] + np.sin(angle) * down + np.cos(angle) * across) / size[2],
    )
    positions = middle[0] + (np.arange(imaging.slices) - (imaging.slices - 1) / 2) * imaging.spacing
    positions = positions[(positions >= 0) & (positions <= (len(voxels) - 1) * size[0])]
    blur = 0.4 * np.maximum(imaging.pixel / size[1:] - 1, 0)  # a larger pixel averages
    planes = np.arange(len(voxels)) * size[0]
    images, truth = [], []
    for x in positions:
        share = np.clip((imaging.thickness + size[0]) / 2 - np.abs(planes - x), 0, size[0])
        mean = np.tensordot(share / share.sum(), voxels, axes=1)
        mean = ndimage.gaussian_filter(mean, blur) if blur.any() else mean
        images.append(ndimage.map_coordinates(mean, places, order=1, prefilter=False))
        nearest = labels[round(x / size[0])]
        truth.append(ndimage.map_coordinates(nearest, places, order=0, prefilter=False))
    image, label = np.stack(images).astype(np.float32), np.stack(truth)
    image *= (imaging.shading ** (columns / SHADING_MM)).astype(np.float32)
    if imaging.snr:
        rng = np.random.default_rng(seed)
        sigma = np.float32(image[(label >= 20) & (label <= 23)].mean() / imaging.snr)
        noise = sigma * rng.standard_normal((2, *image.shape), np.float32)
        image = np.hypot(image + noise[0], noise[1])
    affine = np.eye(4)
    affine[:3, :3] = np.diag([imaging.spacing, imaging.pixel, imaging.pixel])[[0, 2, 1]]
    affine[2, 1] *= -1
    for axis in imaging.flipped:
        affine[:3, 3] += affine[:3, axis] * (image.shape[axis] - 1)
        affine[:3, axis] *= -1
        image, label = np.flip(image, axis), np.flip(label, axis)
    label = canonical(label, affine)[0]
    image, affine, _ = canonical(image, affine)
    return Scan(image, affine, Acquisition(), Source(volume.name, "benchmark")), label


def _grid(length: float, step: float) -> np.ndarray:
    count = round(length / step)
    return (np.arange(count) - (count - 1) / 2) * step


def read(scan: Scan) -> tuple[Reading | None, str]:
    """The reading of a scan, or why there is none."""
    try:
        reading = measure_scan(scan, vbq.find_anatomy(scan)).reading
    except vbq.VBQError as error:
        return None, error.code
    if reading.score is None:
        return None, next(f.code for f in reading.flags if f.severity == "refuse")
    return reading, ""


def judge(scan: Scan, truth: np.ndarray, reading: Reading) -> tuple[list[str], list[str]]:
    """The scored levels whose region's centre lies in the true body of that name, and the others.

    The centre may lie on a slice that a source left unlabelled: one slice beside it counts too.
    """
    right, wrong = [], []
    for level in reading.levels:
        if level.used:
            k, row, column = np.round(scan.to_index(level.centre_mm)).astype(int)
            nearby = truth[max(k - 1, 0) : k + 2, row, column]
            (right if LEVEL_NUMBERS[level.level] in nearby else wrong).append(level.level)
    return right, wrong


def score_over(reading: Reading, names: set[str]) -> float:
    """VBQ over some levels: the score itself where they are all that were scored."""
    assert reading.csf is not None
    return float(np.median([v.mean for v in reading.levels if v.level in names])) / reading.csf.mean


def outcomes_of_volume(volume: Volume, seed: int) -> Iterator[Outcome]:
    """The ordinary scan of a volume, then every other."""
    base_scan, base_truth = take(volume, ORDINARY, seed)
    base, refused = read(base_scan)
    first = Outcome("ordinary", "", volume.name, volume.group, refused=refused)
    if base is None:
        yield first
        return
    right, wrong = judge(base_scan, base_truth, base)
    yield replace(first, right=tuple(right), wrong=tuple(wrong), score=base.score)
    used = {v.level for v in base.levels if v.used}
    for kind, rows in GRID.items():
        for level, imaging in rows:
            if kind in ("slices", "thickness") and volume.width_mm < WIDE_ENOUGH_MM:
                continue
            scan, truth = take(volume, imaging, seed)
            unchanged = np.array_equal(scan.voxels, base_scan.voxels)
            reading, refused = (base, "") if unchanged else read(scan)
            outcome = Outcome(kind, level, volume.name, volume.group, refused=refused)
            if reading is not None:
                right, wrong = judge(scan, truth, reading)
                shared = used & {v.level for v in reading.levels if v.used}
                change = (
                    abs(score_over(reading, shared) - score_over(base, shared)) if shared else None
                )
                corrected = [r.variants.get(SHADING_CORRECTED) for r in (reading, base)]
                outcome = replace(
                    outcome,
                    right=tuple(right),
                    wrong=tuple(wrong),
                    score=reading.score,
                    change=change,
                    corrected_change=None if None in corrected else abs(np.subtract(*corrected)),
                )
            yield outcome


def labelled_volumes(data: Path) -> Iterator[Volume]:
    """Phantoms; where the data are present held-out patients: real T1, or T2 made T1-like."""
    yield from (phantom_volume(seed) for seed in range(PHANTOMS))
    if (data / "siegen").is_dir():
        yield from (real(data, "siegen", patient, group="real T1") for patient in T1_IN_SIEGEN)
    for source, read_volume in (
        ("chu", partial(real, data, "chu")),
        ("spider_t2space", partial(drawings.t2space, data)),
    ):
        if (data / source).is_dir():
            for seed, patient in enumerate(HELD_OUT[source]):
                volume = read_volume(patient)
                labels = vbq.find_anatomy(volume.as_scan()).labels
                yield replace(t1_like(volume, labels, seed), group="T1-like")


def run(data: Path, out: Path) -> list[Row]:
    """Print one row per perturbation, the pooled ones and the failures; write robustness.json."""
    outcomes = [
        outcome
        for seed, volume in enumerate(labelled_volumes(data))
        for outcome in outcomes_of_volume(volume, seed)
    ]
    print("robustness: the same spine imaged in other ways (held-out patients and phantoms)")
    print(f"{'':38}  n  refused  levels right   |change of VBQ| median   95th   corrected, median")
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.kind, outcome.level), []).append(outcome)
    rows = [_row(f"{kind} {level}".strip(), group) for (kind, level), group in groups.items()]
    changed = [o for o in outcomes if o.kind not in ("ordinary", SHADING)]
    shaded = [o for o in outcomes if o.kind == SHADING]
    for title, pooled in ((f"all but {SHADING}", changed), (SHADING, shaded)):
        rows.append(_row(title, pooled))
        names = dict.fromkeys(o.group for o in pooled)
        rows += [_row(f"  {name}", [o for o in pooled if o.group == name]) for name in names]
    print(f"aims: levels right at least {LEVELS_AIM:.0%}, median change at most {CHANGE_AIM}")
    failures = [o for o in outcomes if o.wrong or o.refused]
    for o in failures:
        failure = f"refused: {o.refused}" if o.refused else f"wrong: {' '.join(o.wrong)}"
        print(f"  {o.volume}, {o.kind} {o.level}: {failure}")
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"rows": rows, "outcomes": [asdict(o) for o in outcomes]}, indent=1)
    (out / "robustness.json").write_text(text, encoding="utf-8")
    print()
    return rows


def _row(name: str, outcomes: list[Outcome]) -> Row:
    right = sum(len(o.right) for o in outcomes)
    placed = right + sum(len(o.wrong) for o in outcomes)
    changes = [o.change for o in outcomes if o.change is not None]
    median, high = np.percentile(changes, (50, 95)) if changes else (None, None)
    corrected = [o.corrected_change for o in outcomes if o.corrected_change is not None]
    corrected_median = float(np.median(corrected)) if corrected else None
    refused = sum(bool(o.refused) for o in outcomes)
    print(
        f"{name:36} {len(outcomes):4} {refused:8}  "
        f"{right:4} of {placed:4} {right / max(placed, 1):5.1%}"
        + ("" if median is None else f" {median:16.3f} {high:9.3f}")
        + ("" if corrected_median is None else f" {corrected_median:18.3f}")
    )
    return {
        "name": name, "n": len(outcomes), "refused": refused, "levels_right": right,
        "levels_placed": placed, "median_change": median, "p95_change": high,
        "median_corrected_change": corrected_median,
    }  # fmt: skip
