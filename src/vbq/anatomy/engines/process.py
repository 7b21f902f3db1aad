"""Running another program with a time limit, leaving no processes and no files behind."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from vbq.errors import EngineError

LOG = "log.txt"
LAST_LINES = 3
MAX_CHARACTERS = 400  # length of the part of a program's output that a message quotes
OUT_OF_MEMORY = {-9, 137}  # exit codes: killed by the system, directly or through a shell
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PROGRESS = re.compile(r"\d+%\||\d(it/s|s/it)\b")  # a progress bar of tqdm


def run(
    command: Sequence[str],
    *,
    name: str,
    folder: Path,
    environment: Mapping[str, str],
    time_limit_s: float,
) -> None:
    """Run a command in a folder, in a process group of its own, and wait for it.

    When this function ends, for whatever reason (including Ctrl-C), the command and all processes
    that it started have ended.

    Args:
        command: The program and its arguments.
        name: Its name in messages.
        folder: Its working folder, which also receives its log.
        environment: Its environment variables.
        time_limit_s: Seconds after which it is stopped.

    Raises:
        EngineError: It cannot be started, ends with an error, or exceeds the time limit.
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
                remedy="Install it again; 'vbq engines' shows how.",
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
            else "Run it on its own to see its full output; 'vbq engines' shows what it needs.",
            code="engine_crashed",
        )


def last_output(folder: Path) -> str:
    """The last lines that a program wrote, as a sentence; empty if it wrote none."""
    text = (folder / LOG).read_bytes()[-20_000:].decode(errors="replace")
    for path in {str(folder), str(folder.resolve())}:
        text = text.replace(path + os.sep, "").replace(path, "")
    lines = (" ".join(line.split()) for line in re.split(r"[\r\n]", ANSI.sub("", text)))
    informative = [
        line
        for line in lines
        if line.isprintable()
        and line.strip("^~ ")
        and not PROGRESS.search(line)
        and not line.startswith('File "')  # a line of a traceback
    ]
    if not informative:
        return ""
    output = " | ".join(informative[-LAST_LINES:])
    if len(output) > MAX_CHARACTERS:
        output = "…" + output[-MAX_CHARACTERS:]
    return f" Its last output: {output}."


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the remaining processes of a group."""
    if not hasattr(os, "killpg"):
        child.kill()
        child.wait()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for _ in range(100):  # its children cannot be waited for
        try:
            os.killpg(child.pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.01)
