"""A published table, audited."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbq.audit.finding import KINDS
from vbq.audit.multivariable import audit_adjustment, audit_effective, audit_model
from vbq.audit.univariable import audit_patients, audit_row, audit_tests

if TYPE_CHECKING:
    from vbq.audit.multivariable import AuditedEstimate
    from vbq.audit.published_table import PublishedTable
    from vbq.audit.univariable import AuditedRow
    from vbq.finding import Finding

__all__ = ["EXAMPLE", "SCHEMA", "Audit", "audit_table"]

SCHEMA = "vbq.audit/2"
EXAMPLE = Path(__file__).with_name("published.yaml")


@dataclass(frozen=True)
class Audit:
    """What printed figures say.

    Attributes:
        title: Of the publication.
        events: Patients with the event.
        patients: Every number of patients that fits.
        rows: By outcome.
        model: Multivariable.
        findings: Contradictions first, then proofs, inferences and what is not shown.
    """

    title: str
    events: int
    patients: tuple[int, ...]
    rows: tuple[AuditedRow, ...]
    model: tuple[AuditedEstimate, ...]
    findings: tuple[Finding, ...]

    def document(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {"schema": SCHEMA} | asdict(self)


def audit_table(table: PublishedTable) -> Audit:
    """Audit a published table; figures printed too coarsely say nothing, which is said."""
    patients, findings = audit_patients(table)
    rows = []
    for printed in table.characteristics:
        row, found = audit_row(printed, table.events.count, patients)
        rows.append(row)
        findings += found
    findings += audit_tests(rows)
    model, found = audit_model(table)
    findings += found
    findings += audit_adjustment(rows, model)
    model, found = audit_effective(table, rows, model, patients)
    findings += found
    findings.sort(key=lambda finding: list(map(str, KINDS)).index(str(finding.evidence["kind"])))
    return Audit(
        title=table.title,
        events=table.events.count,
        patients=patients,
        rows=tuple(rows),
        model=tuple(model),
        findings=tuple(findings),
    )
