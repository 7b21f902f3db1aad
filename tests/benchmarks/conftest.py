import sys

import pytest

from places import ROOT

ACCURACY = ROOT / "benchmarks" / "accuracy"

if not ACCURACY.is_dir() or not ACCURACY.parents[1].joinpath("training").is_dir():
    pytest.skip("needs the source tree: benchmarks/ and training/", allow_module_level=True)
sys.path[:0] = [str(ACCURACY), str(ACCURACY.parent)]
sys.path.append(str(ACCURACY.parents[1] / "training"))
