"""Speed of the fracture study's statistics: ``python benchmarks/stats.py [REFERENCES]``.

Median times on one core, next to R in the same run (``Rscript`` with ``rms`` and ``pROC``; skipped
with the reason if absent):

- optimism bootstrap of the GLOW model, 500 women, 8 columns, 2000 refits, against rms::validate;
- two AUCs of 100,000 patients with DeLong's interval and test, against pROC;
- a million patients, 8 predictors: fit, AUC, calibration with its curve, and 4 bootstrap refits, in
  a separate process, with its peak memory.

REFERENCES is the folder of reference answers, by default ``../shared/references``.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vbq.stats.performance.brier import brier
from vbq.stats.performance.calibration import calibration
from vbq.stats.performance.calibration_curve import calibration_curve
from vbq.stats.performance.delong import auc, compare_auc
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.validation.bootstrap import validate_bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent
RESAMPLES = 2000
RUNS = 3
YES_NO = ("priorfrac", "momfrac", "armassist", "smoke")


def timed(work: Callable[[], tuple[float, ...]]) -> tuple[float, float, tuple[float, ...]]:
    """Median CPU and wall-clock seconds over the runs, and the result of the last run."""
    cpu, wall = [], []
    for _ in range(RUNS):
        times = time.process_time(), time.perf_counter()
        values = work()
        cpu.append(time.process_time() - times[0])
        wall.append(time.perf_counter() - times[1])
    return statistics.median(cpu), statistics.median(wall), values


def glow(references: Path) -> pd.DataFrame | None:
    """Columns and outcome of the main GLOW model."""
    path = references / "data" / "aplore3_glow500.csv"
    if not path.is_file():
        print(f"GLOW skipped: {path} does not exist")
        return None
    women = pd.read_csv(path)
    columns = {"age": women.age, "bmi": women.bmi}
    columns |= {name: (women[name] == "Yes").astype(int) for name in YES_NO}
    columns |= {level: (women.raterisk == level).astype(int) for level in ("Same", "Greater")}
    return pd.DataFrame({**columns, "y": (women.fracture == "Yes").astype(int)})


def run_r(folder: Path) -> dict[str, list[float]]:
    """CPU seconds, wall-clock seconds and values of R, by task."""
    if shutil.which("Rscript") is None:
        print("R skipped: Rscript is not installed")
        return {}
    command = ["Rscript", str(FOLDER / "stats_peer.R"), "model.csv", "scores.csv"]
    run = subprocess.run(
        [*command, str(RESAMPLES), str(RUNS)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        print(f"R skipped: {run.stderr.strip().splitlines()[0]}")
        return {}
    lines = [line.split() for line in run.stdout.splitlines()]
    return {task: [float(value) for value in values] for task, *values in lines}


def compare_with_r(references: Path) -> None:
    """Time validation and DeLong's method in Python and in R."""
    rng = np.random.default_rng(1)
    y = rng.random(100_000) < 0.1
    scores = pd.DataFrame(
        {"y": y.astype(int), "first": rng.normal(y, 1), "second": rng.normal(y, 2)}
    )
    tasks: dict[str, Callable[[], tuple[float, ...]]] = {}
    with tempfile.TemporaryDirectory() as name:
        scores.to_csv(Path(name) / "scores.csv", index=False)
        model = glow(references)
        if model is not None:
            model.to_csv(Path(name) / "model.csv", index=False)
            design, outcome = model.drop(columns="y").to_numpy(float), model.y.to_numpy(float)

            def validate() -> tuple[float, ...]:
                validation = validate_bootstrap(design, outcome, resamples=RESAMPLES, seed=1)
                return validation["auc"].corrected, validation["slope"].corrected

            tasks["validate"] = validate

        def delong() -> tuple[float, ...]:
            first = auc(scores.y, scores["first"])
            test = compare_auc(scores.y, scores["first"], scores["second"])
            low, high = first.interval or (0.0, 1.0)
            return low, first.estimate, high, test.statistic

        tasks["delong"] = delong
        python = {task: timed(work) for task, work in tasks.items()}
        r = run_r(Path(name))
    for task, (cpu, wall, values) in python.items():
        print(f"{task}: {cpu:.3f} s CPU, {wall:.3f} s; {', '.join(f'{v:.10g}' for v in values)}")
        if task in r:
            r_cpu, r_wall, *r_values = r[task]
            digits = ", ".join(f"{v:.10g}" for v in r_values)
            print(f"  in R: {r_cpu:.3f} s CPU, {r_wall:.3f} s; {digits}")
            print(f"  speed-up over R: {r_cpu / cpu:.1f} in CPU, {r_wall / wall:.1f} in wall time")


def million() -> None:
    """Time each step with a million patients; run in a separate process for its peak memory."""
    print("a million patients:", flush=True)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1_000_000, 8))
    y = (rng.random(len(x)) < 1 / (1 + np.exp(2 - x @ np.linspace(0, 0.7, 8)))).astype(float)
    start = time.process_time()

    def step(name: str) -> None:
        nonlocal start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"  {name}: {time.process_time() - start:.2f} s CPU, peak so far {peak:.2f} GiB",
            flush=True,
        )
        start = time.process_time()

    p = fit_logistic(x, y).probabilities()
    step("fit")
    auc(y, p)
    step("AUC with DeLong's interval")
    calibration(y, p)
    brier(y, p)
    step("calibration and Brier score")
    calibration_curve(y, p)
    step("calibration curve with band")
    validate_bootstrap(x, y, resamples=4, seed=1)
    step("4 bootstrap refits")


def main() -> None:
    """Run each part in a separate process, on one core."""
    parser = argparse.ArgumentParser(description="Speed of the fracture study's statistics.")
    parser.add_argument("references", nargs="?", type=Path)
    parser.add_argument("--part", choices=["r", "million"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    references = arguments.references or FOLDER.parents[1] / "shared" / "references"
    if arguments.part == "r":
        compare_with_r(references)
    elif arguments.part == "million":
        million()
    else:
        one_core = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}
        for part in ("r", "million"):
            command = [sys.executable, __file__, str(references), "--part", part]
            subprocess.run(command, env=os.environ | one_core, check=True)


if __name__ == "__main__":
    main()
