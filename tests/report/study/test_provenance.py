"""The software that a report names is what the study was made with, and nothing else."""

import json
import subprocess
import sys
from dataclasses import replace

from vbq.report.study.tables.provenance import LIBRARIES, software_and_data
from vbq.risk.model import SourceFile

RUN = """
import json, re, sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from vbq.study import read_plan, run_study
from vbq.report.study.folder import study_files

study_files(run_study(read_plan(Path(sys.argv[1]))))
declared = {re.split("[^a-z0-9_.-]", line.lower())[0] for line in requires("vbq")
            if "extra ==" not in line}
loaded = {module.partition(".")[0] for module in sys.modules}
used = {name.lower() for module, names in packages_distributions().items()
        if module in loaded for name in names}
print(json.dumps(sorted(declared & used)))
"""
NOT_LISTED = {"lazy-loader"}  # imports modules; no number and no file depends on it


def test_the_libraries_listed_are_those_that_a_study_imports(tmp_path, made_up):
    made_up(80).to_csv(tmp_path / "patients.csv", index=False)
    (tmp_path / "plan.yaml").write_text(
        "data: {file: patients.csv, id: id}\noutcome: {column: fracture}\n"
        "predictors: [vbq, age]\nbootstrap: 50\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", RUN, tmp_path / "plan.yaml"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(json.loads(run.stdout)) - NOT_LISTED == set(LIBRARIES)


def test_software_that_happens_to_be_installed_is_not_listed(whole):
    names = [row[0] for row in software_and_data(whole).rows]
    assert names[:2] == ["Software", "Python"]
    assert tuple(names[2 : 2 + len(LIBRARIES)]) == LIBRARIES
    assert not {"statsmodels", "firthmodels", "openpyxl"} & set(names)


def test_a_workbook_was_read_with_one_library_more(whole):
    workbook = replace(whole, sources=(SourceFile(name="Cohort.XLSX", sha256="0" * 64),))
    assert "openpyxl" in [row[0] for row in software_and_data(workbook).rows]
