"""Paths given on the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vbq.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["require_paths"]


def require_paths(paths: Iterable[Path]) -> None:
    """Stop before anything is done if a path is not there or may not be looked at.

    Raises:
        UsageError: naming the paths.
    """
    # unlike Path.exists, this does not raise below a folder that may not be entered
    missing = [str(path) for path in paths if not os.path.exists(path)]  # noqa: PTH110
    if missing:
        raise UsageError(
            f"There is no {', '.join(missing)}, or it may not be looked at.",
            remedy="Check the path and its permissions.",
        )
