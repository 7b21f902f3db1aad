"""Calibrate the confidence of the built-in network.

    python training/calibrate.py --data ../shared/data --networks work

The network is overconfident in patients it was trained on, so each training patient is judged by
the network of `cross_validate.py` that has not seen that patient (``fold0.onnx`` and so on in
``work``), under perturbations met in clinics: T1-like contrast, fields of view that end below L5,
L4 or L3 or inside L5, rotation, noise, shading, coarse pixels. Every case is a stack of 4 mm
slices.

A numbering is right when most bodies that overlap a drawn one bear its name. A level is right when
its body and the drawn body of that name overlap with a Dice above 0.7 on the slices within 6 mm of
the midline. Drawn bodies are named upward from the drawn L5, as in the sources, since the ribs
of these patients could not be checked.

Two tables are printed: each fold judged by maps fitted to the other folds, and the maps fitted to
all of them applied with the shipped weights to the held-out patients, who were not used to fit
them. All siegen volumes are a few persons and count as one. Targets are smoothed by the number of
patients (Platt 1999), so that n patients cannot claim more than about 1 - 1/n. The maps go to
``src/vbq/anatomy/builtin/weights/calibration.json``. No torch is needed.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, pairwise, repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage, optimize

from contrast import degrade, recolour, shade
from sources import BODY, L5, Slice, dice, load_corners, load_folds, load_split, read_all
from vbq.anatomy.builtin import network
from vbq.anatomy.builtin.calibration import FILE, NUMBERING_FEATURES, logit, numbering_features
from vbq.anatomy.builtin.instances import find_bodies
from vbq.anatomy.builtin.network import segment_tissues, weights_sha256
from vbq.anatomy.builtin.numbering import number_bodies
from vbq.scan.scan import Acquisition, Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).parent
WEIGHTS = FOLDER.parent / "src" / "vbq" / "anatomy" / "builtin" / "weights"
SLICE_MM = 4.0
REACH_MM = 8.0
NEAR_MM = 6.0
RIGHT_DICE = 0.7
PITCH_MM = (20.0, 60.0)  # drawn neighbours outside this range are fragments or fused: not judged
SAME_HEIGHT_MM = 10.0  # difference in height of L5 between slices of one patient
LUMBAR = range(20, 25)
FEWEST_BODIES = 3  # with fewer, VBQ refuses and gives no confidence
FOLLOWS_DRAWN = 0.5  # Dice above which a predicted body is matched to a drawn one
SIEGEN_T1 = ("02", "06", "08")  # T1 already, nothing to recolour
CUTS = {"below L5": (24, 1.0), "inside L5": (24, 0.5), "below L4": (23, 1.0), "below L3": (22, 1.0)}
KINDS = (
    *("as it is", "T1-like", "rotated", "shaded", "noisy", "coarse"),
    *CUTS,
)

Maps = tuple[np.ndarray, np.ndarray]  # calibration maps: of numbering, of outline


@dataclass
class Stack:
    """A patient's thick slices: images 0..1, tissue classes and drawn level numbers."""

    source: str
    person: str
    images: np.ndarray
    tissue: np.ndarray
    names: np.ndarray


@dataclass
class Case:
    """One perturbed stack as VBQ saw it."""

    person: str
    kind: str
    posterior: float
    sacrum: bool
    right: bool
    levels: list[tuple[float, bool]] = field(default_factory=list)  # certainty, right


def named(tissue: np.ndarray) -> np.ndarray:
    """Level numbers of the drawn bodies of one slice, upward from L5; zeros if they are unclear."""
    names = np.zeros(tissue.shape, np.uint8)
    parts, count = ndimage.label(tissue == BODY)
    bodies = [parts == k for k in range(1, count + 1) if (parts == k).sum() > 100]
    bodies = [tissue == L5, *sorted(bodies, key=lambda b: -np.nonzero(b)[0].mean())]
    centres = np.array([np.argwhere(b).mean(0) for b in bodies]) if bodies[0].any() else np.zeros(0)
    pitch = np.linalg.norm(np.diff(centres, axis=0), axis=1) if len(centres) > 1 else np.zeros(1)
    if (pitch < PITCH_MM[0]).any() or (pitch > PITCH_MM[1]).any():
        return names
    for above, body in enumerate(bodies):
        names[body] = 24 - above
    return names


def stacks(slices: Iterator[Slice]) -> Iterator[Stack]:
    """The slices of each patient, averaged to 4 mm slices around the middle of the stack."""
    groups: dict[tuple[str, str], list[Slice]] = {}
    for s in slices:
        groups.setdefault((s.source, s.patient), []).append(s)
    for (source, patient), group in groups.items():
        shape = np.max([s.image.shape for s in group], axis=0)
        middles = np.arange(-REACH_MM, REACH_MM + 1, SLICE_MM)
        images, tissue = [], []
        for middle in middles:
            near = [s for s in group if abs(s.offset_mm - middle) <= SLICE_MM / 2]
            if not near:
                continue
            images.append(np.mean([_padded(s.image, shape) for s in near], axis=0) / 255)
            central = min(near, key=lambda s: abs(s.offset_mm - middle))
            tissue.append(_padded(central.tissue, shape))
        names = agreed(np.asarray([named(t) for t in tissue]))
        person = "siegen" if source == "siegen" else f"{source}/{patient}"
        yield Stack(
            f"{source}/{patient}",
            person,
            np.asarray(images, np.float32),
            np.asarray(tissue),
            names,
        )


def agreed(names: np.ndarray) -> np.ndarray:
    """Level numbers, without slices whose L5 is not the patient's lowest body.

    A source without level numbers calls the lowest body of a slice L5; where a curved spine
    leaves the slice, that is a higher one.
    """
    rows = [np.nonzero(slice_ == 24)[0] for slice_ in names]
    height = np.array([r.mean() if r.size else np.nan for r in rows])
    if not np.isfinite(height).any():
        return names
    same_height = np.abs(height - np.nanmax(height)) <= SAME_HEIGHT_MM
    return np.where(same_height[:, None, None], names, np.uint8(0))


def _padded(image: np.ndarray, shape: np.ndarray) -> np.ndarray:
    return np.pad(image, [(0, n - m) for n, m in zip(shape, image.shape, strict=True)])


def perturbed(stack: Stack, kind: str, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Images and drawn names of one case; ``None`` where the cut level is not drawn."""
    images, tissue, names = stack.images, stack.tissue, stack.names
    own_t1 = stack.source in {f"siegen/{p}" for p in SIEGEN_T1}
    if kind != "as it is" and not own_t1:
        images = np.stack(
            [
                recolour(image, t, np.random.default_rng(seed), t1_like=True)
                for image, t in zip(images, tissue, strict=True)
            ]
        )
    if kind in CUTS:
        level, share = CUTS[kind]
        rows = np.flatnonzero((names == level).any(axis=(0, 2)))
        if rows.size < 10:
            return None
        margin = int(np.random.default_rng(seed).integers(2, 12)) if share == 1 else 0
        end = round(rows[0] + share * (rows[-1] - rows[0])) + margin
        return images[:, :end], names[:, :end]
    if kind == "rotated":
        angle = float(np.random.default_rng(seed).choice([-20, 20]))
        turn = {"axes": (1, 2), "reshape": False}
        return ndimage.rotate(images, angle, order=1, **turn), ndimage.rotate(
            names, angle, order=0, **turn
        )
    if kind == "shaded":
        images = _same_on_every_slice(images, shade, seed)
    if kind == "noisy":
        images = _same_on_every_slice(images, degrade, seed)
        images = np.hypot(images, np.random.default_rng(seed).normal(0, 0.05, images.shape))
    if kind == "coarse":
        images = ndimage.gaussian_filter(images, (0, 1.0, 1.0))
    return images, names


def _same_on_every_slice(
    images: np.ndarray, change: Callable[..., np.ndarray], seed: int
) -> np.ndarray:
    """The same random change on every slice."""
    return np.stack([change(image, np.random.default_rng(seed)) for image in images])


def judge(person: str, kind: str, images: np.ndarray, names: np.ndarray) -> Case | None:
    """What the program finds in one case and whether it is right; ``None`` if it finds nothing."""
    affine = np.array([[SLICE_MM, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    scan = Scan(np.float32(images * 255), affine, Acquisition(), Source("", "nifti"))
    maps = segment_tissues(scan)
    bodies = find_bodies(maps.probabilities, maps.positions_mm)
    if len(bodies) < FEWEST_BODIES:
        return None
    numbering = number_bodies(bodies)
    agreements, levels = [], []
    for level, body in zip(numbering.levels, bodies, strict=True):
        near = np.abs(maps.positions_mm - body.midline_mm) <= NEAR_MM
        reference, segmented = names[maps.slices[near]], body.mask[near]
        judged = reference.any(axis=(1, 2))
        reference, segmented = reference[judged], segmented[judged]
        overlap = {n: dice(reference == n, segmented) for n in np.unique(reference[reference > 0])}
        followed = max(overlap, key=overlap.__getitem__, default=0)
        if overlap.get(followed, 0) > FOLLOWS_DRAWN:
            agreements.append(followed == level)
        if level in LUMBAR and judged.any():
            levels.append((body.certainty, overlap.get(level, 0) > RIGHT_DICE))
    if not agreements:
        return None
    right = float(np.mean(agreements)) > 0.5
    return Case(person, kind, numbering.posterior, numbering.anchor == "sacrum", right, levels)


def fit(features: np.ndarray, right: np.ndarray, weight: np.ndarray, persons: int) -> np.ndarray:
    """Intercept and weights (at least 0) of a logistic map, with Platt's smoothed targets."""
    share = float(weight @ right / weight.sum())
    target = np.where(right, (persons * share + 1) / (persons * share + 2),
                      1 / (persons * (1 - share) + 2))  # fmt: skip
    design = np.column_stack([np.ones(len(right)), features])

    def loss(beta: np.ndarray) -> float:
        value = design @ beta
        return float(weight @ (np.logaddexp(0, value) - target * value) / weight.sum())

    bounds = [(-20, 20)] + [(0, 20)] * features.shape[1]
    return optimize.minimize(loss, np.full(len(bounds), 0.5), bounds=bounds, method="L-BFGS-B").x


def predict(beta: np.ndarray, features: np.ndarray) -> np.ndarray:
    """The map at some features."""
    return 1 / (1 + np.exp(-(beta[0] + features @ beta[1:])))


def fit_both(cases: list[Case]) -> Maps:
    """Maps of numbering and of outline; every person weighs the same."""
    persons = len({c.person for c in cases})
    share = {p: 1 / sum(c.person == p for c in cases) for p in {c.person for c in cases}}
    numbering = fit(
        numbering_predictors(cases),
        np.array([c.right for c in cases]),
        np.array([share[c.person] for c in cases]),
        persons,
    )
    # an outline is judged where the name is right: under a wrong one there is nothing to match
    outlines = [(c, certainty, right) for c in cases if c.right for certainty, right in c.levels]
    outline = fit(
        np.array([[logit(certainty)] for _, certainty, _ in outlines]),
        np.array([right for *_, right in outlines]),
        np.array([share[c.person] for c, *_ in outlines]),
        persons,
    )
    return numbering, outline


def numbering_predictors(cases: list[Case]) -> np.ndarray:
    """Features of the numbering map."""
    return np.array([numbering_features(c.posterior, sacrum=c.sacrum) for c in cases])


def reliability(title: str, p: np.ndarray, right: np.ndarray, persons: np.ndarray) -> None:
    """Print bins of a confidence with how often it was right, Brier score and ECE."""
    edges = [0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0001]
    gap = 0.0
    print(f"{title}: {len(p)} judged of {len(set(persons))} patients")
    print("  confidence    n  patients  mean  right")
    for low, high in pairwise(edges):
        hit = (p >= low) & (p < high)
        if hit.any():
            gap += hit.sum() * abs(p[hit].mean() - right[hit].mean())
            print(f"  {low:.2f}–{min(high, 1):.2f} {hit.sum():6d} {len(set(persons[hit])):9d}"
                  f" {p[hit].mean():5.2f} {right[hit].mean():6.2f}")  # fmt: skip
    print(f"  Brier {np.mean((p - right) ** 2):.4f}, ECE {gap / len(p):.4f}\n")


def report(judged: list[tuple[list[Case], Maps]]) -> None:
    """Print how reliable maps are on cases they were not fitted to, and the network alone."""
    cases, p = list[Case](), np.zeros(0)
    rows: list[tuple[str, float, float, bool]] = []
    for group, (numbering, outline) in judged:
        group_probability = predict(numbering, numbering_predictors(group))
        cases, p = cases + group, np.append(p, group_probability)
        for case, right_name in zip(group, group_probability, strict=True):
            for certainty, right in case.levels:
                outlined = float(predict(outline, np.array([[logit(certainty)]]))[0])
                rows.append((case.person, case.posterior * certainty, right_name * outlined, right))
    print("kind                    cases  right  confidence")
    for kind in KINDS:
        mine = [i for i, c in enumerate(cases) if c.kind == kind]
        if mine:
            right = [cases[i].right for i in mine]
            print(f"{kind:22} {len(mine):6d} {np.mean(right):6.2f} {p[mine].mean():7.2f}")
    print()
    right, persons = np.array([c.right for c in cases]), np.array([c.person for c in cases])
    reliability("numbering, as the network has it", np.array([c.posterior for c in cases]), right,
                persons)  # fmt: skip
    reliability("numbering, calibrated", p, right, persons)
    persons_of_levels, raw, calibrated, level_right = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    reliability("levels L1–L5, as the network has it", raw, level_right, persons_of_levels)
    reliability("levels L1–L5, calibrated", calibrated, level_right, persons_of_levels)


def all_cases(
    data: Path, patients: dict[str, list[str]], weights: Path | None = None
) -> list[Case]:
    """Every perturbation of every patient, seen by the shipped network or another one.

    Other weights require a separate process, since VBQ reads its weights once.
    """
    if weights is not None:
        network.WEIGHTS = weights
    corners = load_corners(FOLDER / "s1_corners.json")
    cases = []
    for number, stack in enumerate(stacks(read_all(data, {"all": patients}, "all", corners))):
        for k, kind in enumerate(KINDS):
            perturbation = perturbed(stack, kind, 100 * number + k)
            case = None if perturbation is None else judge(stack.person, kind, *perturbation)
            cases += [] if case is None else [case]
    return cases


def training_patients(fold: dict[str, list[str]], split: dict) -> dict[str, list[str]]:
    """The patients of a fold on whom the shipped network was trained."""
    return {
        source: [name for name in names if name in split["train"][source]]
        for source, names in fold.items()
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--networks", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS / FILE)
    args = parser.parse_args()
    split = load_split(FOLDER / "split.json")
    folds = load_folds(FOLDER / "folds.json")
    patients = [training_patients(fold, split) for fold in folds]
    networks = [args.networks / f"fold{number}.onnx" for number in range(len(folds))]
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        by_fold = list(pool.map(all_cases, repeat(args.data), patients, networks))
    cases = list(chain(*by_fold))
    print("CROSS-VALIDATED: each fold by maps fitted to the others\n")
    judged = []
    for fold_cases in by_fold:
        persons = {c.person for c in fold_cases}
        judged.append((fold_cases, fit_both([c for c in cases if c.person not in persons])))
    report(judged)
    print("HELD OUT: the shipped weights, maps fitted to all folds\n")
    maps = fit_both(cases)
    report([(all_cases(args.data, split["held_out"]), maps)])
    numbering, outline = (beta.round(4).tolist() for beta in maps)
    args.out.write_text(
        json.dumps(
            {
                "model_sha256": weights_sha256(),
                "fitted_with_sha256": [sha256(p.read_bytes()).hexdigest() for p in networks],
                "patients": len({c.person for c in cases}),
                "cases": len(cases),
                "numbering": dict(zip(("intercept", *NUMBERING_FEATURES), numbering, strict=True)),
                "outline": dict(zip(("intercept", "certainty"), outline, strict=True)),
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
