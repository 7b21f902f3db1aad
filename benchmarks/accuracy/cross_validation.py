"""Outlines, levels, scores and confidences cross-validated by patient.

    python benchmarks/accuracy/cross_validation.py --networks WORK [--data DIR] [--out DIR]

WORK is where `training/cross_validate.py` left a network a fold. The product is run with each of
them on the patients whom it has not seen, so on every patient once. These networks had a third of
the shipped one's training steps and two thirds of the patients: they say how the method does on
people, and are a cautious answer for the shipped weights. The map from certainty to confidence is
the shipped one, fitted to 15 of these patients with other weights.

No T1 trained them: their levels on SPIDER's midline T1, where L5 was marked by hand, count too.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import levels
import numpy as np
import overlap
import score_agreement
from cases import cases_of, find, find_as_t1
from failures import cut_below
from PIL import Image
from plain import plain
from volumes import plain_scan, sources

import vbq
from vbq.anatomy import network
from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.files import write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cases import Found
    from levels import Naming

TRAINING = Path(sources.__file__).parent
PICTURE_MM = 4.0  # thickness assumed of a single picture
CUTS = ("L5", "L4", "L3")  # fields of view that end below these
BINS = (0.0, 0.4, 0.6, 0.8, 0.9, 1.0)  # of the confidence


@dataclass
class Rows:
    """What is kept of every volume, in the order seen."""

    outlines: list[overlap.Outlines] = field(default_factory=list)
    namings: list[Naming] = field(default_factory=list)
    cut: list[tuple[str, Naming]] = field(default_factory=list)  # below which level
    scores: list[score_agreement.Pair | score_agreement.Unscored] = field(default_factory=list)
    t1_levels: list[tuple[int, str, bool]] = field(default_factory=list)  # fold, picture, right


def examine(fold: int, patients: dict[str, list[str]], networks: Path, data: Path) -> Rows:
    """The patients of one fold, as they are, turned T1-like, and cut off; then the T1 pictures.

    In a process of its own: the product reads its weights once.
    """
    network.WEIGHTS = networks / f"fold{fold}.onnx"
    print(f"fold {fold}: weights SHA-256 {network.weights_sha256()}", flush=True)
    rows = Rows()
    for seed, case in enumerate(cases_of(data, patients)):
        as_it_is = find(case)
        keep(as_it_is, rows)
        as_t1 = find_as_t1(as_it_is, seed)
        if as_t1 is None:
            continue
        keep(as_t1, rows)
        rows.scores.append(score_agreement.compare(as_t1))
        for level in CUTS:
            if (case.volume.labels == LEVEL_NUMBERS[level]).any():
                rows.cut.append((level, levels.name_levels(cut_below(as_t1, level))))
    rows.t1_levels += [(fold, name, right) for name, right in t1_levels(data)]
    return rows


def keep(found: Found, rows: Rows) -> None:
    """Outlines and names of one volume."""
    rows.outlines.append(overlap.compare_outlines(found))
    rows.namings.append(levels.name_levels(found))


def t1_levels(data: Path) -> Iterator[tuple[str, bool]]:
    """Every midline T1 with a hand-placed L5: its name, and whether L5 is found there."""
    marks = json.loads((TRAINING / "t1_landmarks.json").read_text("utf-8"))
    for name, known in marks.items():
        path = data / "spider_midline" / "images" / f"{name}.png"
        if "l5" not in known or not path.is_file():
            continue
        mm = known["mm_per_pixel"][0]
        picture = np.array(Image.open(path).convert("L"), np.float32)[None]
        row, column = (round(v / mm) for v in known["l5"])  # marked at 1 mm
        try:
            found = vbq.find_anatomy(plain_scan(picture, (PICTURE_MM, mm, mm), name))
        except vbq.VBQError:
            yield name, False
        else:
            yield name, bool(found.labels[0, row, column] == LEVEL_NUMBERS["L5"])


def numbered_right(naming: Naming) -> bool:
    """Whether most of the levels drawn bear their names."""
    return 2 * len(naming.wrong) < naming.levels


def report_confidence(rows: Rows) -> list[dict[str, object]]:
    """How often the numbering was right, by the confidence that the product gave it."""
    cases = [*rows.namings, *(naming for _, naming in rows.cut)]
    known = [n for n in cases if n.confidence is not None]
    print("CONFIDENCE of the numbering: as they are, T1-like, and cut off")
    table = []
    for low, high in pairwise(BINS):
        own = [n for n in known if low <= n.confidence < high]
        if own:
            mean = float(np.mean([n.confidence for n in own]))
            right = float(np.mean([numbered_right(n) for n in own]))
            print(f"  {low:.1f}-{high:.1f}: {len(own):4} cases, mean {mean:.2f}, right {right:.2f}")
            table.append({"from": low, "to": high, "n": len(own), "mean": mean, "right": right})
    for level in CUTS:
        cut = [naming for below, naming in rows.cut if below == level]
        right = sum(numbered_right(n) for n in cut)
        given = [n.confidence for n in cut if n.confidence is not None]
        print(
            f"  cut below {level}: numbering right in {right} of {len(cut)}, mean confidence "
            f"{np.mean(given) if given else np.nan:.2f}"
        )
    print()
    return table


def report_t1(rows: Rows) -> None:
    """The midline T1, by fold: every network has seen as little of them as the next."""
    print("LEVELS on SPIDER's midline T1: L5 found where it was marked by hand")
    for fold in sorted({fold for fold, _, _ in rows.t1_levels}):
        own = {name: right for number, name, right in rows.t1_levels if number == fold}
        wrong = ", ".join(name for name, right in own.items() if not right)
        print(f"  fold {fold}: {sum(own.values())} of {len(own)}" + (wrong and f"; not {wrong}"))
    print()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("vbq-cross-validation"))
    args = parser.parse_args()
    start, rows = time.perf_counter(), Rows()
    folds = json.loads((TRAINING / "folds.json").read_text("utf-8"))["folds"]
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        for part in pool.map(
            examine, range(len(folds)), folds, repeat(args.networks), repeat(args.data)
        ):
            for name in vars(rows):
                getattr(rows, name).extend(getattr(part, name))
    results: dict[str, object] = {
        "overlap": overlap.run(rows.outlines),
        "levels": levels.run(rows.namings),
        "score": score_agreement.run(rows.scores),
        "confidence": report_confidence(rows),
        "t1_levels": rows.t1_levels,
    }
    report_t1(rows)
    text = json.dumps(plain(results), indent=1, ensure_ascii=False, allow_nan=False)
    path = write_file(args.out / "cross_validation.json", text.encode())
    print(f"{path} written; {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
