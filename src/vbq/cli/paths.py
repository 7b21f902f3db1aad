"""Paths given on the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vbq.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["require_paths", "spare_inputs"]


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


def spare_inputs(out: Path, inputs: Iterable[Path | None]) -> None:
    """Stop before a result takes the place of a file that it is made from.

    Args:
        out: Where the result is to be written.
        inputs: What is read; ``None`` where an option was not given.

    Raises:
        UsageError: it is one of them, under whatever name.
    """
    if out.exists() and any(path and path.exists() and out.samefile(path) for path in inputs):
        raise UsageError(
            f"{out} would be overwritten: it is what the result is made from.",
            remedy="Write the result elsewhere: -o.",
            code="input_overwritten",
        )
