"""Outlines: the bodies and the canal found against those drawn by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from intervals import Estimate, bootstrap, by_patient, warn_of_few
from measures import dice, surface_distances

from vbq.anatomy.levels import CANAL, CORD, LEVEL_NAMES, LEVEL_NUMBERS

if TYPE_CHECKING:
    from cases import SegmentedCase

LEAST_CANAL_MM2 = 300.0  # least area of the drawn canal per slice


@dataclass(frozen=True)
class Body:
    """One drawn body and the segmented one that covers most of it, under any name."""

    volume: str
    patient: str
    group: str
    level: str
    found_as: str | None
    dice: float
    hausdorff_95_mm: float | None
    signed_mean_mm: float | None


@dataclass(frozen=True)
class Outlines:
    """The bodies of one case, and the Dice of its canal where it was drawn."""

    case: str
    patient: str
    contrast: str
    bodies: list[Body]
    canal: float | None
    refusal: str


# Pooled results: name, aim, and the cases that belong to it.
GROUPS = {
    "T1": "T1 (siegen 02/06/08, spider_png)",
    "TIRM": "TIRM (siegen 03/07)",
    "T2/water": "T2 and water (chu, myosegmentum, spider_t2space)",
    "T1-like": "the same, turned T1-like (optimistic: coloured by the drawing)",
}
MEDIAN_AIM = {"T1": 0.93, "T2/water": 0.94}
LEAST_AIM = {"T1": 0.85}
CANAL_AIM = {"T2/water": 0.92, "T1-like": 0.90}
HAUSDORFF_AIM_MM = 2.5


def covering(labels: np.ndarray, reference: np.ndarray) -> int:
    """Number of the found body that covers most of a drawn one; 0 if none touches it."""
    labels_there = labels[reference]
    counts = np.bincount(labels_there[np.isin(labels_there, list(LEVEL_NAMES))], minlength=1)
    return int(counts.argmax())


def bodies(segmented: SegmentedCase) -> list[Body]:
    """L1-L5 of one case on the drawing's mid-sagittal slice and its neighbours."""
    case = segmented.case
    result = []
    for level, slices in case.judged(case.near).items():
        labels, reference = segmented.labels[slices], case.labels[slices] == LEVEL_NUMBERS[level]
        number = covering(labels, reference)
        mask = (labels == number) if number else np.zeros_like(reference)
        distances = surface_distances(mask, reference, case.volume.spacing_mm[1:])
        result.append(
            Body(
                volume=case.volume.name,
                patient=case.patient,
                group=case.contrast,
                level=level,
                found_as=LEVEL_NAMES.get(number),
                dice=dice(mask, reference),
                hausdorff_95_mm=distances.hausdorff_95 if case.spacing_known else None,
                signed_mean_mm=distances.signed_mean if case.spacing_known else None,
            )
        )
    return result


def canal(segmented: SegmentedCase) -> float | None:
    """Dice of the canal on the same slices; ``None`` where the source did not draw it."""
    case = segmented.case
    reference = case.labels[case.near] == CANAL
    _, row, column = case.volume.spacing_mm
    if reference.sum() * row * column < LEAST_CANAL_MM2 * len(reference):
        return None
    labels = segmented.labels[case.near]
    return dice((labels == CANAL) | (labels == CORD), reference)


def compare_outlines(segmented: SegmentedCase) -> Outlines:
    """Bodies and canal of one case against the drawing."""
    case = segmented.case
    name = case.volume.name.removesuffix(" as T1")
    return Outlines(
        name, case.patient, case.contrast, bodies(segmented), canal(segmented), segmented.refusal
    )


def run(rows: list[Outlines]) -> dict[str, object]:
    """Print one row per volume and a table of all patients; return them."""
    print("OUTLINES: L1-L5 on the drawn mid-sagittal slice ±2, as drawn against as found")
    print(
        f"{'volume':30} {'contrast':9} bodies  median Dice    min (level)"
        "  95 % Hausdorff mm  signed mean mm  canal Dice"
    )
    for row in rows:
        members = row.bodies
        worst = min(members, key=lambda body: body.dice)
        print(
            f"{row.case:30} {row.contrast:9} {len(members):6}"
            f" {np.median([b.dice for b in members]):12.3f} {worst.dice:12.3f} ({worst.level})"
            f" {_median([b.hausdorff_95_mm for b in members]):>13}"
            f" {_median([b.signed_mean_mm for b in members]):>15}"
            f" {'' if row.canal is None else f'{row.canal:.3f}':>15}"
            + (f"  refused: {row.refusal}" if row.refusal else "")
        )
    seen = [body for row in rows for body in row.bodies]
    canals: dict[str, list[tuple[str, float]]] = {}
    for row in rows:
        if row.canal is not None:
            canals.setdefault(row.contrast, []).append((row.patient, row.canal))
    print("\nall patients: median [95 % bootstrap interval over patients]")
    pooled = [_pool(seen, group) for group in GROUPS if any(b.group == group for b in seen)]
    pooled += [_pool_canal(group, pairs) for group, pairs in canals.items()]
    print(
        "  Not judged: bodies that the slices only graze, and in spider_t2space those without the\n"
        "  canal behind them, which nothing parts from their pedicles (scoliosis).\n"
        "  siegen's masks are drawn about 1 mm inside the others': see the signed mean.\n"
        "  spider_png and spider_t2space number their patients apart: some may be one person, or\n"
        "  somebody whom spider_t2space trained on; not known. Their millimetres are assumed.\n"
    )
    return {"bodies": seen, "canals": canals, "pooled": pooled}


def _pool(rows: list[Body], group: str) -> dict[str, object]:
    members = [b for b in rows if b.group == group]
    overlap = bootstrap(by_patient([(b.patient, b.dice) for b in members]))
    least = min(members, key=lambda b: b.dice)
    volumes = len({b.volume for b in members})
    print(
        f"{GROUPS[group]}: {overlap.patients} patients, {volumes} volumes, "
        f"{overlap.n} of {5 * volumes} bodies judged"
    )
    _line("body Dice", overlap, MEDIAN_AIM.get(group))
    aim = LEAST_AIM.get(group)
    verdict = "" if aim is None else f"   aim ≥ {aim}: {'met' if least.dice >= aim else 'NOT met'}"
    print(f"  {'least body Dice':22} {least.dice:.3f} ({least.volume} {least.level}){verdict}")
    far = [(b.patient, b.hausdorff_95_mm) for b in members if b.hausdorff_95_mm is not None]
    near = [
        (b.patient, b.signed_mean_mm)
        for b in members
        if b.signed_mean_mm is not None and np.isfinite(b.signed_mean_mm)
    ]
    distance = bootstrap(by_patient(far)) if far else None
    signed = bootstrap(by_patient(near)) if near else None
    if distance is not None and signed is not None:
        aim = HAUSDORFF_AIM_MM if group in MEDIAN_AIM else None
        _line(f"95 % Hausdorff, {distance.patients} p.", distance, aim, smaller=True)
        _line("signed mean distance", signed, None)
    warn_of_few(GROUPS[group], overlap)
    return {
        "group": group, "volumes": volumes, "dice": overlap, "least": least,
        "hausdorff_95_mm": distance, "signed_mean_mm": signed,
    }  # fmt: skip


def _pool_canal(group: str, pairs: list[tuple[str, float]]) -> dict[str, object]:
    overlap = bootstrap(by_patient(pairs))
    print(f"canal, spider_t2space, {group}: {overlap.patients} patients")
    _line("canal Dice", overlap, CANAL_AIM[group])
    return {"group": group, "canal_dice": overlap}


def _line(name: str, estimate: Estimate, aim: float | None, *, smaller: bool = False) -> None:
    verdict = ""
    if aim is not None:
        met = estimate.value <= aim if smaller else estimate.value >= aim
        verdict = f"   aim {'≤' if smaller else '≥'} {aim}: {'met' if met else 'NOT met'}"
    print(f"  {name:22} {estimate}{verdict}")


def _median(values: list[float | None]) -> str:
    known = [v for v in values if v is not None and not np.isnan(v)]
    return f"{np.median(known):.2f}" if known else "–"
