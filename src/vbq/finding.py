"""A finding: a problem or caveat, in images, tables and plans alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, cast

__all__ = ["Evidence", "Finding", "Severity", "any_refusal", "by_severity", "refusals_in"]

Severity = Literal["note", "caution", "refuse"]
Evidence = float | int | str | bool | tuple[int, ...] | None

MOST_SEVERE_FIRST: tuple[Severity, ...] = ("refuse", "caution", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem or caveat of an image, a table, a plan or a publication.

    Attributes:
        code: Stable machine-readable name, e.g. ``"csf_fallback"`` or ``"comma_decimals"``.
        severity: ``note`` (for information), ``caution`` (the result may be off, or shows what a
            reader must know) or ``refuse`` (no score is given, no study is run).
        message: One sentence for a person: what was found and what to do. It never quotes a cell of
            a table's id column.
        evidence: The numbers or words behind the finding. A finding about a table has its
            ``column`` and ``rows`` here.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    code: str
    severity: Severity
    message: str
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """The column of a table that it is about; empty where it is about none."""
        return cast("str", self.evidence.get("column", ""))

    @property
    def rows(self) -> tuple[int, ...]:
        """Rows as a spreadsheet numbers them (the header is row 1); empty where none is."""
        return cast("tuple[int, ...]", self.evidence.get("rows", ()))


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Findings, the most severe first, otherwise in their order."""
    return sorted(findings, key=lambda finding: MOST_SEVERE_FIRST.index(finding.severity))


def refusals_in(findings: Iterable[Finding]) -> list[Finding]:
    """Those that say that there can be no result."""
    return [finding for finding in findings if finding.severity == "refuse"]


def any_refusal(findings: Iterable[Finding]) -> bool:
    """Whether one of them says that there can be no result."""
    return bool(refusals_in(findings))
