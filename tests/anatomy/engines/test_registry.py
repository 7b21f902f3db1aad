"""A new engine is one module and one line in the table of engines."""

import sys
from types import ModuleType

import pytest

from vbq.anatomy import engines, get_segmenter
from vbq.anatomy.engines.availability import engine_statuses
from vbq.anatomy.engines.external import ExternalSegmenter
from vbq.anatomy.engines.label_table import LabelTable
from vbq.errors import EngineError


class NewEngine(ExternalSegmenter):
    name = "new"
    executable = "new-engine"
    distribution = "new-engine"
    oldest_version = "1"
    installation_command = "uv tool install new-engine."
    table = LabelTable({1: "L1"}, includes_arches=False)

    def missing_weights_remedy(self, installation):
        del installation

    def command(self, installation, image, output):
        return [installation.executable, str(image), str(output)]

    def read_output(self, folder, scan):
        return self._read_single(folder, "out/*.nii.gz", scan)


def test_an_engine_is_found_by_the_line_that_names_its_class(monkeypatch, tmp_path):
    module = ModuleType("vbq.anatomy.engines.new")
    module.NewEngine = NewEngine
    monkeypatch.setitem(sys.modules, "vbq.anatomy.engines.new", module)
    monkeypatch.setattr(engines, "ENGINES", (*engines.ENGINES, "new:NewEngine"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "new" in [status.name for status in engine_statuses()]
    with pytest.raises(EngineError, match="uv tool install new-engine"):
        get_segmenter("new")


def test_names_of_engines_are_distinct():
    names = [engine.name for engine in engines.external_engines()]
    assert len(set(names)) == len(engines.ENGINES)
