"""``vbq model``: what the built-in network is, and the SHA-256 of its weights."""

import typer


def model() -> None:
    """Print the short model card of the built-in network and the SHA-256 of its weights."""
    from vbq.anatomy import model_card

    typer.echo(model_card())
