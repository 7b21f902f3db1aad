"""The ``vbq`` command. Each subcommand is one thin file over the public API."""

import signal
import sys
from typing import Any

import typer

from vbq.cli.agree import agree
from vbq.cli.audit import audit
from vbq.cli.demo import demo
from vbq.cli.engines import engines
from vbq.cli.inspect import inspect
from vbq.cli.model import model
from vbq.cli.phantom import phantom
from vbq.cli.protocols import protocols
from vbq.cli.reference import reference
from vbq.cli.risk import risk
from vbq.cli.score import score
from vbq.cli.study import study
from vbq.cli.validate import validate
from vbq.errors import VBQError

__all__ = ["app", "main"]

# 128 + SIGINT and 128 + SIGTERM, as shells report them
INTERRUPTED, TERMINATED = 130, 143

app = typer.Typer(
    name="vbq",
    help="Vertebral Bone Quality from lumbar MRI. Research use; not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(score)
app.command()(inspect)
app.command()(phantom)
app.command()(demo)
app.command()(agree)
app.command()(engines)
app.command()(model)
app.command()(protocols)
app.command()(validate)
app.command()(audit)
app.add_typer(reference, name="reference")
app.add_typer(risk, name="risk")
app.add_typer(study, name="study")


def _show_version(requested: bool) -> None:
    if requested:
        from vbq import __version__

        typer.echo(f"vbq {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Vertebral Bone Quality from lumbar MRI. Research use; not a medical device."""


def _terminate(*_: Any) -> None:
    sys.exit(TERMINATED)


def main() -> None:
    """Run the command; a VBQError becomes one line on standard error and its exit code."""
    # batch systems end jobs with SIGTERM: exit in order, so that temporary folders are removed and
    # external engines stopped
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except VBQError as error:
        typer.echo(f"vbq: {error}", err=True)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code in (INTERRUPTED, TERMINATED):
            typer.echo(
                "vbq: interrupted; finished results are kept, nothing is left half-written.",
                err=True,
            )
        raise
