"""The public names: there, documented, and enough for the command and the documentation."""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import vbq
from places import ROOT

SOURCE = Path(vbq.__file__).parent
STUBS = sorted(SOURCE.rglob("__init__.pyi"))
PACKAGES = [".".join(("vbq", *stub.relative_to(SOURCE).parts[:-1])) for stub in STUBS]
MODULES = ("vbq.errors", "vbq.files", "vbq.finding", "vbq.text", "vbq.scoring")
PUBLIC = {name: set(import_module(name).__all__) for name in (*PACKAGES, *MODULES)}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there_and_has_a_docstring(package):
    module = import_module(package)
    stub = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text("utf-8"))
    (listed,) = (node for node in stub.body if isinstance(node, ast.Assign))
    assert sorted(ast.literal_eval(listed.value)) == sorted(PUBLIC[package])
    for name in PUBLIC[package]:
        thing = getattr(module, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert thing.__doc__, name


def imports(text):
    """Module and names of every import from VBQ in a piece of code."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("vbq"):
            yield node.module, {name.name for name in node.names}
        elif isinstance(node, ast.Import):
            yield from ((name.name, set()) for name in node.names if name.name.startswith("vbq"))


def private(text):
    """Imports of what is not public."""
    return [
        f"{module}: {', '.join(sorted(names))}"
        for module, names in imports(text)
        if module not in PUBLIC or not names <= PUBLIC[module]
    ]


@pytest.mark.parametrize("path", sorted((SOURCE / "cli").glob("*.py")), ids=lambda p: p.stem)
def test_the_command_uses_public_names_only(path):
    lines = private(path.read_text("utf-8"))
    assert [line for line in lines if not line.startswith("vbq.cli")] == []


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]), ids=lambda p: p.name
)
def test_the_documentation_uses_public_names_only(page):
    text = page.read_text("utf-8")
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        assert private(block) == []
    for dotted in re.findall(r"`(vbq(?:\.\w+)+)\(?", text):
        module, _, name = dotted.rpartition(".")
        assert dotted in PUBLIC or name in PUBLIC.get(module, ()), f"{dotted} is not public"


OLD_NAMES = {
    "vbq.Flag": "vbq.Finding",
    "vbq.anatomy.Engine": "vbq.anatomy.EngineInfo",
    "vbq.anatomy.engine": "vbq.anatomy.get_segmenter",
    "vbq.measure.take_reading": "vbq.measure.measure_scan",
    "vbq.phantom.cohort.Missing": "vbq.phantom.cohort.MissingData",
    "vbq.phantom.cohort.Truth": "vbq.phantom.cohort.CohortTruth",
    "vbq.phantom.cohort.draw_cohort": "vbq.phantom.cohort.simulate_cohort",
    "vbq.phantom.cohort.published_cohort": "vbq.phantom.cohort.simulate_published_cohort",
    "vbq.phantom.write_study": "vbq.phantom.write_mri_study",
    "vbq.reference.shipped": "vbq.reference.published_data",
    "vbq.report.write_file": "vbq.files.write_file",
    "vbq.report.write_folder": "vbq.files.write_folder",
    "vbq.scan.Choice": "vbq.scan.RankedSeries",
    "vbq.scan.Found": "vbq.scan.SeriesListing",
    "vbq.scan.best": "vbq.scan.best_series",
    "vbq.scan.choose": "vbq.scan.rank_series",
    "vbq.scan.select": "vbq.scan.select_series",
    "vbq.scan.without_label_maps": "vbq.scan.exclude_label_maps",
    "vbq.take_reading": "vbq.measure_scan",
    "vbq.validation.Scanning": "vbq.validation.ScanCondition",
    "vbq.validation.measure": "vbq.validation.read_spine",
    "vbq.validation.measure_all": "vbq.validation.read_spines",
    "vbq.validation.write_validation": "vbq.report.write_validation",
}


@pytest.mark.parametrize("old", OLD_NAMES)
def test_an_old_name_still_works_and_says_so(old):
    new = OLD_NAMES[old]
    (package, name), (home, new_name) = old.rsplit(".", 1), new.rsplit(".", 1)
    module = import_module(package)
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new};"):
        assert getattr(module, name) is getattr(import_module(home), new_name)
    assert name not in module.__all__


def test_every_old_name_is_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert [old for old in OLD_NAMES if f"`{old}`" not in changelog] == []


def test_a_name_that_never_was_is_an_attribute_error():
    with pytest.raises(AttributeError):
        vbq.no_such_name  # noqa: B018
