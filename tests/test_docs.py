"""What the documentation says is true of the code."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "vbq"


def test_every_flag_is_documented_and_every_documented_flag_exists():
    if not SOURCE.exists():
        pytest.skip("needs the source tree")
    text = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    in_code = set(re.findall(r"""Flag\(\s*"([a-z_0-9]+)",\s*"(?:note|caution|refuse)\"""", text))
    in_code |= {"tr_outside", "te_outside", "files_unreadable"}  # whose codes are made elsewhere
    table = (ROOT / "docs" / "flags.md").read_text("utf-8").split("A refusal that comes")[0]
    documented = {
        code
        for row in re.findall(r"^\| (`[^|]+) \| (?:note|caution|refuse) \|", table, re.MULTILINE)
        for code in re.findall(r"`([a-z_0-9]+)`", row)
    }
    assert documented == in_code
