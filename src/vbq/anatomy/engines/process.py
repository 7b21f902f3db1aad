"""Running another program to its end: its time limit, its last words, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from vbq.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["last_output", "run"]

LOG = "log.txt"
LAST_LINES = 3
LONGEST = 400  # characters of a program's last words
OUT_OF_MEMORY = {-9, 137}  # killed by the system, or by a shell that says so
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PROGRESS = re.compile(r"\d+%\||\d(it/s|s/it)\b")  # a bar of tqdm


def run(
    command: Sequence[str],
    *,
    name: str,
    folder: Path,
    environment: Mapping[str, str],
    time_limit_s: float,
) -> None:
    """Run a command in a folder, in a process group of its own, and wait for it.

    However this function ends (also by Ctrl-C), the command and what it started have ended too.

    Args:
        command: The program and its arguments.
        name: What messages call it.
        folder: Its working folder, in which its log is kept.
        environment: Its environment variables.
        time_limit_s: Seconds after which it is stopped.

    Raises:
        EngineError: it cannot be started, ends with an error, or takes too long.
    """
    with (folder / LOG).open("wb") as log:
        try:
            child = subprocess.Popen(  # noqa: S603 - a list, no shell; the program is the user's
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(
                f"{name} cannot be started: {(os.strerror(error.errno or 0)).lower()}.",
                remedy="Install it again; 'vbq engines' says how.",
                code="engine_not_found",
            ) from error
    try:
        code = child.wait(time_limit_s)
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"{name} was stopped after {time_limit_s:.0f} s without a result.{last_output(folder)}",
            remedy="Use a faster machine, or the built-in network.",
            code="engine_timeout",
        ) from error
    finally:
        _end(child)
    if code:
        raise EngineError(
            f"{name} ended with exit code {code}.{last_output(folder)}",
            remedy="It may have run out of memory; close other programs."
            if code in OUT_OF_MEMORY
            else "Run it by itself to see more; 'vbq engines' shows what it needs.",
            code="engine_crashed",
        )


def last_output(folder: Path) -> str:
    """The last lines a program wrote, as part of a sentence; empty if it wrote none."""
    text = (folder / LOG).read_bytes()[-20_000:].decode(errors="replace")
    for path in {str(folder), str(folder.resolve())}:
        text = text.replace(path + os.sep, "").replace(path, "")
    lines = (" ".join(line.split()) for line in re.split(r"[\r\n]", ANSI.sub("", text)))
    said = [
        line
        for line in lines
        if line.isprintable() and line.strip("^~ ") and not PROGRESS.search(line)
    ]
    said = [line for line in said if not line.startswith('File "')]
    if not said:
        return ""
    words = " | ".join(said[-LAST_LINES:])
    return f" Its last words: {words if len(words) <= LONGEST else '…' + words[-LONGEST:]}."


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a process group: its files are ours and are removed with the folder."""
    if not hasattr(os, "killpg"):
        child.kill()
        child.wait()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for _ in range(100):  # its children are not ours to wait for
        try:
            os.killpg(child.pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.01)
