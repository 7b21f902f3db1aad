"""Imports run one way: packages of the journey never depend on what comes after them."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import vbq

ROOT = Path(vbq.__file__).parent


def imported(path):
    """Modules of VBQ that a file imports anywhere in it, for its types too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("vbq"):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("vbq."))


def parts_of(folder):
    """The packages and modules right inside a package, and which of them each one imports."""
    depth = len(folder.relative_to(ROOT.parent).parts)
    graph = {}
    for path in folder.rglob("*.py"):
        inside = path.relative_to(folder).with_suffix("").parts
        if inside == ("__init__",):
            continue
        own = ".".join(folder.relative_to(ROOT.parent).parts)
        others = (name.split(".") for name in imported(path) if name.startswith(f"{own}."))
        graph.setdefault(inside[0], set()).update(
            other[depth] for other in others if other[depth] != inside[0]
        )
    known = graph.keys()
    return {part: others & known for part, others in graph.items()}


@pytest.mark.parametrize("folder", [".", "study"])
def test_no_package_depends_on_what_depends_on_it(folder):
    graph = parts_of(ROOT / folder)
    assert len(graph) > 5
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"imports run in a circle: {' → '.join(error.args[1])}")
