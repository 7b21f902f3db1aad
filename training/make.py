"""Make the shipped network from the public data: every step of `training/`, one after another.

    python training/make.py --data ../shared/data --work work

A step whose result exists is not run again, and training resumes from its last checkpoint: the
same command continues an interrupted run.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
WEIGHTS = FOLDER.parent / "src/vbq/anatomy/builtin/weights/vertebra_unet.onnx"
FIRST_STEPS, FINAL_STEPS, BATCH, FINAL_PEAK = 1500, 3000, 6, 1e-3


def step(script: str, **options: Path | float) -> None:
    """Run one script of this folder with ``--name value`` for each option."""
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    print(script, *arguments, flush=True)
    subprocess.run([sys.executable, str(FOLDER / script), *arguments], check=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    slices, filled = args.work / "slices", args.work / "filled"
    first, final = args.work / "first", args.work / "final"
    if not (slices / "held_out.npz").exists():
        step("prepare.py", data=args.data, out=slices)
    if not (slices / "phantoms.npz").exists():
        step("phantoms.py", out=slices / "phantoms.npz")
    step("train.py", work=slices, out=first, steps=FIRST_STEPS, batch=BATCH)
    step("export.py", checkpoint=first / "last.pt", out=args.work / "first.onnx")
    if not (filled / "train.npz").exists():
        filled.mkdir(parents=True, exist_ok=True)
        shutil.copy(slices / "phantoms.npz", filled)
        step("pseudo.py", data=args.data, work=slices, model=args.work / "first.onnx", out=filled)
    step(
        "train.py",
        work=filled,
        out=final,
        init=first / "last.pt",
        steps=FINAL_STEPS,
        batch=BATCH,
        peak=FINAL_PEAK,
    )
    step("export.py", checkpoint=final / "last.pt", out=args.out)
    step("evaluate.py", data=args.data, work=slices, model=args.out, out=args.work / "evaluation")


if __name__ == "__main__":
    main()
