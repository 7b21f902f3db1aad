"""Paths, pictures and archives that hold no scan, or are not safe to open."""

from __future__ import annotations

import io
import os
import shutil
import socket
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from vbq.errors import InputError, NoScanFoundError, UnreadableFileError, UnsafeArchiveError
from vbq.scan import find_series, group_by_study
from vbq.scan.formats import input_files as files


def refusal(path, kind: type[InputError], code: str, *fragments: str) -> InputError:
    with pytest.raises(kind) as caught:
        find_series(path)
    error = caught.value
    assert error.code == code
    assert "\n" not in str(error)
    assert error.remedy
    assert path.name in error.message
    assert all(word in str(error) for word in fragments), str(error)
    return error


def test_nothing_there(tmp_path):
    refusal(tmp_path / "typo", NoScanFoundError, "not_found")


def test_an_empty_folder(tmp_path):
    refusal(tmp_path, NoScanFoundError, "empty_folder")


def test_a_folder_without_images(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    refusal(tmp_path, NoScanFoundError, "no_images")


@pytest.mark.parametrize(
    ("content", "code"), [(b"a text, no image", "not_dicom"), (b"", "empty_file")]
)
def test_something_else_named_dcm(tmp_path, content, code):
    path = tmp_path / "slice.dcm"
    path.write_bytes(content)
    refusal(path, UnreadableFileError, code)


def test_an_unknown_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b")
    refusal(path, UnreadableFileError, "unknown_format")


@pytest.mark.parametrize("name", ["mid.png", "mid.jpg", "mid.bmp", "mid.tif", "no_extension"])
def test_a_picture_carries_no_signal_ratio(tmp_path, name):
    path = tmp_path / name
    Image.new("L", (8, 8)).save(path, format=None if "." in name else "png")
    refusal(path, UnreadableFileError, "picture", "Windowed 8-bit pictures do not", "DICOM")


def test_a_folder_of_pictures(tmp_path):
    for number in range(3):
        Image.new("L", (8, 8)).save(tmp_path / f"{number}.png")
    refusal(tmp_path, UnreadableFileError, "picture", "only pictures")


def test_no_permission(tmp_path, monkeypatch):
    path = tmp_path / "slice.dcm"
    path.write_bytes(b"x")

    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    refusal(path, UnreadableFileError, "no_permission")


def test_a_folder_inside_that_may_not_be_opened(tmp_path, monkeypatch):
    inside = tmp_path / "closed"
    inside.mkdir()
    scandir = os.scandir

    def guarded(path: str) -> object:
        if str(path) == str(inside):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    with pytest.raises(UnreadableFileError) as caught:
        find_series(tmp_path)
    assert caught.value.code == "no_permission"
    assert caught.value.message.startswith(f"{tmp_path.name}: a folder in it")
    assert "closed" not in str(caught.value)  # it may be a patient's name


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "..\\evil", "C:/evil"])
def test_a_zip_that_points_outside_itself(tmp_path, name):
    path = zipped(tmp_path / "study.zip", {"fine": b"x", name: b"x"})
    refusal(path, UnsafeArchiveError, "unsafe_name")
    assert [p.name for p in tmp_path.iterdir()] == ["study.zip"]


def test_a_zip_with_a_link(tmp_path):
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refusal(path, UnsafeArchiveError, "unsafe_link")


def test_a_zip_bomb(tmp_path):
    path = zipped(tmp_path / "study.zip", {"IM1": bytes(files.RATIO_MATTERS + 1)})
    refusal(path, UnsafeArchiveError, "zip_bomb", "nothing was unpacked")


def test_a_zip_larger_than_any_study(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_EXPANDED", 1000)
    path = zipped(tmp_path / "study.zip", {"IM1": bytes(2000)})
    refusal(path, UnsafeArchiveError, "zip_bomb")


def test_a_zip_in_a_zip_is_not_opened(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("IM1", bytes(10))
    path = zipped(tmp_path / "study.zip", {"inner.zip": inner.getvalue()})
    refusal(path, NoScanFoundError, "zips_inside", "a zip archive")


def test_an_encrypted_zip(tmp_path):
    path = zipped(tmp_path / "study.zip", {"IM1": bytes(100)})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    path.write_bytes(content)
    refusal(path, UnreadableFileError, "encrypted_archive")


def test_a_zip_cut_short(tmp_path):
    path = zipped(tmp_path / "study.zip", {"IM1": bytes(range(256)) * 40})
    path.write_bytes(path.read_bytes()[:-40])
    refusal(path, UnreadableFileError, "damaged_archive")


def test_a_zip_with_a_damaged_member(tmp_path):
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("IM1", b"x" * 100)
    content = path.read_bytes().replace(b"x" * 100, b"y" * 100)
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        find_series(path)
    assert caught.value.code == "damaged_file"
    assert "IM1" in caught.value.message


def test_zips_in_a_folder_are_named_where_there_is_nothing_else(tmp_path):
    for name in ("a.zip", "b.ZIP"):
        zipped(tmp_path / name, {"IM1": b"x"})
    zipped(tmp_path / "letter.docx", {"word": b"x"})
    refusal(tmp_path, NoScanFoundError, "zips_inside", "2 zip archives", "each by itself")


def test_zips_beside_a_series_are_counted(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine), tmp_path)
    zipped(tmp_path / "more.zip", {"IM1": b"x"})
    assert find_series(tmp_path).skipped == {"zip": 1}


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refusal(tmp_path / "pipe", UnreadableFileError, "not_a_file", "not a regular file")


def test_a_socket_or_a_device_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("socket")
        refusal(Path("socket"), UnreadableFileError, "not_a_file")
    refusal(Path(os.devnull), UnreadableFileError, "not_a_file")


@pytest.mark.parametrize("name", ["x" * 300, "notes.txt/IM1", "a\0b"])
def test_a_path_that_cannot_be(tmp_path, name):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(NoScanFoundError) as caught:
        find_series(tmp_path / name)
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("target", ["", "DOE_JOHN", "DOE_JOHN/IM1"])
@pytest.mark.parametrize("mode", [0o644, 0o000])
def test_a_folder_that_may_not_be_entered(tmp_path, unprivileged, target, mode):
    """In a process without the privileges of root, which may enter any folder."""
    folder = tmp_path / "DOE_JOHN"
    folder.mkdir()
    (folder / "IM1").write_bytes(b"x" * 200)
    folder.chmod(mode)
    program = (
        "import sys\nfrom vbq.errors import UnreadableFileError\nfrom vbq.scan import find_series\n"
        "try: find_series(sys.argv[1])\n"
        "except UnreadableFileError as error: print(error.code, error.message)"
    )
    try:
        completed = subprocess.run(
            [*unprivileged, sys.executable, "-c", program, str(tmp_path / target)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        folder.chmod(0o755)
    assert completed.stderr == ""
    assert completed.stdout.startswith("no_permission "), completed.stdout
    named = "IM1"
    if mode == 0o000 and target != "DOE_JOHN/IM1":
        named = Path(tmp_path, target).name
    assert completed.stdout.startswith(f"no_permission {named}: ")
    assert completed.stdout.count("DOE_JOHN") == int(named == "DOE_JOHN")


def test_messages_hold_no_folder_below_the_path(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    del datasets[2].ImagePositionPatient
    save(datasets, tmp_path / "DOE_JOHN_19500101")
    (tmp_path / "DOE_JOHN_19500101" / "t1.nii").write_text("not an image")
    (tmp_path / "DOE_JOHN_19500101" / "bad.dcm").write_text("not an image")
    listing = find_series(tmp_path)
    messages = [str(listing.series[0].problem), *map(str, listing.problems)]
    for unsafe in (
        {"DOE_JOHN/IM1.dcm": b"x"},
        {"DOE_JOHN\\IM1.dcm": b"x"},
        {"../DOE_JOHN/IM1": b"x"},
    ):
        with pytest.raises(InputError) as caught:
            find_series(zipped(tmp_path / "study.zip", unsafe))
        messages.append(str(caught.value))
    assert len(messages) == 6
    assert not [message for message in messages if "DOE" in message]
    assert "IM002: " in messages[0]


def test_a_name_that_is_not_utf8_can_be_printed(truth, slices, save, tmp_path):
    [path] = save(slices(truth.voxels[:1], truth.affine), tmp_path)
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/Sch\xe4del"))
    path.rename(odd)
    [series] = find_series(odd).series
    assert series.source.path.endswith("/Sch\ufffddel")
    odd.write_bytes(b"nothing")
    for path in (odd, tmp_path):
        with pytest.raises(InputError) as caught:
            find_series(path)
        str(caught.value).encode()
    odd.unlink()
    with pytest.raises(InputError, match="Sch\ufffddel"):
        find_series(odd)


def own_results(folder: Path, schema: str) -> None:
    folder.mkdir()
    (folder / "reading.json").write_text(f'{{\n  "schema": "{schema}",\n  "status": "scored"\n}}\n')
    for name in ("overlay.png", "report.html", "labels.nii.gz", "rois.json"):
        (folder / name).write_bytes(b"\x89PNG")


def test_results_of_vbq_are_not_read(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine), tmp_path / "results")
    shutil.move(tmp_path / "results", tmp_path / "scan")
    own_results(tmp_path / "results", "vbq.reading/1")
    shutil.copy(tmp_path / "scan" / "IM000", tmp_path / "results" / "IM000")
    (tmp_path / "scan" / "IM000").unlink()
    listing = find_series(tmp_path)
    assert [series.images for series in listing.series] == [len(truth.voxels)]
    assert listing.skipped == {}
    assert listing.problems == ()

    own_results(tmp_path / "others", "another/1")
    assert find_series(tmp_path).skipped == {"picture": 4, "other": 1}


def test_a_link_that_leads_nowhere_is_passed_over(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine), tmp_path)
    (tmp_path / "lost").symlink_to("nothing")
    (tmp_path / "loop").symlink_to("loop")
    listing = find_series(tmp_path)
    assert (len(listing.series), listing.problems) == (1, ())


def test_folders_in_a_zip_with_backslashes_keep_patients_apart(truth, slices, save, tmp_path):
    members = {}
    for patient in "ab":
        datasets = slices(truth.voxels, truth.affine, StudyInstanceUID=None, SeriesInstanceUID=None)
        for path in save(datasets, tmp_path / patient):
            members[f"{patient}\\{path.name}"] = path.read_bytes()
    listing = find_series(zipped(tmp_path / "both.zip", members))
    assert [series.problem for series in listing.series] == [None, None]
    assert len(group_by_study(listing.series)) == 2
