"""The audit of a published table."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vbq.audit.finding import KINDS
from vbq.audit.multivariable import (
    AuditedEstimate,
    audit_adjustment,
    audit_effective_size,
    audit_model,
)
from vbq.audit.published_table import PublishedTable
from vbq.audit.univariable import AuditedRow, audit_patients, audit_row, audit_tests
from vbq.finding import Finding

SCHEMA = "vbq.audit/2"
EXAMPLE = Path(__file__).with_name("published.yaml")


@dataclass(frozen=True)
class Audit:
    """What the printed figures of a publication show.

    Attributes:
        title: Title of the publication.
        events: Number of patients with the event.
        patients: All numbers of patients that fit the events and their percentage.
        rows: Rows of the table by outcome.
        model: Rows of the multivariable model.
        findings: Contradictions first, then proofs, inferences and what is not shown.
    """

    title: str
    events: int
    patients: tuple[int, ...]
    rows: tuple[AuditedRow, ...]
    model: tuple[AuditedEstimate, ...]
    findings: tuple[Finding, ...]

    def document(self) -> dict[str, Any]:
        """The audit as a document to be written as JSON."""
        return {"schema": SCHEMA} | asdict(self)


def audit_table(table: PublishedTable) -> Audit:
    """Audit a published table; a finding says so where figures are printed too coarsely."""
    patients, findings = audit_patients(table)
    rows = []
    for printed in table.characteristics:
        row, row_findings = audit_row(printed, table.events.count, patients)
        rows.append(row)
        findings += row_findings
    findings += audit_tests(rows)
    model, model_findings = audit_model(table)
    findings += model_findings
    findings += audit_adjustment(rows, model)
    model, size_findings = audit_effective_size(table, rows, model, patients)
    findings += size_findings
    kinds = list(map(str, KINDS))
    findings.sort(key=lambda finding: kinds.index(str(finding.evidence["kind"])))
    return Audit(
        title=table.title,
        events=table.events.count,
        patients=patients,
        rows=tuple(rows),
        model=tuple(model),
        findings=tuple(findings),
    )
