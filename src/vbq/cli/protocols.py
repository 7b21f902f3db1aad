"""``vbq protocols``: the definitions of the score and its relatives."""

import json
from typing import Annotated

import typer


def protocols(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print them as one JSON array and nothing else.")
    ] = False,
) -> None:
    """List every definition of the score that this program knows, and where it was published.

    The names are those of the variants in reading.json.
    """
    from dataclasses import asdict

    from vbq.anatomy import LEVEL_NAMES
    from vbq.measure import protocols as registry

    definitions = registry().values()
    if as_json:
        records = [asdict(p) | {"levels": [LEVEL_NAMES[n] for n in p.levels]} for p in definitions]
        typer.echo(json.dumps(records, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Variant", no_wrap=True)
    table.add_column("Definition", overflow="fold", ratio=3)
    table.add_column("Image")
    table.add_column("Published in", overflow="fold", ratio=2)
    for protocol in definitions:
        definition = escape(protocol.definition)
        if protocol.not_measured:
            definition += f" [yellow]Not measured:[/] {escape(protocol.not_measured)}"
        identifier = f"doi {protocol.doi}" if protocol.doi else ""
        source = "\n".join(filter(None, (protocol.citation, identifier))) or "–"
        table.add_row(protocol.id, definition, protocol.contrast, escape(source))
    Console().print(table, highlight=False)
