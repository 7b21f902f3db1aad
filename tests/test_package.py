"""What installing and importing the package brings."""

import subprocess
import sys
from importlib.metadata import distribution, requires

import pytest

import vbq

HEAVY = (
    "torch", "matplotlib", "onnxruntime", "pydicom", "scipy", "pydantic", "nibabel", "pandas",
    "highdicom", "docx", "openpyxl",
)  # fmt: skip


@pytest.mark.parametrize("code", ["import vbq", "from vbq.cli import app"])
def test_importing_stays_light(code):
    check = f"{code}; import sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    for name in vbq.__all__:
        assert getattr(vbq, name) is not None


def test_the_wheel_carries_what_it_needs():
    files = {str(file) for file in distribution("vbq").files or ()}
    if not any(file.startswith("vbq/") for file in files):
        pytest.skip("installed in place: the wheel's list of files is not there")
    for needed in (
        "measure/reading.schema.json",
        "anatomy/builtin/weights/vertebra_unet.onnx",
        "py.typed",
        "risk/risk-model.schema.json",
        "report/study/report.html.j2",
        "study/analysis/analysis.schema.json",
        "audit/published.yaml",
        "report/validation/validation.html.j2",
    ):
        assert f"vbq/{needed}" in files


def gpl_among_installed():
    """Distributions that VBQ needs, with extras left out, whose licence is GPL."""
    seen, todo, gpl = set(), ["vbq"], []
    while todo:
        name = todo.pop()
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        metadata = distribution(name).metadata
        words = [metadata.get("License-Expression"), metadata.get("License")]
        words += [c for c in metadata.get_all("Classifier", []) if c.startswith("License")]
        text = " ".join(str(w)[:200] for w in words if w)
        if "GPL" in text and "LGPL" not in text:
            gpl.append(name)
        from packaging.requirements import Requirement

        for line in requires(name) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                todo.append(requirement.name)
    return gpl, seen


def test_no_torch_and_no_gpl_is_needed():
    gpl, needed = gpl_among_installed()
    assert gpl == []
    assert "torch" not in needed
    assert "pylibjpeg-libjpeg" not in needed
