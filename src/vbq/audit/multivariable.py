"""The multivariable model: its intervals, standard errors and p-values."""

import math
from dataclasses import dataclass, replace

from vbq.audit.effective_sample_size import Distribution, unit_variances
from vbq.audit.finding import audit_finding
from vbq.audit.published_estimate import PublishedEstimate, read_published_estimate
from vbq.audit.published_table import ModelRow, PublishedTable, Superiority
from vbq.audit.univariable import AuditedRow
from vbq.errors import InputError
from vbq.finding import Finding
from vbq.stats.checks import NORMAL_95
from vbq.text import fixed, listed, p_equals, p_exact, ratio_interval


@dataclass(frozen=True)
class AuditedEstimate:
    """A row of the model.

    Attributes:
        name: Name of the predictor.
        printed: Odds ratio and interval as printed; empty if there are none.
        p_printed: p-value as printed; empty if there is none.
        implied: What odds ratio and interval imply when read as a Wald interval; None if they have
            too few decimals, or if the odds ratio lies outside its interval or at a limit.
        symmetric: Whether the printed odds ratio lies in the middle of its interval on the log
            scale, allowing for rounding; None if there are too few decimals to tell.
        wald: Whether the printed p-value can be that of the interval; None if there is none.
        patients: Number of patients that the standard error corresponds to; None if unknown.
    """

    name: str
    printed: str
    p_printed: str
    implied: PublishedEstimate | None
    symmetric: bool | None
    wald: bool | None
    patients: float | None = None


def audit_model(table: PublishedTable) -> tuple[list[AuditedEstimate], list[Finding]]:
    """Intervals and p-values of the model, each row alone and all together."""
    rows = [_audit_estimate(row) for row in table.model]
    findings = [
        finding
        for row, source in zip(rows, table.model, strict=True)
        if (finding := _estimate_finding(row, source)) is not None
    ]
    findings += _kind_of_intervals([row for row in rows if row.symmetric is not None])
    findings += [finding for row in table.model for finding in _significance(row)]
    if table.superior:
        findings.append(_superiority(table, table.superior))
    if table.model and table.model_patients is None:
        message = "The numbers of patients and events in the model are not printed."
        findings.append(audit_finding("model_patients", "not shown", "", message))
    return rows, findings


def _audit_estimate(row: ModelRow) -> AuditedEstimate:
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
        ends = (low.low, high.low), (low.high, high.high)
        midpoints = [math.sqrt(max(lower, 0) * max(upper, 0)) for lower, upper in ends]
        symmetric = None if row.odds_ratio.could_be(*midpoints) else False
        return AuditedEstimate(row.name, printed, p, None, symmetric, None)
    return AuditedEstimate(
        name=row.name,
        printed=printed,
        p_printed=p,
        implied=implied,
        symmetric=row.odds_ratio.could_be(*implied.midpoint_range),
        wald=row.p.could_be(*implied.p_range) if row.p else None,
    )


def _within(row: ModelRow) -> bool:
    """Whether, allowing for rounding, the odds ratio can lie in its interval."""
    if row.odds_ratio is None or row.interval is None:
        return True
    low, high = row.interval
    return row.odds_ratio.could_be(low.low, high.high)


def _estimate_finding(row: AuditedEstimate, source: ModelRow) -> Finding | None:
    """What odds ratio, interval and p-value of a row show about one another, if anything."""
    if not row.printed:
        return None
    if row.implied is None and row.symmetric is None:
        message = f"{row.printed} has too few decimals to show which test it belongs to."
        return audit_finding("too_few_decimals", "not shown", row.name, message)
    if not _within(source):
        message = (
            f"{row.printed}: the odds ratio lies outside its own interval. At least one of the "
            "three figures is misprinted."
        )
        return audit_finding("outside_interval", "contradiction", row.name, message)
    if row.implied is None:
        message = (
            f"{row.printed}: however it was rounded, the odds ratio is not in the middle of its "
            "interval on the log scale. It is not a Wald interval, or one of the three figures is "
            "misprinted."
        )
        return audit_finding("not_wald_interval", "proof", row.name, message)
    implied = row.implied
    if not row.symmetric:
        low, high = implied.midpoint_range
        message = (
            "The odds ratio is not in the middle of its interval on the log scale "
            f"({fixed(low, 3)} to {fixed(high, 3)}): it is not a Wald interval."
        )
        return audit_finding("not_wald_interval", "proof", row.name, message)
    if row.wald is False:
        low_p, high_p = map(p_exact, implied.p_range)
        message = (
            f"The interval implies a Wald p of {p_exact(implied.p)} ({low_p} to {high_p} with "
            f"rounding). The printed {row.p_printed} cannot be that: interval and p-value come "
            "from different tests, or one of them is misprinted."
        )
        return audit_finding("not_wald_p", "proof", row.name, message)
    return None


def _kind_of_intervals(rows: list[AuditedEstimate]) -> list[Finding]:
    """What it suggests that all intervals are symmetric, if they are."""
    if not rows or not all(row.symmetric for row in rows):
        return []
    message = (
        f"All {len(rows)} intervals are symmetric about the log odds ratio within rounding, as "
        "Wald intervals are; profile-likelihood intervals would rarely all be symmetric."
    )
    findings = [audit_finding("wald_intervals", "inference", "", message)]
    misfits = [row.name for row in rows if row.wald is False]
    if misfits:
        message = (
            f"The p-values of {listed(misfits)} do not come from Wald tests. Likelihood-ratio "
            "p-values next to Wald intervals, as some programs print them, would explain all "
            "printed p-values; only the data could confirm this."
        )
        findings.append(audit_finding("likelihood_ratio_p", "inference", "", message))
    return findings


def _significance(row: ModelRow) -> list[Finding]:
    """A p-value and an interval that disagree about significance at 5 %."""
    if row.interval is None or row.p is None:
        return []
    low, high = row.interval
    excludes_1 = low.low > 1 or high.high < 1
    includes_1 = low.high < 1 < high.low
    if not ((excludes_1 and row.p.low > 0.05) or (includes_1 and row.p.high < 0.05)):
        return []
    message = (
        f"p {p_equals(row.p.text)} and the interval {low.text} to {high.text} disagree about "
        "significance at 5 %."
    )
    return [audit_finding("p_against_interval", "contradiction", row.name, message)]


def _superiority(table: PublishedTable, claim: Superiority) -> Finding:
    p = {row.name: f"p {p_equals(row.p.text)}" if row.p else "no p-value" for row in table.model}
    message = (
        f"The claim that {claim.predictor} is superior to {claim.comparator} rests on "
        f"{p[claim.predictor]} against {p[claim.comparator]}. No test of the difference is "
        "printed, and comparing two p-values is not such a test (Gelman & Stern, Am Stat "
        "2006;60:328)."
    )
    return audit_finding("superiority_not_tested", "not shown", claim.predictor, message)


def audit_adjustment(rows: list[AuditedRow], model: list[AuditedEstimate]) -> list[Finding]:
    """Adjusted odds ratios compared with crude ones."""
    findings = []
    crude_ratios = {row.name: row.crude for row in rows if row.crude}
    for row in model:
        crude = crude_ratios.get(row.name)
        if crude is None or row.implied is None:
            continue
        adjusted = row.printed.split(" ")[0]
        message = (
            f"Crude odds ratio {ratio_interval(crude.estimate, crude.interval)}, adjusted "
            f"{adjusted}; standard errors of the logarithm {fixed(crude.standard_error, 3)} and "
            f"{fixed(row.implied.standard_error, 3)}."
        )
        findings.append(audit_finding("crude_and_adjusted", "proof", row.name, message))
        half = row.implied.standard_error * NORMAL_95
        if abs(row.implied.log_odds_ratio - math.log(crude.estimate)) > half:
            message = (
                "The crude odds ratio lies outside the adjusted interval. Adjustment changes an "
                "odds ratio so much only if other predictors strongly masked the effect, if the "
                "model was fitted to other patients than the table, or if it contains something "
                "unreported."
            )
            findings.append(audit_finding("adjustment_large", "inference", row.name, message))
    return findings


def audit_effective_size(
    table: PublishedTable,
    rows: list[AuditedRow],
    model: list[AuditedEstimate],
    patients: tuple[int, ...],
) -> tuple[list[AuditedEstimate], list[Finding]]:
    """Numbers of patients that the standard errors of the model correspond to.

    Args:
        table: The table as printed.
        rows: Rows by outcome, whose counts give the shares of yes/no predictors.
        model: Rows of the model.
        patients: Numbers of patients that fit the events.

    Returns:
        The rows of the model with their numbers of patients, and a finding about them; the rows
        unchanged and no finding if the distribution of a predictor is unknown.
    """
    if len(patients) != 1:
        return model, []
    (n,) = patients
    shares = {row.name: sum(row.counts[0]) / n for row in rows if len(row.counts) == 1}
    sds = {row.name: row.assumed_sd.value for row in table.model if row.assumed_sd}
    implied = {row.name: row.implied for row in model if row.implied}
    if not implied or not implied.keys() <= shares.keys() | sds.keys():
        return model, []
    variances = unit_variances(
        [estimate.log_odds_ratio for estimate in implied.values()],
        [Distribution(share=shares.get(name), sd=sds.get(name, 1.0)) for name in implied],
        table.events.count / n,
    )
    if variances is None:
        return model, []
    sizes = {
        name: variance / estimate.standard_error**2
        for (name, estimate), variance in zip(implied.items(), variances, strict=True)
    }
    smallest, largest = min(sizes.values()), max(sizes.values())
    assumed = ", ".join(f"{name} {sd:g}" for name, sd in sds.items() if name not in shares)
    assumption = "predictors are assumed to be independent" + (
        f" (assumed SD: {assumed})" if assumed else ""
    )
    message = (
        f"The standard errors correspond to {fixed(smallest, 0)} to {fixed(largest, 0)} patients"
    )
    if largest < n:
        message += (
            f", not {n}, which is consistent with {fixed(n - largest, 0)} to "
            f"{fixed(n - smallest, 0)} patients excluded as incomplete. Inference, not proof: "
            f"{assumption}, and correlated predictors widen intervals too."
        )
    else:
        message += f", and the table has {n}; {assumption}."
    finding = audit_finding("effective_patients", "inference", "", message)
    return [replace(row, patients=sizes.get(row.name)) for row in model], [finding]
