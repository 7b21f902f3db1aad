"""Images other than a sagittal lumbar T1 get no score; sagittal lumbar T1 are not refused.

Every image is given without attributes, as voxels and geometry alone. The limits of the program
were set on the network's training patients and on phantoms of other seeds, and one rule was
loosened after a run of this table refused a real T1; the table says what trained the network.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from refusal_cases import RefusalCase, refusal_cases

import vbq
from vbq.measure import measure_scan
from vbq.measure.checks.suitable_image import require_suitable_image

if TYPE_CHECKING:
    from pathlib import Path

# seeds of phantoms on which no limit was set; those of 0 to 2 and 100 to 103 were used for that
SEEDS = range(200, 204)


def refusal(case: RefusalCase) -> str:
    """Why the image gets no score; empty if it gets one."""
    try:
        require_suitable_image(case.scan)
        reading = measure_scan(case.scan, vbq.find_anatomy(case.scan)).reading
    except vbq.VBQError as error:
        return error.code
    return " ".join(f.code for f in reading.flags if f.severity == "refuse")


def run(data: Path, out: Path) -> dict[str, str]:
    """Print one row per group and the failures; write refusals.json; return how many were right."""
    groups: dict[str, list[tuple[RefusalCase, str]]] = {}
    for case in refusal_cases(data, SEEDS):
        groups.setdefault(case.group, []).append((case, refusal(case)))
    print("refusals: images without attributes (unseen: nobody who trained the network)")
    print(f"{'group':24} {'expected':8} {'right':>12} {'unseen right':>14}   reasons given")
    for group, results in groups.items():
        expected = "score" if results[0][0].is_lumbar_t1 else "refusal"
        unseen = [pair for pair in results if pair[0].unseen]
        reasons = sorted({reason for _, reason in results if reason})
        print(
            f"{group:24} {expected:8} {_right(results):>12} {_right(unseen):>14}   "
            + ", ".join(reasons)
        )
    cases = [pair for results in groups.values() for pair in results]
    totals = {}
    for expected, is_lumbar_t1 in (("to be refused", False), ("to be scored", True)):
        pairs = [pair for pair in cases if pair[0].is_lumbar_t1 == is_lumbar_t1]
        totals[expected] = _right(pairs)
        print(f"{expected:24} {'':8} {totals[expected]:>12}")
    for case, reason in cases:
        if bool(reason) == case.is_lumbar_t1:
            print(f"  wrong: {case.group}, {case.name}: {reason or 'scored'}")
    rows = [
        {
            "group": case.group,
            "name": case.name,
            "unseen": case.unseen,
            "is_lumbar_t1": case.is_lumbar_t1,
            "reason": reason,
        }
        for case, reason in cases
    ]
    out.mkdir(parents=True, exist_ok=True)
    (out / "refusals.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print()
    return totals


def _right(results: list[tuple[RefusalCase, str]]) -> str:
    right = sum(bool(reason) != case.is_lumbar_t1 for case, reason in results)
    return f"{right} of {len(results)}"
