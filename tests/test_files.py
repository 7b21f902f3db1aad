"""Results are there whole or not at all."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vbq import files
from vbq.errors import OutputError, UsageError
from vbq.files import require_new_folder, require_writable, write_file, write_folder

OLD = {"reading.json": b"old reading", "labels.nii.gz": b"old labels", "mine.txt": b"a note"}
NEW = {"reading.json": b"new reading", "overlay.png": b"new picture"}


@pytest.fixture
def earlier(tmp_path):
    """A results folder of an earlier run with a file of the user's own in it."""
    folder = tmp_path / "study"
    folder.mkdir()
    for name, content in OLD.items():
        (folder / name).write_bytes(content)
    return folder


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def fail_at(monkeypatch, call, error):
    """Let the writing of the n-th file fail halfway."""
    calls = []
    write_in_full = files._write

    def write(path, content):
        calls.append(path)
        write_in_full(path, content[: len(content) // 2] if len(calls) == call else content)
        if len(calls) == call:
            raise error

    monkeypatch.setattr(files, "_write", write)


def test_a_file_is_written_and_replaced_and_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "table.csv"
    assert write_file(path, b"one") == path
    write_file(str(path), b"two")
    assert contents(tmp_path) == {"a/b/table.csv": b"two"}


def test_a_new_folder_gets_the_usual_permissions(tmp_path):
    (tmp_path / "usual").mkdir()
    write_folder(tmp_path / "made", NEW)
    mode = (tmp_path / "usual").stat().st_mode
    assert (tmp_path / "made").stat().st_mode == mode
    assert (tmp_path / "made" / "reading.json").stat().st_mode & 0o777 == mode & 0o666


def test_a_folder_of_an_earlier_run_is_renewed_and_foreign_files_stay(earlier):
    paths = write_folder(earlier, NEW, owned=["reading.json", "labels.nii.gz", "overlay.png"])
    assert paths == {name: earlier / name for name in NEW}
    assert contents(earlier.parent) == {
        "study/reading.json": b"new reading",
        "study/overlay.png": b"new picture",
        "study/mine.txt": b"a note",
    }


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("call", [1, 2])
def test_a_failure_leaves_the_earlier_results_whole(earlier, monkeypatch, call, number):
    fail_at(monkeypatch, call, OSError(number, os.strerror(number)))
    with pytest.raises(OutputError) as caught:
        write_folder(earlier, NEW, owned=OLD)
    assert contents(earlier.parent) == {f"study/{name}": data for name, data in OLD.items()}
    assert str(earlier) in caught.value.message
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("call", [1, 2])
def test_a_full_disk_leaves_no_new_folder(tmp_path, monkeypatch, call):
    fail_at(monkeypatch, call, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(OutputError, match="the disk is full") as caught:
        write_folder(tmp_path / "deep" / "study", NEW)
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_passed_on_and_cleaned_up(earlier, monkeypatch):
    fail_at(monkeypatch, 2, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        write_folder(earlier, NEW, owned=OLD)
    assert contents(earlier.parent) == {f"study/{name}": data for name, data in OLD.items()}
    fail_at(monkeypatch, 1, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        write_file(earlier / "readings.csv", b"rows")
    assert contents(earlier) == OLD


@pytest.mark.parametrize("after", range(4))
def test_an_error_between_the_renames_is_undone(earlier, monkeypatch, after):
    rename, calls = Path.rename, []

    def failing(self, target):
        calls.append(self)
        if len(calls) > after:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError, match="input/output error"):
        write_folder(earlier, NEW, owned=OLD.keys() - {"mine.txt"})
    assert contents(earlier.parent) == {f"study/{name}": data for name, data in OLD.items()}
    assert len(list(earlier.iterdir())) == len(OLD)


def test_what_cannot_be_put_back_is_not_thrown_away(earlier, monkeypatch):
    rename, calls = Path.rename, []

    def failing(self, target):
        calls.append(self)
        if len(calls) > 1:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OutputError):
        write_folder(earlier, NEW, owned=OLD.keys() - {"mine.txt"})
    assert sorted(OLD.values()) == sorted(set(contents(earlier).values()) - set(NEW.values()))


def test_a_path_below_a_file_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("x")
    for write in (
        lambda: write_file(tmp_path / "file" / "readings.csv", b""),
        lambda: write_folder(tmp_path / "file" / "study", NEW),
        lambda: write_folder(tmp_path / "file", NEW),
    ):
        with pytest.raises(OutputError, match="Cannot write") as caught:
            write()
        assert caught.value.code == "not_a_folder"
    assert contents(tmp_path) == {"file": b"x"}


def test_neither_a_folder_nor_a_device_is_replaced_by_a_file(tmp_path):
    (tmp_path / "readings.csv").mkdir()
    with pytest.raises(OutputError, match="a folder of that name"):
        write_file(tmp_path / "readings.csv", b"")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="in the way"):
        write_file(tmp_path / "pipe", b"")
    (tmp_path / "study" / "overlay.png").mkdir(parents=True)
    with pytest.raises(OutputError, match="a folder of that name"):
        write_folder(tmp_path / "study", NEW)
    assert contents(tmp_path) == {}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")
def test_no_permission_is_one_clear_line():
    with pytest.raises(OutputError, match="Cannot write /proc/vbq"):
        write_folder("/proc/vbq/study", NEW)


def test_a_folder_closed_to_writing_is_one_clear_line(tmp_path, unprivileged):
    tmp_path.chmod(0o500)
    program = (
        "import sys; from vbq.files import write_folder; write_folder(sys.argv[1], {'a': b''})"
    )
    completed = subprocess.run(
        [*unprivileged, sys.executable, "-c", program, str(tmp_path / "study")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "OutputError" in completed.stderr
    assert "not permitted" in completed.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("require", [require_new_folder, require_writable])
def test_a_folder_is_checked_before_the_work_and_not_created(tmp_path, require):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "new" / "study"):
        require(folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def test_a_folder_that_must_be_new_is_neither_filled_nor_a_file(tmp_path, earlier):
    with pytest.raises(UsageError, match="study is not empty"):
        require_new_folder(earlier)
    require_writable(earlier)
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    for name in ("file", "link"):
        with pytest.raises(UsageError, match=f"{name} is a file"):
            require_new_folder(tmp_path / name)


def test_a_folder_that_must_be_writable_is_not_a_file_nor_below_one(tmp_path):
    (tmp_path / "file").write_text("x")
    for require, folder in (
        (require_writable, tmp_path / "file"),
        (require_writable, tmp_path / "file" / "study"),
        (require_new_folder, tmp_path / "file" / "study"),
    ):
        with pytest.raises(OutputError, match="Cannot write") as caught:
            require(folder)
        assert caught.value.code == "not_a_folder"
    assert contents(tmp_path) == {"file": b"x"}


@pytest.mark.parametrize("name", ["require_new_folder", "require_writable"])
def test_a_closed_folder_is_found_before_the_work(tmp_path, unprivileged, name):
    tmp_path.chmod(0o500)
    program = f"import sys; from pathlib import Path; from vbq.files import {name} as check; "
    completed = subprocess.run(
        [*unprivileged, sys.executable, "-c", program + "check(Path(sys.argv[1]))",
         str(tmp_path / "new" / "study")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "OutputError" in completed.stderr
    assert "not permitted" in completed.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_really_full(small_disk):
    tiny_disk = small_disk("64k")
    write_folder(tiny_disk / "study", {"reading.json": b"old"})
    for folder in (tiny_disk / "study", tiny_disk / "other"):
        with pytest.raises(OutputError, match="the disk is full"):
            write_folder(folder, {"reading.json": b"new", "overlay.png": bytes(200_000)})
    with pytest.raises(OutputError, match="the disk is full"):
        write_file(tiny_disk / "readings.csv", bytes(200_000))
    assert contents(tiny_disk) == {"study/reading.json": b"old"}
    assert [p.name for p in tiny_disk.iterdir()] == ["study"]
    write_folder(tiny_disk, {"readings.csv": b"fits"})  # a mount point itself can be written to
    assert (tiny_disk / "readings.csv").read_bytes() == b"fits"
