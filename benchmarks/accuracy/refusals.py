"""What is no sagittal lumbar T1 gets no score; what is one is not refused.

Everything is offered without attributes, as voxels and geometry alone. The limits of the program
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

SEEDS = range(200, 204)  # of phantoms that no limit was set on: 0 to 2 and 100 to 103 were


def refusal(offered: RefusalCase) -> str:
    """Why it gets no score; empty if it gets one."""
    try:
        require_suitable_image(offered.scan)
        reading = measure_scan(offered.scan, vbq.find_anatomy(offered.scan)).reading
    except vbq.VBQError as error:
        return error.code
    return " ".join(f.code for f in reading.flags if f.severity == "refuse")


def run(data: Path, out: Path) -> dict[str, str]:
    """Print one row a group and the failures; write refusals.json; return how many were right."""
    groups: dict[str, list[tuple[RefusalCase, str]]] = {}
    for offered in refusal_cases(data, SEEDS):
        groups.setdefault(offered.group, []).append((offered, refusal(offered)))
    print("refusals: images offered without attributes (unseen: nobody who trained the network)")
    print(f"{'group':24} {'wanted':8} {'right':>12} {'unseen right':>14}   reasons given")
    for group, results in groups.items():
        expected = "score" if results[0][0].is_lumbar_t1 else "refusal"
        unseen = [pair for pair in results if pair[0].unseen]
        reasons = sorted({reason for _, reason in results if reason})
        print(
            f"{group:24} {expected:8} {_right(results):>12} {_right(unseen):>14}   "
            + ", ".join(reasons)
        )
    everyone = [pair for results in groups.values() for pair in results]
    totals = {}
    for expected, is_lumbar_t1 in (("to be refused", False), ("to be scored", True)):
        pairs = [pair for pair in everyone if pair[0].is_lumbar_t1 == is_lumbar_t1]
        totals[expected] = _right(pairs)
        print(f"{expected:24} {'':8} {totals[expected]:>12}")
    for offered, reason in everyone:
        if bool(reason) == offered.is_lumbar_t1:
            print(f"  wrong: {offered.group}, {offered.name}: {reason or 'scored'}")
    rows = [
        {
            "group": o.group,
            "name": o.name,
            "unseen": o.unseen,
            "is_lumbar_t1": o.is_lumbar_t1,
            "reason": reason,
        }
        for o, reason in everyone
    ]
    out.mkdir(parents=True, exist_ok=True)
    (out / "refusals.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print()
    return totals


def _right(results: list[tuple[RefusalCase, str]]) -> str:
    right = sum(bool(reason) != offered.is_lumbar_t1 for offered, reason in results)
    return f"{right} of {len(results)}"
