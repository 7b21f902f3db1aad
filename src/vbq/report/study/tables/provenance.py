"""Findings of the check, the plan as it was run, and the software and data used."""

import platform
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

import yaml

from vbq.report.study import tripod
from vbq.report.study.labels import patients_and_events
from vbq.report.study.report_table import ReportTable
from vbq.study.analysis.analysis import Analysis
from vbq.text import NO_VALUE

LIBRARIES = (
    "numpy", "scipy", "pandas", "pyarrow", "pydantic", "pyyaml", "matplotlib", "pillow", "jinja2",
    "python-docx",
)  # fmt: skip
"""The packages that every study is read, computed and written with."""

READERS = {".xlsx": "openpyxl", ".xlsm": "openpyxl"}
"""The packages that read some kinds of files, by their suffix."""


def findings(analysis: Analysis) -> ReportTable:
    """Findings of the check of plan and data, before any model was fitted."""
    return ReportTable(
        name="findings",
        title="Findings of the check of plan and data, before any model was fitted",
        header=("Severity", "Finding", "Column"),
        rows=tuple((f.severity, f.message, f.column or NO_VALUE) for f in analysis.findings)
        or (("none", "There are no findings.", NO_VALUE),),
        notes=(f"{patients_and_events(analysis.size.n, analysis.size.events)}.",),
    )


def software_and_data(analysis: Analysis) -> ReportTable:
    """Software, seed and files.

    Only packages whose code contributed to numbers or files are listed, not others that happen to
    be installed: machines with the same versions give the same bytes.
    """
    rows = [("Software", analysis.software), ("Python", platform.python_version())]
    suffixes = (PurePath(source.name).suffix.lower() for source in analysis.sources)
    readers = {READERS[suffix] for suffix in suffixes if suffix in READERS}
    rows += [(name, version(name)) for name in (*LIBRARIES, *sorted(readers))]
    rows.append(("Seed", str(analysis.plan.seed)))
    rows.append(("Bootstrap resamples requested", f"{analysis.plan.bootstrap:,}"))
    rows += [(f"SHA-256 of {source.name}", source.sha256) for source in analysis.sources]
    return ReportTable(
        name="made_with",
        title="Software, seed and data",
        header=("Item", "Version or value"),
        rows=tuple(rows),
        notes=("The same plan, data, seed and software give byte-identical results.",),
    )


def reporting_checklist(analysis: Analysis) -> ReportTable:
    """The TRIPOD+AI checklist, with the items that the analysis can answer filled in."""
    items = tripod.checklist(analysis)
    return ReportTable(
        name="tripod_ai",
        title="TRIPOD+AI (Collins GS et al. BMJ 2024;385:e078378)",
        header=("Item", "Section", "Content", "Reported in", "From the analysis"),
        rows=tuple((i.number, i.section, i.item, i.reported_in, i.answer) for i in items),
    )


def plan_text(analysis: Analysis) -> str:
    """The plan as it was run, as YAML: without defaults, with types and levels found in the data.

    Files are named without their folders, which may reveal whose they are.
    """
    declared = analysis.plan.model_dump(mode="json", exclude_defaults=True)
    for part in ("data", "readings", "controls"):
        if declared.get(part, {}).get("file"):
            declared[part]["file"] = PurePath(declared[part]["file"]).name
    predictors = {predictor.name for predictor in analysis.plan.predictors}
    for subgroup in declared.get("subgroups", ()):
        if subgroup["name"] in predictors:  # described there
            for key in subgroup.keys() - {"name", "cuts"}:
                del subgroup[key]
    declared.setdefault("seed", analysis.plan.seed)
    return yaml.safe_dump(_tidy(declared), sort_keys=False, allow_unicode=True, width=96)


def _tidy(value: Any) -> Any:
    """The value without entries that repeat the name."""
    if isinstance(value, dict):
        name = value.get("name")
        return {
            key: _tidy(item)
            for key, item in value.items()
            if not (key in {"column", "label"} and item == name)
        }
    return [_tidy(item) for item in value] if isinstance(value, list) else value
