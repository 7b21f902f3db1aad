"""How accurate VBQ is: ``python benchmarks/accuracy [--data ../shared/data] [--out DIR]``.

Every figure comes from `vbq.find_anatomy` and the steps after it, on patients not used in training,
as far as the data are present. Prints the tables, and writes ``accuracy.json`` and
``sheet.png`` (best, median and worst case of every source) and ``failures.png`` (outlines of the
worst) to the folder given.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from json_values import json_values

import vbq
from vbq.anatomy.builtin.network import weights_sha256
from vbq.files import write_file

SECTIONS = ("overlap", "levels", "score", "phantoms", "robustness", "refusal", "time")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python benchmarks/accuracy", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("vbq-accuracy"))
    parser.add_argument(
        "--only", type=_sections, default=SECTIONS, help=f"some of {','.join(SECTIONS)}"
    )
    arguments = parser.parse_args()
    data, out, selected = arguments.data, arguments.out, arguments.only
    print(f"vbq {vbq.__version__}, weights SHA-256 {weights_sha256()}\n")
    results: dict[str, object] = {"vbq": vbq.__version__, "weights_sha256": weights_sha256()}
    start = time.perf_counter()
    results |= _tables(data, out, selected)
    if "robustness" in selected:
        import robustness

        results["robustness"] = robustness.run(data, out)
    if "refusal" in selected:
        import refusals

        results["refusals"] = refusals.run(data, out)
    if "time" in selected:
        import network_time

        results["time"] = network_time.run()
    path = out / "accuracy.json"
    text = json.dumps(json_values(results), indent=1, ensure_ascii=False, allow_nan=False)
    write_file(path, text.encode())
    print(f"{path} written; {time.perf_counter() - start:.0f} s")


def _tables(data: Path, out: Path, selected: tuple[str, ...]) -> dict[str, object]:
    """The tables on real volumes and on phantoms."""
    results: dict[str, object] = {}
    if {"overlap", "levels", "score"} & set(selected):
        import cases
        import failures
        import levels
        import overlap
        import score_agreement
        import sheet

        segmented_cases = cases.find_all(data)
        results["volumes"] = len(segmented_cases)
        results["patients"] = len({segmented.case.patient for segmented in segmented_cases})
        if not segmented_cases:
            print(f"no real volumes under {data}: no tables of outlines, levels and scores\n")
            selected = tuple(set(selected) - {"overlap", "levels", "score"})
        if "overlap" in selected:
            results["overlap"] = overlap.run([overlap.compare_outlines(f) for f in segmented_cases])
            sheet.draw_sheet(segmented_cases, out / "sheet.png")
            failures.draw_failures(segmented_cases, out / "failures.png")
        if "levels" in selected:
            results["levels"] = levels.run([levels.name_levels(f) for f in segmented_cases])
        if "score" in selected:
            as_t1 = [f for f in segmented_cases if f.case.contrast in score_agreement.GROUPS["all"]]
            results["score"] = score_agreement.run([score_agreement.compare(f) for f in as_t1])
    if "phantoms" in selected:
        import phantoms

        results["phantoms"] = phantoms.run()
    return results


def _sections(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(SECTIONS):
        raise argparse.ArgumentTypeError(
            f"{', '.join(sorted(unknown))} unknown; there are {', '.join(SECTIONS)}"
        )
    return names


if __name__ == "__main__":
    main()
