"""Names in the source say what they hold."""

import ast
import re
from pathlib import Path

import pytest

import vbq
from places import ROOT

# benchmarks and training are absent where only the package is installed
FOLDERS = (Path(vbq.__file__).parent, ROOT / "benchmarks", ROOT / "training")
FILES = sorted(path for folder in FOLDERS for path in folder.rglob("*.py"))

# pronouns, adverbs, prepositions and idle words: they name nothing
IDLE = frozenset(
    """
    it its they them their he him this that these those here there where elsewhere
    who whom whose which what why how when whatever whole
    one ones another other others each every both some any many much more most less few fewer
    nothing anything something everything nobody
    found made done given taken kept said told wanted lying turned bent soiled drawn
    so thus then now again still already yet ever never always often soon too very just only quite
    rather alike same such own alone together enough apart away astray beside besides
    of at by on to over under with
    thing things stuff words soil harmless doubt doubts rest well
    """.split()  # noqa: SIM905 - easier to read than a literal
)

# fields of documents, whose names are keys of the files: they stay as they are
KEYS = {
    "reading.py": {"given"},
    "corrected_curves.py": {"at"},
    "scanners.py": {"by", "together"},
    "phantoms.py": {"found"},
    "score_agreement.py": {"found", "drawn"},
}


def bound_names(tree):
    """Every name that a file binds: variables, arguments, functions, classes; with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno


def is_idle(name):
    if name.startswith("__"):
        return False
    return re.sub(r"_?\d+$", "", name.lower()).strip("_") in IDLE


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_no_name_is_a_pronoun_an_adverb_or_an_idle_word(path):
    assert not is_idle(path.stem), f"{path.name} names nothing"
    lines = [
        f"line {line}: {name}"
        for name, line in bound_names(ast.parse(path.read_text("utf-8")))
        if is_idle(name) and name not in KEYS.get(path.name, ())
    ]
    assert lines == []


@pytest.mark.parametrize("name", ["found", "_one", "WORDS", "others", "of", "found_2", "whole"])
def test_an_idle_word_is_recognised(name):
    assert is_idle(name)


@pytest.mark.parametrize(
    "name", ["finding", "stone", "levels", "l1", "x", "offset", "password", "__all__"]
)
def test_a_noun_is_not(name):
    assert not is_idle(name)
