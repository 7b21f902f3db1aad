"""A commented draft of a plan for a table, with the roles of its columns suggested."""

import json
import os
import re
from pathlib import Path

from vbq.errors import UsageError
from vbq.files import write_file
from vbq.study.draft.column_types import CandidateColumn, ColumnRoles, column_roles
from vbq.tables.read_table import read_table
from vbq.text import listed

DECIDE = "DECIDE"
UNQUOTED = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
YAML_KEYWORDS = frozenset(["null", "true", "false"])


def write_plan(
    table: Path,
    out: Path = Path("plan.yaml"),
    *,
    sheet: str | None = None,
    readings: Path | None = None,
) -> tuple[Path, list[str]]:
    """Write the draft of a plan for a table.

    Args:
        table: CSV, TSV, XLSX or Parquet file of the patients.
        out: Path of the plan.
        sheet: Sheet of an XLSX file.
        readings: ``readings.csv`` of ``vbq score``.

    Returns:
        The path of the plan, and the decisions that a person must make in it.

    Raises:
        UsageError: there is a file at this path.
        InputError: the table cannot be read.
        OutputError: the plan could not be written.
    """
    if os.path.lexists(out):
        raise UsageError(
            f"{out} exists already; a plan is never overwritten.",
            remedy="Give another path with --out.",
            code="plan_exists",
        )
    roles = column_roles(read_table(table, sheet))
    text = plan_text(
        roles,
        file=_relative(table, out),
        sheet=sheet,
        readings=None if readings is None else _relative(readings, out),
    )
    write_file(out, text.encode())
    return out, _decisions(roles)


def plan_text(
    roles: ColumnRoles, *, file: str, sheet: str | None = None, readings: str | None = None
) -> str:
    """The YAML of a plan, as `vbq.study.plan.plan_file.read_plan` reads it."""
    lines = [
        "# A fracture study. Everything here is declared before any model is fitted.",
        "# Suggestions are marked with '?'. All keys: docs/study-plan.md. Check: vbq study check.",
        "title: Does VBQ predict new fragility fractures?",
        "seed: 20260101  # the same plan, data and seed give the same tables",
        "",
        "data:",
        f"  file: {_quoted(file)}",
        *([f"  sheet: {_quoted(sheet)}"] if sheet else []),
        f"  id: {_quoted(roles.id or DECIDE)}  # ? identifies the patients; never printed",
        "",
        *_readings(readings),
        "outcome:",
        f"  column: {_quoted(roles.outcome or DECIDE)}  # ?{_alternatives(roles)}",
        f"  event: {_entry(roles.event or DECIDE)}  # the entry of patients with a new fracture",
        "  label: New fragility fracture",
        "",
        *_dates(roles),
        "# exclusions:  # patients who are not studied, with the reason",
        "#   - {column: metastasis, value: yes, reason: Metastasis}",
        "",
        "# All candidate predictors, chosen by prior knowledge and not by p-values: remove those",
        "# that you did not plan to use before seeing the data. Spline terms and categories cost",
        "# events.",
        "#   type: continuous, binary, categorical, ordered (levels: lowest first)",
        "#   transformation: linear, log, rcs3, rcs4, rcs5 (restricted cubic splines); per: 10",
        "#   range: lowest and highest plausible value; reference: the baseline category",
        "predictors:",
        *_predictors(roles, readings),
        "",
        *_index(roles, readings),
        "",
        "# interactions:  # declared in advance",
        "#   - [vbq, age]",
        "",
        *_scanner(roles, readings),
        *_controls(roles),
        "missing:",
        "  strategy: impute  # or complete_case",
        "  imputations: 50",
        "  auxiliary: []  # columns used by the imputation only",
        "",
        "# subgroups:",
        "#   - {name: age, cuts: [65]}",
        "# measurement_error: {icc: 0.91, source: two readers}  # reliability of the index",
        "bootstrap: 2000  # samples of the internal validation",
        "# horizon_years: 2  # requires dates",
    ]
    return "\n".join(lines) + "\n"


def _decisions(roles: ColumnRoles) -> list[str]:
    """The decisions that the program cannot make."""
    outcome = f"outcome.column: {roles.outcome}?" if roles.outcome else "outcome.column:"
    event = f"outcome.event: “{roles.event}”?" if roles.event else "outcome.event"
    decisions = [
        f"data.id: {roles.id}?" if roles.id else "data.id: no column differs in every row",
        f"{outcome}{_alternatives(roles)}",
        event,
        "predictors: those planned before the data were seen, and how each enters the model",
    ]
    if not roles.index:
        decisions.append("index: no column is named VBQ; name the predictor under study")
    if not roles.comparators:
        decisions.append("comparators: no column is named like DXA")
    if not roles.dates:
        decisions.append(
            "dates: none found; without them it cannot be checked that the MRI came first"
        )
    if roles.unassigned_dates:
        decisions.append(f"dates: the role of {listed(roles.unassigned_dates)}")
    if not roles.scanner:
        decisions.append("scanner: no column of site, scanner or field strength found")
    return decisions


def _readings(readings: str | None) -> list[str]:
    if readings is None:
        return [
            "# readings:  # of 'vbq score'; its columns are then called readings.score and so on",
            "#   file: readings.csv",
            "#   keep: [ok, caution]",
            "",
        ]
    return [
        "readings:",
        f"  file: {_quoted(readings)}",
        "  # id: column of the table that holds the id of the reading, if it is not data.id",
        "  keep: [ok, caution]  # patients without such a reading are excluded, and counted",
        "",
    ]


def _dates(roles: ColumnRoles) -> list[str]:
    if not roles.dates:
        return [
            "# dates:",
            "#   mri: mri_date",
            "#   event: fracture_date",
            "#   last_seen: last_visit",
            "#   minimum_follow_up_years: 2",
            "",
        ]
    lines = ["dates:", *(f"  {role}: {_quoted(name)}  # ?" for role, name in roles.dates.items())]
    lines += [f"  # {name} also holds dates" for name in roles.unassigned_dates]
    if roles.date_format != "ISO":
        lines.append(f"  format: {_quoted(roles.date_format)}  # ?")
    return [*lines, "  # minimum_follow_up_years: 2  # for the main model; raises its risks", ""]


def _predictors(roles: ColumnRoles, readings: str | None) -> list[str]:
    lines = []
    if readings is not None:
        lines.append("  - {name: vbq, column: readings.score, label: VBQ, range: [0.3, 10]}")
    usable = [column for column in roles.columns if not column.exclusion]
    for column in usable:
        if readings is None or column.variable.name != "vbq":
            lines += _predictor(column, index=column.variable.name == roles.index)
    for column in roles.columns:
        if column.exclusion:
            lines.append(f"  # - {_quoted(column.variable.name)}  # {column.exclusion}")
    return lines if any(not line.startswith("  #") for line in lines) else [f"  - {DECIDE}", *lines]


def _predictor(column: CandidateColumn, *, index: bool) -> list[str]:
    variable = column.variable
    keys = [f"name: {_quoted(variable.name)}"]
    if index and variable.name.lower() != "vbq":
        keys.append("label: VBQ")
    keys.append(f"type: {variable.type}")
    if variable.unit:
        keys.append(f"unit: {_quoted(variable.unit)}")
    if variable.range:
        keys.append(f"range: [{variable.range[0]:g}, {variable.range[1]:g}]")
    comment = ""
    if variable.type == "binary" and column.levels:
        coded_0, coded_1 = column.levels
        comment = f"  # 0 is {coded_0}, 1 is {coded_1}" if column.levels != ("0", "1") else ""
        if coded_0.lower() not in ("0", "no"):
            keys.append(f"reference: {_entry(coded_0)}")
    elif variable.type == "categorical":
        keys.append(f"levels: [{', '.join(map(_entry, column.levels))}]")
        comment = "  # ? the first is the reference; ordered, if they have an order"
    elif column.levels:
        comment = f"  # ? only {', '.join(column.levels)}: codes of categories?"
    return [f"  - {{{', '.join(keys)}}}{_one_line(comment)}"]


def _index(roles: ColumnRoles, readings: str | None) -> list[str]:
    index = "vbq" if readings is not None else roles.index
    comparators = ", ".join(map(_quoted, roles.comparators))
    return [
        f"index: {_quoted(index)}  # the predictor under study"
        if index
        else "# index: vbq  # the predictor under study: no column has this name",
        f"comparators: [{comparators}]  # ? what the index is compared with, and added to",
    ]


def _scanner(roles: ColumnRoles, readings: str | None) -> list[str]:
    scanner = dict(roles.scanner)
    if readings is not None:
        scanner.setdefault("field_strength", "readings.field_strength_t")
    if not scanner:
        return ["# scanner: {site: hospital, scanner: machine, field_strength: tesla}", ""]
    keys = [f"{role}: {_quoted(name)}" for role, name in scanner.items()]
    return [f"scanner: {{{', '.join(keys)}}}  # ?", ""]


def _controls(roles: ColumnRoles) -> list[str]:
    names = [column.variable.name for column in roles.columns if not column.exclusion]
    age = next((name for name in names if name.lower() in ("age", "alter")), None)
    adjust = f"adjust: [{_quoted(age)}]" if age else "adjust: []"
    if roles.controls is None or not roles.index:
        return [f"# controls: {{file: controls.csv, {adjust}}}  # the same columns", ""]
    column, value = _quoted(roles.controls[0]), _entry(roles.controls[1])
    comment = "?" if age else "? name the age"
    return [f"controls: {{column: {column}, value: {value}, {adjust}}}  # {comment}", ""]


def _alternatives(roles: ColumnRoles) -> str:
    """Further columns that may be the outcome, for a comment after the one suggested."""
    names = ", ".join(_one_line(name) for name in roles.alternative_outcomes[:5])
    if roles.outcome:
        return f" or {names}" if names else ""
    if names:
        return f" no column is named like a fracture; perhaps {names}"
    return " no column looks like an outcome"


def _quoted(text: str) -> str:
    """A name as YAML, in quotation marks where it needs them."""
    if UNQUOTED.fullmatch(text) and text.lower() not in YAML_KEYWORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _entry(text: str) -> str:
    """The entry of a cell as YAML; a whole number needs no quotation marks."""
    return text if re.fullmatch(r"0|[1-9][0-9]{0,8}", text) else _quoted(text)


def _one_line(text: str) -> str:
    return " ".join(text.split()) if not text.startswith("  ") else "  " + " ".join(text.split())


def _relative(file: Path, plan: Path) -> str:
    """The path of a file relative to the plan; absolute where there is no relative one."""
    try:
        return Path(os.path.relpath(file, plan.parent)).as_posix()
    except ValueError:  # on another drive
        return file.absolute().as_posix()
