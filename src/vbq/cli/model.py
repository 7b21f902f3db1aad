"""``vbq model``: what the built-in network is, and the SHA-256 of its weights."""

from __future__ import annotations

import typer

__all__ = ["model"]


def model() -> None:
    """Print the short model card of the built-in network and the SHA-256 of its weights."""
    from importlib.resources import files

    from vbq.anatomy.builtin.network import weights_sha256

    card = files("vbq.anatomy.builtin").joinpath("weights", "CARD.md").read_text("utf-8")
    typer.echo(f"{card.rstrip()}\n\nSHA-256 of the weights: {weights_sha256()}")
