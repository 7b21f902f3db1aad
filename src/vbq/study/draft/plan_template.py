"""A commented plan for a table that nobody has described yet."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.errors import UsageError
from vbq.files import write_file
from vbq.study.draft.column_types import Guess, guess
from vbq.tables.read_table import read_table

if TYPE_CHECKING:
    from vbq.study.draft.column_types import Column

__all__ = ["plan_text", "write_plan"]

DECIDE = "DECIDE"
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
WORDS = frozenset(["null", "true", "false"])


def write_plan(
    table: Path,
    out: Path = Path("plan.yaml"),
    *,
    sheet: str | None = None,
    readings: Path | None = None,
) -> tuple[Path, list[str]]:
    """Write a plan for a table.

    Args:
        table: CSV, TSV, XLSX or Parquet.
        out: Where to.
        sheet: Sheet of an XLSX file.
        readings: ``readings.csv`` of ``vbq score``.

    Returns:
        Where it is, and what a person must decide in it.

    Raises:
        UsageError: there is a file of that name.
        InputError: the table cannot be read.
        OutputError: the plan could not be written.
    """
    if os.path.lexists(out):
        raise UsageError(
            f"There is already a {out}; a plan is never overwritten.",
            remedy="Name another with --out.",
            code="plan_exists",
        )
    found = guess(read_table(table, sheet))
    text = plan_text(
        found,
        file=_beside(table, out),
        sheet=sheet,
        readings=None if readings is None else _beside(readings, out),
    )
    write_file(out, text.encode())
    return out, _decisions(found)


def plan_text(
    found: Guess, *, file: str, sheet: str | None = None, readings: str | None = None
) -> str:
    """The YAML of a plan, as `vbq.study.plan.plan_file.read_plan` reads it."""
    lines = [
        "# A fracture study. Everything here is declared before any model is fitted.",
        "# Guesses are marked with '?'. All keys: docs/study-plan.md. Check: vbq study check.",
        "title: Does VBQ predict new fragility fractures?",
        "seed: 20260101  # the same plan, data and seed give the same tables",
        "",
        "data:",
        f"  file: {_quoted(file)}",
        *([f"  sheet: {_quoted(sheet)}"] if sheet else []),
        f"  id: {_quoted(found.id or DECIDE)}  # ? tells the patients apart; never printed",
        "",
        *_readings(readings),
        "outcome:",
        f"  column: {_quoted(found.outcome or DECIDE)}  # ?{_also(found)}",
        f"  event: {_entry(found.event or DECIDE)}  # the entry that means a new fracture",
        "  label: New fragility fracture",
        "",
        *_dates(found),
        "# exclusions:  # who is not studied, and why",
        "#   - {column: metastasis, value: yes, reason: Metastasis}",
        "",
        "# All candidate predictors, chosen by what is known and not by p-values: remove what you",
        "# did not mean to use before you saw the data. Spline terms and categories cost events.",
        "#   type: continuous, binary, categorical, ordered (levels: lowest first)",
        "#   transformation: linear, log, rcs3, rcs4, rcs5 (restricted cubic splines); per: 10",
        "#   range: lowest and highest plausible value; reference: what the others are compared to",
        "predictors:",
        *_predictors(found, readings),
        "",
        *_index(found, readings),
        "",
        "# interactions:  # declared in advance",
        "#   - [vbq, age]",
        "",
        *_scanner(found, readings),
        *_controls(found),
        "missing:",
        "  strategy: impute  # or complete_case",
        "  imputations: 50",
        "  auxiliary: []  # columns that help the imputation and are in no model",
        "",
        "# subgroups:",
        "#   - {name: age, cuts: [65]}",
        "# measurement_error: {icc: 0.91, source: two readers}  # of the index",
        "bootstrap: 2000  # samples of the internal validation",
        "# horizon_years: 2  # needs dates",
    ]
    return "\n".join(lines) + "\n"


def _decisions(found: Guess) -> list[str]:
    """What the program cannot know."""
    outcome = f"outcome.column: {found.outcome}?" if found.outcome else "outcome.column:"
    event = f"outcome.event: “{found.event}”?" if found.event else "outcome.event"
    decisions = [
        f"data.id: {found.id}?" if found.id else "data.id: no column differs in every row",
        f"{outcome}{_also(found)}",
        event,
        "predictors: which were meant before the data were seen, and how each enters",
    ]
    if not found.index:
        decisions.append("index: no column is called VBQ; name the predictor under study")
    if not found.comparators:
        decisions.append("comparators: no column looks like DXA")
    if not found.dates:
        decisions.append("dates: none found; without them nobody can see that MRI came first")
    if found.other_dates:
        decisions.append(f"dates: what {', '.join(found.other_dates)} mean")
    if not found.scanner:
        decisions.append("scanner: no column of site, scanner or field strength was found")
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
        "  keep: [ok, caution]  # a patient without such a reading leaves the study, counted",
        "",
    ]


def _dates(found: Guess) -> list[str]:
    if not found.dates:
        return [
            "# dates:",
            "#   mri: mri_date",
            "#   event: fracture_date",
            "#   last_seen: last_visit",
            "#   minimum_follow_up_years: 2",
            "",
        ]
    lines = ["dates:", *(f"  {role}: {_quoted(name)}  # ?" for role, name in found.dates.items())]
    lines += [f"  # {name} also holds dates" for name in found.other_dates]
    if found.date_format != "ISO":
        lines.append(f"  format: {_quoted(found.date_format)}  # ?")
    return [*lines, "  # minimum_follow_up_years: 2  # of the main model; raises its risks", ""]


def _predictors(found: Guess, readings: str | None) -> list[str]:
    lines = []
    if readings is not None:
        lines.append("  - {name: vbq, column: readings.score, label: VBQ, range: [0.3, 10]}")
    usable = [one for one in found.columns if not one.doubt]
    for column in usable:
        if readings is None or column.variable.name != "vbq":
            lines += _predictor(column, index=column.variable.name == found.index)
    for column in found.columns:
        if column.doubt:
            lines.append(f"  # - {_quoted(column.variable.name)}  # {column.doubt}")
    return lines if any(not line.startswith("  #") for line in lines) else [f"  - {DECIDE}", *lines]


def _predictor(column: Column, *, index: bool) -> list[str]:
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
        zero, one = column.levels
        comment = "" if (zero, one) == ("0", "1") else f"  # 0 is {zero}, 1 is {one}"
        if zero.lower() not in ("0", "no"):
            keys.append(f"reference: {_entry(zero)}")
    elif variable.type == "categorical":
        keys.append(f"levels: [{', '.join(map(_entry, column.levels))}]")
        comment = "  # ? the first is the reference; ordered, if they have an order"
    elif column.levels:
        comment = f"  # ? only {', '.join(column.levels)}: codes of categories?"
    return [f"  - {{{', '.join(keys)}}}{_one_line(comment)}"]


def _index(found: Guess, readings: str | None) -> list[str]:
    index = "vbq" if readings is not None else found.index
    compared = ", ".join(map(_quoted, found.comparators))
    return [
        f"index: {_quoted(index)}  # the predictor under study"
        if index
        else "# index: vbq  # the predictor under study: none of the columns is called so",
        f"comparators: [{compared}]  # ? what it is compared with, and added to",
    ]


def _scanner(found: Guess, readings: str | None) -> list[str]:
    scanner = dict(found.scanner)
    if readings is not None:
        scanner.setdefault("field_strength", "readings.field_strength_t")
    if not scanner:
        return ["# scanner: {site: hospital, scanner: machine, field_strength: tesla}", ""]
    keys = [f"{role}: {_quoted(name)}" for role, name in scanner.items()]
    return [f"scanner: {{{', '.join(keys)}}}  # ?", ""]


def _controls(found: Guess) -> list[str]:
    names = [one.variable.name for one in found.columns if not one.doubt]
    age = next((name for name in names if name.lower() in ("age", "alter")), None)
    adjust = f"adjust: [{_quoted(age)}]" if age else "adjust: []"
    if found.controls is None or not found.index:
        return [f"# controls: {{file: controls.csv, {adjust}}}  # the same columns", ""]
    column, value = _quoted(found.controls[0]), _entry(found.controls[1])
    doubt = "?" if age else "? name the age"
    return [f"controls: {{column: {column}, value: {value}, {adjust}}}  # {doubt}", ""]


def _also(found: Guess) -> str:
    """Other columns that may be the outcome, after the one that is proposed."""
    few = ", ".join(_one_line(name) for name in found.other_outcomes[:5])
    if not found.outcome:
        return f" none is called like a fracture; perhaps {few}" if few else " none looks like one"
    return f" or {few}" if few else ""


def _quoted(text: str) -> str:
    """A name as YAML: bare where that is safe, else in quotation marks."""
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _entry(text: str) -> str:
    """The entry of a cell as YAML; a number needs no quotation marks."""
    return text if re.fullmatch(r"0|[1-9][0-9]{0,8}", text) else _quoted(text)


def _one_line(text: str) -> str:
    return " ".join(text.split()) if not text.startswith("  ") else "  " + " ".join(text.split())


def _beside(file: Path, plan: Path) -> str:
    """The path of a file as seen from the plan; absolute where there is no relative one."""
    try:
        return Path(os.path.relpath(file, plan.parent)).as_posix()
    except ValueError:  # on another drive
        return file.absolute().as_posix()
