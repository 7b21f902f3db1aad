"""Cross-validate the outlines by patient: one network per fold, none of which saw that fold.

    python training/cross_validate.py --data ../shared/data --work work

Each network is made like the first one of `make.py` (same steps, seed and phantoms), from the
patients of the other folds in ``folds.json``. The later steps of `make.py`, pseudo-labels and
further training, are not repeated: they would need a network for every patient's own fold. The
real T1 of siegen are in no fold and are not trained on. An interrupted run continues, as in
`make.py`;
`benchmarks/accuracy/cross_validation.py` then measures VBQ with these networks.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from make import BATCH, FIRST_STEPS, FOLDER, step
from prepare import pack, unpack
from sources import load_folds


def leave_out(fold: int, slices: Path, out: Path) -> None:
    """Write the slices of all other folds, and the phantoms, to train on."""
    folds = load_folds(FOLDER / "folds.json")
    training_patients = {
        (source, patient)
        for number, patients in enumerate(folds)
        if number != fold
        for source, names in patients.items()
        for patient in names
    }
    remaining = [
        s
        for part in ("train", "held_out")
        for s in unpack(slices / f"{part}.npz")
        if (s.source, s.patient) in training_patients
    ]
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(slices / "phantoms.npz", out)
    pack(remaining, out / "train.npz")
    print(
        f"fold {fold}: {len(remaining)} slices of {len({(s.source, s.patient) for s in remaining})}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args()
    slices = args.work / "slices"
    if not (slices / "held_out.npz").exists():
        step("prepare.py", data=args.data, out=slices)
    if not (slices / "phantoms.npz").exists():
        step("phantoms.py", out=slices / "phantoms.npz")
    for fold in range(len(load_folds(FOLDER / "folds.json"))):
        out = args.work / f"fold{fold}"
        if not (out / "train.npz").exists():
            leave_out(fold, slices, out)
        step("train.py", work=out, out=out / "run", steps=FIRST_STEPS, batch=BATCH)
        step("export.py", checkpoint=out / "run" / "last.pt", out=args.work / f"fold{fold}.onnx")


if __name__ == "__main__":
    main()
