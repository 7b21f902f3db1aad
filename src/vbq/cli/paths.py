"""Paths given on the command line."""

import os
from collections.abc import Iterable
from pathlib import Path

from vbq.errors import UsageError


def require_paths(paths: Iterable[Path]) -> None:
    """Stop before any work if a path does not exist or cannot be accessed.

    Raises:
        UsageError: naming the paths.
    """
    # unlike Path.exists, this does not raise below a folder that may not be entered
    missing = [str(path) for path in paths if not os.path.exists(path)]  # noqa: PTH110
    if missing:
        raise UsageError(
            f"{', '.join(missing)} does not exist or cannot be accessed.",
            remedy="Check the path and its permissions.",
        )


def spare_inputs(out: Path, inputs: Iterable[Path | None]) -> None:
    """Stop before a result overwrites one of the files that it is made from.

    Args:
        out: Where the result is to be written.
        inputs: Files that are read; ``None`` for an option that was not given.

    Raises:
        UsageError: the result would overwrite one of them, under whatever name.
    """
    if out.exists() and any(path and path.exists() and out.samefile(path) for path in inputs):
        raise UsageError(
            f"{out} would be overwritten, and it is one of the inputs.",
            remedy="Write the result elsewhere: -o.",
            code="input_overwritten",
        )
