"""How fast the program starts and scores: ``python benchmarks/speed.py``.

Start-up is the time of ``import vbq`` and ``vbq --help``, each in a new process, in turn with a
bare interpreter. ``--start-up`` measures it alone, also of another revision:
``PYTHONPATH=OTHER/src python benchmarks/speed.py --start-up``.

For scoring, an 18-slice 512×512 DICOM study is made and scored by the installed command, in turn
with a plain pydicom read of the same files, each in a new process. The steps are timed in one more
process. All times are medians over the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLAIN_READ = """
import sys, pathlib, numpy, pydicom
files = sorted(p for p in pathlib.Path(sys.argv[1]).rglob("*") if p.is_file())
print(numpy.stack([pydicom.dcmread(p).pixel_array for p in files]).shape)
"""

STEPS = """
import json, pathlib, sys, time
start = time.perf_counter()
marks = {}
def mark(name):
    global start
    now = time.perf_counter()
    marks[name] = now - start
    start = now
import vbq
from vbq.scan import rank_series, find_series
series = rank_series(find_series(sys.argv[1]).series)[0].series
scan = series.load()
mark("read")
from vbq.anatomy.builtin.network import segment_tissues
segment_tissues(scan)
mark("network, with its start-up")
segment_tissues(scan)
mark("network alone")
anatomy = vbq.find_anatomy(scan)
mark("anatomy, network included")
measurement = vbq.measure_scan(scan, anatomy)
mark("measure")
vbq.write_results(pathlib.Path(sys.argv[2]), measurement)
mark("report")
print(json.dumps(marks))
"""


STARTS = 20  # processes for each start-up time


def timed(command: list[str]) -> tuple[float, float]:
    """Wall-clock seconds and peak resident memory (MiB) of a command."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed with exit code {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def show(name: str, times: list[float], peak_mib: float | None = None) -> None:
    """Print one row: median, range and peak memory."""
    memory = f"{peak_mib:7.0f} MiB" if peak_mib else ""
    spread = f"({min(times):.3f}–{max(times):.3f})" if len(times) > 1 else ""
    print(f"{name:34} {statistics.median(times):7.3f} s {spread:15} {memory}")


def measure_start_up(vbq: str) -> None:
    """Print how long the bare interpreter, the import and the command's help take."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import vbq": [sys.executable, "-c", "import vbq"],
        "vbq --help": [vbq, "--help"],
    }
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for command in commands.values():
        timed(command)  # fills the file cache
    for _ in range(STARTS):
        for name, command in commands.items():
            runs[name].append(timed(command))
    print(f"start-up, {STARTS} runs: median (range), peak memory")
    for name, values in runs.items():
        show(f"  {name}", [seconds for seconds, _ in values], max(peak for _, peak in values))


def measure_score(vbq: str, runs: int) -> None:
    """Print how long a score takes, the plain read of the same files, and the steps."""
    from vbq.phantom import MriSettings, make_phantom

    with tempfile.TemporaryDirectory() as folder:
        study, out = Path(folder, "study"), Path(folder, "out")
        settings = MriSettings.t1(slices=18, matrix=(512, 512), pixel_mm=0.6)
        make_phantom(acquisition=settings, true_vbq=3.0).write_dicom(study)
        score = [vbq, "score", str(study), "--out", str(out)]
        plain = [sys.executable, "-c", PLAIN_READ, str(study)]
        timed(score)
        timed(plain)
        pairs = [(timed(score), timed(plain)) for _ in range(runs)]
        steps = json.loads(
            subprocess.run(
                [sys.executable, "-c", STEPS, str(study), str(out)],
                check=True,
                capture_output=True,
            ).stdout
        )
    print(f"18 slices of 512×512, {runs} runs: median (range), peak memory")
    show("  vbq score, whole command", [s[0] for s, _ in pairs], max(s[1] for s, _ in pairs))
    show("  plain pydicom read", [p[0] for _, p in pairs], max(p[1] for _, p in pairs))
    print(f"{'  ratio':34} {statistics.median(s[0] / p[0] for s, p in pairs):7.2f}")
    print("steps in one process, including imports on first use:")
    for name, seconds in steps.items():
        show(f"  {name}", [seconds])


def main() -> None:
    """Time start-up and scoring."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of the scoring (default: 5)")
    parser.add_argument("--start-up", action="store_true", help="time the start-up alone")
    arguments = parser.parse_args()
    vbq = str(Path(sys.executable).with_name("vbq"))
    print(f"{os.cpu_count()} cores")
    measure_start_up(vbq)
    if not arguments.start_up:
        measure_score(vbq, arguments.runs)


if __name__ == "__main__":
    main()
