"""``vbq engines``: which segmentation engines can be used here, and how to install the rest."""

USABLE = {True: "[green]yes[/]", False: "[yellow]no[/]", None: "[yellow]unknown[/]"}


def engines() -> None:
    """List the segmentation engines: which can be used here, and how to install the rest.

    Nothing is started, downloaded or changed. Use one with 'vbq score PATH --engine NAME'.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from vbq.anatomy import engine_statuses

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Engine", "Usable", "Version"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Note", overflow="fold")
    for engine in engine_statuses():
        notes = [engine.note] if engine.note else []
        if engine.version or engine.usable is not False:  # variables matter only if it is installed
            notes += [f"{name}: {value or 'not set'}" for name, value in engine.variables.items()]
        table.add_row(
            engine.name,
            USABLE[engine.usable],
            engine.version or "–",
            escape("\n".join(notes)),
        )
    Console().print(table, highlight=False)
