"""Every name that a statistics package exports can be imported from it, and is documented."""

import importlib
import inspect
import pkgutil

import pytest

import vbq.stats
from places import ROOT

PACKAGES = [info.name for info in pkgutil.iter_modules(vbq.stats.__path__) if info.ispkg]


def test_the_packages_are_listed():
    assert sorted(vbq.stats.__all__) == sorted(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_exported_names_resolve_and_are_documented(package):
    module = importlib.import_module(f"vbq.stats.{package}")
    for info in pkgutil.iter_modules(module.__path__):
        importlib.import_module(f"{module.__name__}.{info.name}")
    assert module.__all__
    for name in module.__all__:
        exported = getattr(module, name)  # also where a file has the name of its function
        assert inspect.isclass(exported) or inspect.isfunction(exported)
        assert exported.__module__.startswith(f"{module.__name__}.")
        assert inspect.getdoc(exported)
        assert not exported.__doc__.startswith(f"{name}("), "a dataclass's own signature"


def test_the_index_by_question_names_every_exported_function():
    index = (ROOT / "docs" / "statistics.md").read_text()
    for package in PACKAGES:
        module = importlib.import_module(f"vbq.stats.{package}")
        for name in module.__all__:
            if inspect.isfunction(getattr(module, name)):
                assert f"`{name}`" in index, f"{package}.{name} is not in docs/statistics.md"
