"""The multivariable model: intervals, standard errors and the p-values beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vbq.audit.effective_size import Spread, variance_of_one
from vbq.audit.finding import audit_finding
from vbq.audit.published_estimate import PublishedEstimate, read_published_estimate
from vbq.errors import InputError
from vbq.stats.checks import NORMAL_95
from vbq.text import p_exact, ratio_interval

if TYPE_CHECKING:
    from vbq.audit.published_table import ModelRow, PublishedTable
    from vbq.audit.univariable import AuditedRow
    from vbq.finding import Finding

__all__ = ["AuditedEstimate", "audit_adjustment", "audit_effective", "audit_model"]


@dataclass(frozen=True)
class AuditedEstimate:
    """A row of the model.

    Attributes:
        name: Of the predictor.
        printed: Odds ratio and interval as printed; empty if they were not.
        p_printed: As printed; empty if it was not.
        implied: What they imply when read as a Wald interval; None where they cannot be, with too
            few decimals or an odds ratio outside its own interval or at its limit.
        symmetric: Whether the printed odds ratio lies in the middle of its interval on the log
            scale, rounding allowed for; None where too few decimals leave that open.
        wald: Whether the printed p-value can be the interval's; None without one.
        patients: That the standard error is worth; None where that is not known.
    """

    name: str
    printed: str
    p_printed: str
    implied: PublishedEstimate | None
    symmetric: bool | None
    wald: bool | None
    patients: float | None = None


def audit_model(table: PublishedTable) -> tuple[list[AuditedEstimate], list[Finding]]:
    """Intervals and p-values, row by row and together."""
    rows = [_read(row) for row in table.model]
    findings = []
    for row, source in zip(rows, table.model, strict=True):
        if row.implied is None:
            if row.symmetric is False and _within(source):
                message = (
                    f"{row.printed}: no rounding puts the odds ratio in the middle of its interval "
                    "on the log scale. It is no Wald interval, or one of the three figures is "
                    "misprinted."
                )
                findings.append(audit_finding("not_wald_interval", "proof", row.name, message))
            elif row.symmetric is False:
                message = (
                    f"{row.printed}: the odds ratio lies outside its own interval. At least "
                    "one of the three figures is misprinted."
                )
                findings.append(
                    audit_finding("outside_interval", "contradiction", row.name, message)
                )
            elif row.printed:
                message = f"{row.printed} has too few decimals to say anything about its test."
                findings.append(audit_finding("too_few_decimals", "not shown", row.name, message))
            continue
        e, p = row.implied, row.p_printed
        low, high = e.midpoint_range
        if not row.symmetric:
            message = (
                f"The odds ratio lies off the middle of its interval on the log scale "
                f"({low:.3f} to {high:.3f}): it is no Wald interval."
            )
            findings.append(audit_finding("not_wald_interval", "proof", row.name, message))
        elif row.wald is False:
            message = (
                f"The interval implies a Wald p of {p_exact(e.p)} ({p_exact(e.p_range[0])} to "
                f"{p_exact(e.p_range[1])} with rounding). The printed {p} cannot be that: interval "
                "and p-value come from different tests, or one is misprinted."
            )
            findings.append(audit_finding("not_wald_p", "proof", row.name, message))
    findings += _together([row for row in rows if row.symmetric is not None])
    findings += [f for row in table.model for f in _significance(row)]
    if table.superior:
        findings.append(_superior(table))
    if table.model and table.model_patients is None:
        message = "How many patients and events the model rests on is not printed."
        findings.append(audit_finding("model_patients", "not shown", "", message))
    return rows, findings


def _read(row: ModelRow) -> AuditedEstimate:
    p = row.p.text if row.p else ""
    if row.odds_ratio is None or row.interval is None:
        return AuditedEstimate(row.name, "", p, None, None, None)
    low, high = row.interval
    decimals = min(row.odds_ratio.decimals, low.decimals, high.decimals)
    printed = f"{row.odds_ratio.text} [{low.text}–{high.text}]"
    if not _within(row):
        return AuditedEstimate(row.name, printed, p, None, symmetric=False, wald=None)
    try:
        implied = read_published_estimate(
            row.odds_ratio.value, (low.value, high.value), decimals=decimals
        )
    except InputError:  # too few decimals, which may leave the middle open
        middle = [math.sqrt(max(a, 0) * max(b, 0)) for a, b in ((low.low, high.low),
                                                                (low.high, high.high))]  # fmt: skip
        off = not row.odds_ratio.may_be(*middle)
        return AuditedEstimate(row.name, printed, p, None, False if off else None, None)
    return AuditedEstimate(
        name=row.name,
        printed=printed,
        p_printed=p,
        implied=implied,
        symmetric=row.odds_ratio.may_be(*implied.midpoint_range),
        wald=row.p.may_be(*implied.p_range) if row.p else None,
    )


def _within(row: ModelRow) -> bool:
    """Whether rounding allows the odds ratio to lie in its interval, if both are printed."""
    if row.odds_ratio is None or row.interval is None:
        return True
    low, high = row.interval
    return row.odds_ratio.may_be(low.low, high.high)


def _together(rows: list[AuditedEstimate]) -> list[Finding]:
    if not rows:
        return []
    findings = []
    if all(row.symmetric for row in rows):
        message = (
            f"All {len(rows)} intervals are symmetric about the log odds ratio within rounding, "
            "as Wald intervals are; profile-likelihood intervals would rarely all be."
        )
        findings.append(audit_finding("wald_intervals", "inference", "", message))
        if any(row.wald is False for row in rows):
            misfits = ", ".join(row.name for row in rows if row.wald is False)
            message = (
                f"The p-values of {misfits} are not Wald's. Likelihood-ratio p-values beside Wald "
                "intervals, which some programs print, would explain every printed p-value; only "
                "the data could confirm it."
            )
            findings.append(audit_finding("likelihood_ratio_p", "inference", "", message))
    return findings


def _significance(row: ModelRow) -> list[Finding]:
    """A p-value and an interval on different sides of 5 %."""
    if row.interval is None or row.p is None:
        return []
    low, high = row.interval
    excludes = low.low > 1 or high.high < 1
    includes = low.high < 1 < high.low
    wrong = (excludes and row.p.low > 0.05) or (includes and row.p.high < 0.05)
    if not wrong:
        return []
    message = (
        f"p = {row.p.text} and an interval of {low.text} to {high.text} lie on different sides of "
        "5 %."
    )
    return [audit_finding("p_against_interval", "contradiction", row.name, message)]


def _superior(table: PublishedTable) -> Finding:
    claim = table.superior
    assert claim is not None
    p = {row.name: f"p = {row.p.text}" if row.p else "no p" for row in table.model}
    message = (
        f"That {claim.what} is superior to {claim.to} rests on {p[claim.what]} against "
        f"{p[claim.to]}. No test of their difference is printed, and two p-values are none "
        "(Gelman & Stern, Am Stat 2006;60:328)."
    )
    return audit_finding("superiority_not_tested", "not shown", claim.what, message)


def audit_adjustment(rows: list[AuditedRow], model: list[AuditedEstimate]) -> list[Finding]:
    """Crude odds ratios beside adjusted ones."""
    findings = []
    crude = {row.name: row.crude for row in rows if row.crude}
    for row in model:
        alone = crude.get(row.name)
        if alone is None or row.implied is None:
            continue
        adjusted = row.printed.split(" ")[0]
        message = (
            f"Crude odds ratio {ratio_interval(alone.estimate, alone.interval)}, adjusted "
            f"{adjusted}; standard errors of the logarithm {alone.standard_error:.3f} and "
            f"{row.implied.standard_error:.3f}."
        )
        findings.append(audit_finding("crude_and_adjusted", "proof", row.name, message))
        half = row.implied.standard_error * NORMAL_95
        if abs(row.implied.log_odds_ratio - math.log(alone.estimate)) > half:
            message = (
                "The crude odds ratio lies outside the adjusted interval. Adjustment moves an odds "
                "ratio so far only if other predictors hid the effect strongly, if the model "
                "rests on other patients than the table, or if something unreported is in it."
            )
            findings.append(audit_finding("adjustment_large", "inference", row.name, message))
    return findings


def audit_effective(
    table: PublishedTable,
    rows: list[AuditedRow],
    model: list[AuditedEstimate],
    patients: tuple[int, ...],
) -> tuple[list[AuditedEstimate], list[Finding]]:
    """Patients that the standard errors are worth, where every predictor's spread is known."""
    if len(patients) != 1:
        return model, []
    shares = {r.name: sum(r.counts[0]) / patients[0] for r in rows if len(r.counts) == 1}
    sds = {row.name: row.assumed_sd.value for row in table.model if row.assumed_sd}
    used = [row for row in model if row.implied]
    spreads = []
    for row in used:
        if row.name not in shares and row.name not in sds:
            return model, []
        spreads.append(Spread(share=shares.get(row.name), sd=sds.get(row.name, 1.0)))
    if not used:
        return model, []
    logs = [row.implied.log_odds_ratio for row in used if row.implied]
    variances = variance_of_one(logs, spreads, table.events.count / patients[0])
    if variances is None:
        return model, []
    worth = {
        row.name: variance / row.implied.standard_error**2
        for row, variance in zip(used, variances, strict=True)
        if row.implied
    }
    least, most = min(worth.values()), max(worth.values())
    assumed = ", ".join(f"{name} {sd:g}" for name, sd in sds.items() if name not in shares)
    rests = f" (assumed SD: {assumed})" if assumed else ""
    message = (
        f"The standard errors are those that {least:.0f} to {most:.0f} patients would give, not "
        f"{patients[0]}"
    )
    if most < patients[0]:
        message += (
            f": consistent with {patients[0] - most:.0f} to {patients[0] - least:.0f} patients "
            "lost as incomplete. Inference, not proof: predictors are taken as independent"
            f"{rests}, and correlated ones widen intervals too."
        )
    else:
        message = (
            f"The standard errors are those of {least:.0f} to {most:.0f} patients, beside "
            f"{patients[0]} in the table; predictors are taken as independent{rests}."
        )
    finding = audit_finding("effective_patients", "inference", "", message)
    return [replace(row, patients=worth.get(row.name)) for row in model], [finding]
