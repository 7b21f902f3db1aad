"""Result files: their names, and writing them atomically.

A file is written under a temporary name beside its target, then renamed. A folder of results is
built in full before any of it takes its place. Whatever goes wrong (a full disk, no permission,
Ctrl-C), the earlier files are still there, no partial file is, and the error is one line.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from vbq.errors import OutputError, UsageError

__all__ = [
    "LABEL_FILE",
    "OVERLAY_FILE",
    "READING_FILE",
    "REPORT_FILE",
    "RESULT_FILES",
    "ROI_FILE",
    "candidate_names",
    "raising_output_errors",
    "require_new_folder",
    "require_writable",
    "write_file",
    "write_folder",
]

# A study's results: written by `vbq.report`, skipped when `vbq.scan` searches a folder.
READING_FILE = "reading.json"
ROI_FILE = "rois.json"
OVERLAY_FILE = "overlay.png"
REPORT_FILE = "report.html"
LABEL_FILE = "labels.nii.gz"
RESULT_FILES = (READING_FILE, ROI_FILE, OVERLAY_FILE, REPORT_FILE, LABEL_FILE)


class _WriteFailure(NamedTuple):
    """How an error of the operating system is reported."""

    code: str
    reason: str
    remedy: str


_CHOOSE_FOLDER = "Choose another folder."
_DISK_FULL = _WriteFailure("disk_full", "the disk is full", "Free some space or write elsewhere.")
_NOT_PERMITTED = _WriteFailure("no_permission", "writing there is not permitted", _CHOOSE_FOLDER)
_FAILURES: dict[int, _WriteFailure] = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL._replace(reason="your disk quota is used up"),
    errno.EFBIG: _WriteFailure("file_too_large", "the file would be too large", "Write elsewhere."),
    errno.EACCES: _NOT_PERMITTED,
    errno.EPERM: _NOT_PERMITTED,
    errno.EROFS: _WriteFailure("read_only", "that file system is read-only", _CHOOSE_FOLDER),
    errno.ENOENT: _WriteFailure("no_such_folder", "that folder cannot be created", _CHOOSE_FOLDER),
    errno.ENOTDIR: _WriteFailure("not_a_folder", "part of the path is a file", _CHOOSE_FOLDER),
    errno.EEXIST: _WriteFailure(
        "not_a_folder", "a file of that name is in the way", "Choose another name."
    ),
    errno.EISDIR: _WriteFailure(
        "is_a_folder", "a folder of that name is in the way", "Choose another name."
    ),
    errno.ENAMETOOLONG: _WriteFailure(
        "name_too_long", "the name is too long", "Choose a shorter name."
    ),
}


def require_new_folder(folder: Path) -> None:
    """Stop before any work if a folder of results is not new or empty, or cannot be written.

    Raises:
        UsageError: It is not empty, or is a file.
        OutputError: Writing there is not possible.
    """
    remedy = "Choose a new or empty folder."
    with raising_output_errors(folder):
        if folder.is_dir() and next(folder.iterdir(), None) is not None:
            raise UsageError(
                f"{folder} is not empty, and its files are not to be overwritten.", remedy=remedy
            )
        if not folder.is_dir() and (folder.exists() or folder.is_symlink()):
            raise UsageError(f"{folder} is a file.", remedy=remedy)
    require_writable(folder)


def require_writable(folder: Path) -> None:
    """Stop before any work if a folder, or the nearest of its parents, cannot be written.

    Raises:
        OutputError: Writing there is not possible.
    """
    with raising_output_errors(folder):
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not existing.is_dir():
            reason = errno.EEXIST if existing == folder else errno.ENOTDIR
            raise OSError(reason, "not a folder", str(existing))
        with TemporaryDirectory(prefix=".vbq-", dir=existing):
            pass


def candidate_names(name: str) -> Iterator[str]:
    """``name``, ``name-2``, ``name-3`` and so on, from which to take the first unused one."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def write_file(path: Path | str, content: bytes) -> Path:
    """Write a file completely or not at all; missing folders are created.

    Args:
        path: The file to write; an existing regular file is replaced.
        content: Its content.

    Returns:
        The path.

    Raises:
        OutputError: It could not be written; the earlier files are unchanged.
    """
    path = Path(path)
    created: list[Path] = []
    temporary: Path | None = None
    with raising_output_errors(path):
        try:
            created = _create_folders(path.parent)
            _refuse_special(path)
            temporary = _temporary(path.parent)
            _write(temporary, content)
            temporary.replace(path)
        except BaseException:
            _clean(temporary, created)
            raise
    return path


def write_folder(
    folder: Path | str, contents: Mapping[str, bytes], *, owned: Collection[str] = ()
) -> dict[str, Path]:
    """Write a folder of files, or a tree of them, all or none.

    Args:
        folder: The folder to write. If it exists, files of the same names are replaced and all
            others are left alone.
        contents: File names and their contents; a name may include folders, as in
            ``"scan/IM000001"``.
        owned: Names that belong to this kind of folder: one left by an earlier run and not in
            ``contents`` is removed, so that no stale file is mixed with the new ones.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: It could not be written; the earlier files are unchanged.
    """
    folder = Path(folder)
    created: list[Path] = []
    temporary: Path | None = None
    swapped = False
    with raising_output_errors(folder):
        try:
            if folder.is_dir():
                # inside the folder, which may be a mount point with another file system above it
                temporary = _temporary(folder)
                _build(temporary / "new", contents)
                _swap(folder, temporary, contents, owned)
                swapped = True
                shutil.rmtree(temporary, ignore_errors=True)  # it holds the old files
            else:
                _refuse_existing(folder)
                created = _create_folders(folder.parent)
                temporary = _temporary(folder.parent)
                _build(temporary, contents)
                temporary.rename(folder)
        except BaseException:
            _clean(temporary, created, keep_old=not swapped)
            raise
    return {name: folder / name for name in contents}


def _build(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        _write(folder / name, content)


def _swap(
    folder: Path, temporary: Path, contents: Mapping[str, bytes], owned: Collection[str]
) -> None:
    """Move the old files out and the new ones in; on any error, restore the old ones."""
    for name in contents:
        _refuse_special(folder / name)
    new, old = temporary / "new", temporary / "old"
    old.mkdir()
    names = sorted({*contents, *owned})
    created: list[Path] = []
    try:
        for name in names:
            if (folder / name).is_file() or (folder / name).is_symlink():
                (old / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).rename(old / name)
        for name in contents:
            created = _create_folders((folder / name).parent) + created
            (new / name).rename(folder / name)
    except BaseException:
        for name in contents:
            if not (new / name).exists():  # it was moved in
                (folder / name).unlink(missing_ok=True)
        for name in names:
            if (old / name).exists() or (old / name).is_symlink():
                (old / name).replace(folder / name)
        _clean(None, created)
        raise


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _temporary(folder: Path) -> Path:
    """A hidden, unique path in the folder; files created under it follow the umask."""
    return folder / f".vbq-{os.getpid()}-{secrets.token_hex(4)}"


def _refuse_special(path: Path) -> None:
    """Refuse to replace anything but a regular file: no device, and no folder by a file."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder", str(path))
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "not a regular file", str(path))


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise FileExistsError(errno.EEXIST, "a file", str(path))


def _create_folders(folder: Path) -> list[Path]:
    """Create a folder and its missing parents; returns those created, innermost first."""
    missing = []
    ancestor = folder
    while not ancestor.exists() and ancestor != ancestor.parent:
        missing.append(ancestor)
        ancestor = ancestor.parent
    created: list[Path] = []
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            created.insert(0, path)
        next(folder.iterdir(), None)  # raises if it is a file or not readable
    except BaseException:
        _clean(None, created)
        raise
    return created


def _clean(temporary: Path | None, created: list[Path], *, keep_old: bool = True) -> None:
    if temporary is not None:
        if temporary.is_dir() and not (keep_old and _holds_files(temporary / "old")):
            shutil.rmtree(temporary, ignore_errors=True)
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    for folder in created:
        with suppress(OSError):  # another run may have written there in the meantime
            folder.rmdir()


def _holds_files(folder: Path) -> bool:
    """Whether files of an earlier run are still in it, as they could not be moved back."""
    return any(path.is_symlink() or not path.is_dir() for path in folder.rglob("*"))


@contextmanager
def raising_output_errors(path: Path) -> Iterator[None]:
    """Turn an operating system's error about a path into an `OutputError` of one line."""
    try:
        yield
    except OSError as error:
        failure = _FAILURES.get(error.errno or 0)
        if failure is None:
            reason = os.strerror(error.errno).lower() if error.errno else type(error).__name__
            remedy = "Check the disk or choose another folder."
            failure = _WriteFailure("not_written", reason, remedy)
        raise OutputError(
            f"Cannot write {path}: {failure.reason}.", remedy=failure.remedy, code=failure.code
        ) from error
