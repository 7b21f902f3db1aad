"""Whether two revisions give the same results: ``python tools/compare_revisions.py REVISION``.

The demos of the revision and of the working tree are run with the packages installed here. Of the
imaging study ``reading.json`` must be the same bytes; of the fracture study every value that
``analysis.json`` had must still be there and be the same, and only new keys may have come. What
is a finding of the check or the version of the schema is shown, not judged.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COMMANDS = (("demo",), ("study", "demo"))
READING = Path("vbq-demo/results/study/reading.json")
ANALYSIS = Path("vbq-study-demo/results/analysis.json")
SHOWN_ONLY = ("schema", "findings")
RUN = "from vbq.cli import main; main()"


def run_demos(source: Path, folder: Path) -> None:
    """Run both demos of a source tree in a folder."""
    environment = os.environ | {"PYTHONPATH": str(source / "src")}
    for command in COMMANDS:
        subprocess.run(
            [sys.executable, "-c", RUN, *command],
            cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip


def differences(old: Any, new: Any, path: str = "") -> list[str]:
    """Where a value of the old document is gone or another in the new one."""
    if isinstance(old, dict) and isinstance(new, dict):
        gone = [f"{path}.{key}: gone" for key in old if key not in new]
        kept = [key for key in old if key in new]
        return gone + [d for key in kept for d in differences(old[key], new[key], f"{path}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [d for i, (a, b) in pairs for d in differences(a, b, f"{path}[{i}]")]
    return [] if old == new else [f"{path}: {str(old)[:60]} -> {str(new)[:60]}"]


def main() -> int:
    """Compare, print the differences, and exit with 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("revision", help="such as a commit; it is checked out beside")
    revision = parser.parse_args().revision
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        before, after = work / "before", work / "after"
        before.mkdir()
        after.mkdir()
        source = work / "source"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
        subprocess.run(["git", "checkout", "-q", revision], cwd=source, check=True)
        run_demos(source, before)
        run_demos(ROOT, after)
        same = (before / READING).read_bytes() == (after / READING).read_bytes()
        print(f"reading.json: {'the same bytes' if same else 'DIFFERENT'}")
        old, new = (json.loads((place / ANALYSIS).read_text("utf-8")) for place in (before, after))
        for key in SHOWN_ONLY:
            if old.get(key) != new.get(key):
                print(f"analysis.json: {key} changed")
            old.pop(key, None)
            new.pop(key, None)
        found = differences(old, new)
        print(f"analysis.json: {f'{len(found)} DIFFERENT' if found else 'every value the same'}")
        print("\n".join(found[:40]))
    return 0 if same and not found else 1


if __name__ == "__main__":
    sys.exit(main())
