"""Where the repository and the data shared with it lie; tests of absent data are skipped."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
