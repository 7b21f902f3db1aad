"""How fast the fracture study's statistics are: ``python benchmarks/stats.py [REFERENCES]``.

Times on one core, as medians, beside R in the same run (``Rscript`` with ``rms`` and ``pROC``;
left out, with the reason, where absent):

- optimism bootstrap of the GLOW model, 500 women, 8 columns, 2000 refits, against rms::validate;
- two areas under the ROC curve of 100 000 patients with DeLong's interval and test, against pROC;
- a million patients, 8 predictors: fit, area, calibration with its curve, and 4 bootstrap refits,
  in a process of its own, with the peak of its memory.

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

HERE = Path(__file__).parent
RESAMPLES = 2000
RUNS = 3
YES_NO = ("priorfrac", "momfrac", "armassist", "smoke")


def timed(work: Callable[[], tuple[float, ...]]) -> tuple[float, float, tuple[float, ...]]:
    """CPU and wall seconds, medians over the runs, and what the last run gave."""
    cpu, wall = [], []
    for _ in range(RUNS):
        times = time.process_time(), time.perf_counter()
        values = work()
        cpu.append(time.process_time() - times[0])
        wall.append(time.perf_counter() - times[1])
    return statistics.median(cpu), statistics.median(wall), values


def glow(references: Path) -> pd.DataFrame | None:
    """The main model's columns and outcome."""
    path = references / "data" / "aplore3_glow500.csv"
    if not path.is_file():
        print(f"GLOW left out: {path} is not there")
        return None
    women = pd.read_csv(path)
    columns = {"age": women.age, "bmi": women.bmi}
    columns |= {name: (women[name] == "Yes").astype(int) for name in YES_NO}
    columns |= {level: (women.raterisk == level).astype(int) for level in ("Same", "Greater")}
    return pd.DataFrame({**columns, "y": (women.fracture == "Yes").astype(int)})


def peer(folder: Path) -> dict[str, list[float]]:
    """R's CPU seconds, seconds and values by task."""
    if shutil.which("Rscript") is None:
        print("R left out: there is no Rscript")
        return {}
    command = ["Rscript", str(HERE / "stats_peer.R"), "model.csv", "scores.csv"]
    run = subprocess.run(
        [*command, str(RESAMPLES), str(RUNS)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        print(f"R left out: {run.stderr.strip().splitlines()[0]}")
        return {}
    lines = [line.split() for line in run.stdout.splitlines()]
    return {task: [float(value) for value in values] for task, *values in lines}


def against_r(references: Path) -> None:
    """Validation and DeLong, here and in R."""
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
                found = validate_bootstrap(design, outcome, resamples=RESAMPLES, seed=1)
                return found["auc"].corrected, found["slope"].corrected

            tasks["validate"] = validate

        def delong() -> tuple[float, ...]:
            first = auc(scores.y, scores["first"])
            test = compare_auc(scores.y, scores["first"], scores["second"])
            low, high = first.interval or (0.0, 1.0)
            return low, first.estimate, high, test.statistic

        tasks["delong"] = delong
        ours = {task: timed(work) for task, work in tasks.items()}
        theirs = peer(Path(name))
    for task, (cpu, wall, values) in ours.items():
        print(f"{task}: {cpu:.3f} s CPU, {wall:.3f} s; {', '.join(f'{v:.10g}' for v in values)}")
        if task in theirs:
            r_cpu, r_wall, *r_values = theirs[task]
            digits = ", ".join(f"{v:.10g}" for v in r_values)
            print(f"  in R: {r_cpu:.3f} s CPU, {r_wall:.3f} s; {digits}")
            print(f"  times as fast: {r_cpu / cpu:.1f} by CPU, {r_wall / wall:.1f} by the clock")


def million() -> None:
    """The steps on a million patients; run in a process of its own for its peak of memory."""
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
    step("area with DeLong's interval")
    calibration(y, p)
    brier(y, p)
    step("calibration and Brier score")
    calibration_curve(y, p)
    step("calibration curve with band")
    validate_bootstrap(x, y, resamples=4, seed=1)
    step("4 bootstrap refits")


def main() -> None:
    """Each part in a process of its own, on one core."""
    parser = argparse.ArgumentParser(description="Speed of the fracture study's statistics.")
    parser.add_argument("references", nargs="?", type=Path)
    parser.add_argument("--part", choices=["r", "million"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    references = arguments.references or HERE.parents[1] / "shared" / "references"
    if arguments.part == "r":
        against_r(references)
    elif arguments.part == "million":
        million()
    else:
        one_core = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}
        for part in ("r", "million"):
            command = [sys.executable, __file__, str(references), "--part", part]
            subprocess.run(command, env=os.environ | one_core, check=True)


if __name__ == "__main__":
    main()
