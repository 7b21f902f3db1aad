"""What the documentation says is true of the code."""

import ast
import json
import re
from pathlib import Path

import pytest

from vbq.measure import protocols
from vbq.measure.readings_columns import VARIANT_COLUMNS
from vbq.report import COLUMNS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "vbq"
SCHEMA = SOURCE / "measure" / "reading.schema.json"
TABLE = "# What is in `readings.csv`"  # on the page of readings
# Flags whose code is that of an error: `vbq.scoring` and `vbq.measure.measure.refused`.
FROM_ERRORS = {"files_unreadable"}


def flags_in_code():
    """Code and severity of every flag made in the source."""
    found = set()
    imaging = [SOURCE / "scoring.py"]
    for folder in ("scan", "anatomy", "measure", "reference"):
        imaging += sorted((SOURCE / folder).rglob("*.py"))
    for path in imaging:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Finding"):
                continue
            code, severity = call.args[:2]
            if ast.unparse(code) == "error.code":
                continue
            for name in _texts(code, path):
                found |= {(name, said) for said in _texts(severity, path)}
    return found


def _texts(node, path):
    """The text of an argument; of ``a if ... else b`` both."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body, path) | _texts(node.orelse, path)
    assert isinstance(node, ast.Constant), f"{path.name}: write out {ast.unparse(node)}"
    return {node.value}


def test_every_flag_is_documented_with_its_severity_and_every_documented_flag_exists():
    if not SOURCE.exists():
        pytest.skip("needs the source tree")
    table = (ROOT / "docs" / "flags.md").read_text("utf-8").split("A refusal that comes")[0]
    documented = {
        (code, severity)
        for row, severity in re.findall(
            r"^\| (`[^|]+) \| (note|caution|refuse) \|", table, re.MULTILINE
        )
        for code in re.findall(r"`([a-z_0-9]+)`", row)
    }
    assert documented == flags_in_code() | {(code, "caution") for code in FROM_ERRORS}


def fields(schema, definitions, path=""):
    """Path of every field of a schema: ``levels[].mean``, ``scan.rows``."""
    if "$ref" in schema:
        yield from fields(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions, path)
    for part in schema.get("anyOf", ()):
        yield from fields(part, definitions, path)
    if isinstance(schema.get("items"), dict):
        yield from fields(schema["items"], definitions, f"{path}[]")
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here
        yield from fields(field, definitions, here)


def test_every_field_of_a_reading_is_explained():
    if not SCHEMA.exists():
        pytest.skip("needs the source tree")
    schema = json.loads(SCHEMA.read_text("utf-8"))
    wanted = set(fields(schema, schema["$defs"]))
    page = (ROOT / "docs" / "reading.md").read_text("utf-8").split(TABLE)[0]
    cells = re.findall(r"^\| ([^|]*) \|", page, re.MULTILINE)
    explained = {name for cell in cells for name in re.findall(r"`([a-z_0-9.\[\]]+)`", cell)}
    assert len(wanted) > 50
    assert sorted(wanted - explained) == [], "not on docs/reading.md"
    assert sorted(explained - wanted) == [], "no such field"


def test_every_column_of_the_table_of_readings_is_explained():
    if not SCHEMA.exists():
        pytest.skip("needs the source tree")
    page = (ROOT / "docs" / "reading.md").read_text("utf-8").split(TABLE)[1]
    cells = re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE)
    explained = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    alike = {re.sub(r"^L[234]_", "L1_", c) for c in COLUMNS if c not in VARIANT_COLUMNS}
    assert len(alike) > 30
    assert explained == alike


def test_every_protocol_is_on_its_page():
    if not SCHEMA.exists():
        pytest.skip("needs the source tree")
    page = (ROOT / "docs" / "protocols.md").read_text("utf-8")
    measured, not_measured = page.split("## Known and not measured")
    rows = re.findall(r"^\| (`[^|]*) \|", measured, re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert listed == [p.id for p in protocols().values() if not p.not_measured]
    listed = re.findall(r"^\* `(\w+)`", not_measured, re.MULTILINE)
    assert listed == [p.id for p in protocols().values() if p.not_measured]
