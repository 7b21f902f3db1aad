"""How long a score takes: ``python benchmarks/speed.py``.

An 18-slice 512×512 DICOM study is made, then scored by the installed command in processes of its
own; beside it, in the same run, the same files are read by plain pydicom in a process of its own.
Prints medians over the runs, with the parts measured inside one further process.
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

PARTS = """
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


def timed(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak resident MiB of a command."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Make the study, time both commands, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs

    from vbq.phantom import MriSettings, make_phantom

    with tempfile.TemporaryDirectory() as folder:
        study, out = Path(folder, "study"), Path(folder, "out")
        settings = MriSettings.t1(slices=18, matrix=(512, 512), pixel_mm=0.6)
        make_phantom(acquisition=settings, true_vbq=3.0).write_dicom(study)
        vbq = str(Path(sys.executable).with_name("vbq"))
        score = [vbq, "score", str(study), "--out", str(out)]
        plain = [sys.executable, "-c", PLAIN_READ, str(study)]
        timed(score)
        timed(plain)
        pairs = [(timed(score), timed(plain)) for _ in range(runs)]
        help_times = [timed([vbq, "--help"])[0] for _ in range(runs)]
        parts = json.loads(
            subprocess.run(
                [sys.executable, "-c", PARTS, str(study), str(out)],
                check=True,
                capture_output=True,
            ).stdout
        )

    def row(name: str, times: list[float], peak: float | None = None) -> None:
        memory = f"{peak:7.0f} MiB" if peak else ""
        spread = f"({min(times):.2f}–{max(times):.2f})" if len(times) > 1 else ""
        print(f"{name:34} {statistics.median(times):6.2f} s {spread:14} {memory}")

    print(f"18 slices of 512×512, {runs} runs, {os.cpu_count()} cores: median (range), peak memory")
    row("vbq score, whole command", [s[0] for s, _ in pairs], max(s[1] for s, _ in pairs))
    row("plain pydicom read", [p[0] for _, p in pairs], max(p[1] for _, p in pairs))
    ratio = statistics.median(s[0] / p[0] for s, p in pairs)
    print(f"{'ratio':34} {ratio:6.2f}")
    row("vbq --help", help_times)
    print("parts, one process, imports included where first used:")
    for name, seconds in parts.items():
        row(f"  {name}", [seconds])


if __name__ == "__main__":
    main()
