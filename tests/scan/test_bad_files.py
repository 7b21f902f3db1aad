"""Paths, pictures and archives that hold no scan, or are not safe to open."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from vbq.errors import InputError, NoScanFoundError, UnreadableFileError, UnsafeArchiveError
from vbq.scan import files, find_series


def refusal(path, kind: type[InputError], code: str, *words: str) -> InputError:
    with pytest.raises(kind) as caught:
        find_series(path)
    error = caught.value
    assert error.code == code
    assert "\n" not in str(error)
    assert error.remedy
    assert path.name in error.message
    assert all(word in str(error) for word in words), str(error)
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
    refusal(
        path, UnreadableFileError, "picture", "Windowed 8-bit pictures carry no signal", "DICOM"
    )


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
    assert caught.value.message.startswith("closed: ")


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
    refusal(path, NoScanFoundError, "no_images")


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
