"""The results of one study."""

import subprocess
import sys
from hashlib import sha256
from io import BytesIO

import nibabel as nib
import pytest
from PIL import Image

from vbq.errors import OutputError
from vbq.measure import Reading
from vbq.report import reading_bytes, results_name, write_reading, write_results
from vbq.report.reading.folder import as_written


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_study_gets_all_four_files(measurement, tmp_path):
    paths = write_results(tmp_path / "study", measurement)
    assert list(paths) == ["reading.json", "overlay.png", "report.html", "labels.nii.gz"]
    assert names(tmp_path / "study") == sorted(paths)
    written = as_written(tmp_path / "study", measurement).reading
    assert Reading.from_json(paths["reading.json"].read_bytes()) == written
    assert written.labels.sha256 == sha256(paths["labels.nii.gz"].read_bytes()).hexdigest()
    assert Image.open(BytesIO(paths["overlay.png"].read_bytes())).format == "PNG"
    assert b"</html>" in paths["report.html"].read_bytes()
    assert nib.load(paths["labels.nii.gz"]).shape == measurement.scan.voxels.shape
    assert names(tmp_path) == ["study"]


def test_a_refusal_replaces_an_earlier_score_whole(
    measurement, refused_measurement, nothing_read, tmp_path
):
    write_results(tmp_path, measurement)
    (tmp_path / "notes.txt").write_text("mine")
    write_results(tmp_path, refused_measurement)
    assert names(tmp_path) == ["notes.txt", "overlay.png", "reading.json", "report.html"]
    write_results(tmp_path, nothing_read)
    assert names(tmp_path) == ["notes.txt", "reading.json", "report.html"]


@pytest.mark.parametrize("name", ["rois.json", "report.html", "labels.nii.gz", "reading.json"])
def test_a_folder_with_such_a_file_and_no_reading_of_ours_is_a_persons(measurement, tmp_path, name):
    (tmp_path / "p1").mkdir()
    (tmp_path / "p1" / "IM0001").write_bytes(b"DICM")
    assert results_name(tmp_path, "p1", measurement.reading, ()) == "p1"
    (tmp_path / "p1" / name).write_text('{"mine": true}')
    assert results_name(tmp_path, "p1", measurement.reading, ()) == "p1-2"
    write_results(tmp_path / "p1-2", measurement)
    assert results_name(tmp_path, "p1", measurement.reading, ()) == "p1-2"


def test_the_same_measurement_gives_the_same_folder(measurement, tmp_path):
    one = write_results(tmp_path / "one", measurement)
    two = write_results(tmp_path / "two", measurement)
    for name, path in one.items():
        assert path.read_bytes() == two[name].read_bytes(), name


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"status": "fine"}, "not valid at status"),
        ({"score": -1.0}, "not valid at score"),
        ({"score": float("nan")}, "cannot hold, in score"),
        ({"variants": {"L1": float("inf")}}, "not valid at variants.L1"),
    ],
)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_an_invalid_reading_is_never_written(measurement, with_reading, tmp_path, changes, where):
    broken = with_reading(measurement, **changes)
    with pytest.raises(OutputError, match=where) as caught:
        write_results(tmp_path / "study", broken)
    assert caught.value.code == "invalid_reading"
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_a_reading_is_written_as_its_document(measurement, tmp_path):
    path = write_reading(tmp_path / "reading.json", measurement.reading)
    assert path.read_bytes() == reading_bytes(measurement.reading)
    assert Reading.from_json(path.read_bytes()) == measurement.reading


def test_importing_the_report_is_light():
    code = "import vbq.report, sys; print([m for m in sys.modules if m in HEAVY])"
    heavy = "HEAVY = {'numpy', 'PIL', 'jinja2', 'matplotlib', 'nibabel', 'pydantic'}; "
    done = subprocess.run(
        [sys.executable, "-c", heavy + code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_drawing_needs_neither_matplotlib_nor_nibabel(tmp_path):
    code = (
        "import sys, numpy as np\n"
        "from vbq.errors import RefusalError\n"
        "from vbq.measure import refused\n"
        "from vbq.report import write_results\n"
        "from vbq.scan import Acquisition, Scan, Source\n"
        "scan = Scan(np.ones((3, 9, 9), np.float32), np.eye(4), Acquisition(), Source('', 'x'))\n"
        "write_results(sys.argv[1], refused(RefusalError('no'), scan=scan))\n"
        "print([m for m in ('matplotlib', 'nibabel', 'SimpleITK') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
