"""Levels whose signal is not that of ordinary trabecular bone, most of them excluded.

They are found by `vbq.measure.suspect_levels` when regions are built.
"""

from dataclasses import replace

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan
from vbq.measure.protocol import STANDARD

FRACTURE = "compression_fracture"


def suspect_level_findings(measured: MeasuredScan) -> list[Finding]:
    """Findings in every level, those of the score first.

    Outside the score a fracture remains a caution, since it says of the bone of the patient what no
    score can; other findings are notes.
    """
    by_level = measured.suspects.findings
    inside = [finding for n in STANDARD.levels for finding in by_level.get(n, ())]
    outside = [
        replace(
            finding,
            severity="caution" if finding.code == FRACTURE else "note",
            message=f"{finding.message} {LEVEL_NAMES[n]} is not part of the score.",
        )
        for n in sorted(by_level.keys() - set(STANDARD.levels))
        for finding in by_level[n]
    ]
    return [*measured.suspects.group_findings, *inside, *outside]
