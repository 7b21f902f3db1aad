"""Writing results so that they are there whole or not at all.

A file is written under a temporary name beside its target, then renamed. A folder of results is
built whole before any of it takes its place. Whatever goes wrong (a full disk, no permission,
Ctrl-C), what was there before is still there, nothing half-written is, and the error is one line.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["numbered", "write_file", "write_folder", "writing"]

# errno -> (machine-readable code, why, what to do)
REASONS: dict[int, tuple[str, str, str]] = {
    errno.ENOSPC: ("disk_full", "the disk is full", "Free some space or write elsewhere."),
    errno.EDQUOT: (
        "disk_full",
        "your disk quota is used up",
        "Free some space or write elsewhere.",
    ),
    errno.EFBIG: ("file_too_large", "the file would be too large", "Write elsewhere."),
    errno.EACCES: ("no_permission", "writing there is not permitted", "Choose another folder."),
    errno.EPERM: ("no_permission", "writing there is not permitted", "Choose another folder."),
    errno.EROFS: ("read_only", "that file system is read-only", "Choose another folder."),
    errno.ENOENT: ("no_such_folder", "that folder cannot be made", "Choose another folder."),
    errno.ENOTDIR: ("not_a_folder", "a part of the path is a file", "Choose another folder."),
    errno.EEXIST: ("not_a_folder", "a file of that name is in the way", "Choose another name."),
    errno.EISDIR: ("is_a_folder", "a folder of that name is in the way", "Choose another name."),
    errno.ENAMETOOLONG: ("name_too_long", "the name is too long", "Choose a shorter name."),
}
OTHER = ("not_written", "Check the disk or choose another folder.")


def numbered(name: str) -> Iterator[str]:
    """A name, then name-2, name-3 and so on: to pick the first that is free."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def write_file(path: Path | str, content: bytes) -> Path:
    """Write a file whole or not at all; missing folders are made.

    Args:
        path: Where to; an existing regular file is replaced.
        content: What to write.

    Returns:
        The path.

    Raises:
        OutputError: it could not be written; what was there before still is.
    """
    path = Path(path)
    made: list[Path] = []
    temporary: Path | None = None
    with writing(path):
        try:
            made = _make_folders(path.parent)
            _refuse_special(path)
            temporary = _temporary(path.parent)
            _write(temporary, content)
            temporary.replace(path)
        except BaseException:
            _clean(temporary, made)
            raise
    return path


def write_folder(
    folder: Path | str, contents: Mapping[str, bytes], *, owned: Collection[str] = ()
) -> dict[str, Path]:
    """Write a folder of files, or a tree of them, all or none.

    Args:
        folder: Where to. In a folder that exists, files of the same names are replaced and all
            others are left alone.
        contents: File names and what to write in them; a name may lie deeper, as in
            ``"scan/IM000001"``.
        owned: Names that belong to this kind of folder: one that is there from an earlier run
            and not in ``contents`` is removed, so that no stale file stands beside new ones.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: it could not be written; what was there before still is.
    """
    folder = Path(folder)
    made: list[Path] = []
    temporary: Path | None = None
    swapped = False
    with writing(folder):
        try:
            if folder.is_dir():
                # inside it: the folder may be a mount point, with another file system above
                temporary = _temporary(folder)
                _build(temporary / "new", contents)
                _swap(folder, temporary, contents, owned)
                swapped = True
                shutil.rmtree(temporary, ignore_errors=True)  # with the old files in it
            else:
                _refuse_existing(folder)
                made = _make_folders(folder.parent)
                temporary = _temporary(folder.parent)
                _build(temporary, contents)
                temporary.rename(folder)
        except BaseException:
            _clean(temporary, made, keep_old=not swapped)
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
    """Move new files in and old ones out; on any error, back again."""
    for name in contents:
        _refuse_special(folder / name)
    new, old = temporary / "new", temporary / "old"
    old.mkdir()
    names = sorted({*contents, *owned})
    made: list[Path] = []
    try:
        for name in names:
            if (folder / name).is_file() or (folder / name).is_symlink():
                (old / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).rename(old / name)
        for name in contents:
            made = _make_folders((folder / name).parent) + made
            (new / name).rename(folder / name)
    except BaseException:
        for name in contents:
            if not (new / name).exists():  # it was moved in
                (folder / name).unlink(missing_ok=True)
        for name in names:
            if (old / name).exists() or (old / name).is_symlink():
                (old / name).replace(folder / name)
        _clean(None, made)
        raise


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _temporary(folder: Path) -> Path:
    """A name of our own in the folder, hidden; files made under it follow the umask."""
    return folder / f".vbq-{os.getpid()}-{secrets.token_hex(4)}"


def _refuse_special(path: Path) -> None:
    """Only a regular file is replaced: never a device, and never a folder by a file."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder", str(path))
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "not a regular file", str(path))


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise FileExistsError(errno.EEXIST, "a file", str(path))


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; returns the ones made, innermost first."""
    missing = []
    here = folder
    while not here.exists() and here != here.parent:
        missing.append(here)
        here = here.parent
    made: list[Path] = []
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            made.insert(0, path)
        next(folder.iterdir(), None)  # an error if it is a file, or may not be read
    except BaseException:
        _clean(None, made)
        raise
    return made


def _clean(temporary: Path | None, made: list[Path], *, keep_old: bool = True) -> None:
    if temporary is not None:
        if temporary.is_dir() and not (keep_old and _holds_files(temporary / "old")):
            shutil.rmtree(temporary, ignore_errors=True)
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    for folder in made:
        with suppress(OSError):  # another run may have written there meanwhile
            folder.rmdir()


def _holds_files(folder: Path) -> bool:
    """Whether files of an earlier run are still in it: they could not be moved back."""
    return any(path.is_symlink() or not path.is_dir() for path in folder.rglob("*"))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an operating system's error about a path into ours, in one line."""
    try:
        yield
    except OSError as error:
        code, remedy = OTHER
        why = os.strerror(error.errno).lower() if error.errno else type(error).__name__
        if error.errno in REASONS:
            code, why, remedy = REASONS[error.errno]
        raise OutputError(f"Cannot write {path}: {why}.", remedy=remedy, code=code) from error
