"""Outlines, levels and scores cross-validated by patient.

    python benchmarks/accuracy/cross_validation.py --networks WORK [--data DIR] [--out DIR]

WORK is where `training/cross_validate.py` left one network per fold. VBQ is run with each of
them on the patients whom it has not seen, so on every patient once. These networks had a third of
the shipped one's training steps and two thirds of the patients: they say how the method does on
people, and are a cautious answer for the shipped weights.

No T1 trained them. Each of them is therefore asked about all real T1, apart from the rest: the
drawn ones, and SPIDER's midline pictures, where L5 was marked by hand.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import levels
import numpy as np
import overlap
import score_agreement
from cases import cases_of, find, find_as_t1, held_out
from json_values import json_values
from PIL import Image
from volumes import plain_scan, sources

import vbq
from vbq.anatomy.builtin import network
from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.files import write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cases import Case, SegmentedCase
    from levels import Naming

TRAINING = Path(sources.__file__).parent
PICTURE_MM = 4.0  # thickness assumed of a single picture


@dataclass
class Rows:
    """Results of every volume, in the order of evaluation."""

    outlines: list[overlap.Outlines] = field(default_factory=list)
    namings: list[Naming] = field(default_factory=list)
    scores: list[score_agreement.Pair | score_agreement.Unscored] = field(default_factory=list)
    real_t1: list[overlap.Outlines] = field(default_factory=list)  # real T1 of all folds
    t1_levels: list[tuple[int, str, bool]] = field(default_factory=list)  # fold, picture, right


def examine(fold: int, patients: dict[str, list[str]], networks: Path, data: Path) -> Rows:
    """The patients of one fold, as they are and made T1-like; then all real T1.

    A separate process is required, since VBQ reads its weights once.
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
    rows.real_t1 += [overlap.compare_outlines(find(case)) for case in real_t1(data)]
    rows.t1_levels += [(fold, name, right) for name, right in t1_levels(data)]
    return rows


def keep(segmented: SegmentedCase, rows: Rows) -> None:
    """Outlines and names of one volume."""
    rows.outlines.append(overlap.compare_outlines(segmented))
    rows.namings.append(levels.name_levels(segmented))


def real_t1(data: Path) -> Iterator[Case]:
    """The T1 and TIRM with drawn bodies."""
    return (case for case in held_out(data) if case.contrast in ("T1", "TIRM"))


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
            segmented = vbq.find_anatomy(plain_scan(picture, (PICTURE_MM, mm, mm), name))
        except vbq.VBQError:
            yield name, False
        else:
            yield name, bool(segmented.labels[0, row, column] == LEVEL_NUMBERS["L5"])


def report_t1(rows: Rows) -> None:
    """Real T1, by network: each has seen as little of them as the next."""
    print("REAL T1: median Dice of the bodies, least, median signed mean distance, by network")
    for name in dict.fromkeys(row.case for row in rows.real_t1):
        cells = []
        for row in (row for row in rows.real_t1 if row.case == name):
            distances = [b.signed_mean_mm for b in row.bodies if b.signed_mean_mm is not None]
            of_bodies = [b.dice for b in row.bodies]
            cells.append(
                f"{np.median(of_bodies):.3f} {min(of_bodies):.3f}"
                + (f" {np.median(distances):+.1f} mm" if distances else "")
            )
        print(f"  {name:20} " + "   ".join(cells))
    print("LEVELS on SPIDER's midline T1: L5 found where it was marked by hand")
    for fold in sorted({fold for fold, _, _ in rows.t1_levels}):
        t1_levels = {name: right for number, name, right in rows.t1_levels if number == fold}
        wrong = ", ".join(name for name, right in t1_levels.items() if not right)
        print(
            f"  fold {fold}: {sum(t1_levels.values())} of {len(t1_levels)}"
            + (wrong and f"; not {wrong}")
        )
    print()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("vbq-cross-validation"))
    args = parser.parse_args()
    start, rows = time.perf_counter(), Rows()
    folds = sources.load_folds(TRAINING / "folds.json")
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
        "real_t1": rows.real_t1,
        "t1_levels": rows.t1_levels,
    }
    report_t1(rows)
    text = json.dumps(json_values(results), indent=1, ensure_ascii=False, allow_nan=False)
    path = write_file(args.out / "cross_validation.json", text.encode())
    print(f"{path} written; {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
