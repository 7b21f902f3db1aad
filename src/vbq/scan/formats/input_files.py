"""Input files: one file, a folder tree or a zip, each read in the same safe way."""

import errno
import io
import os
import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from vbq.errors import InputError, NoScanFoundError, UnreadableFileError, UnsafeArchiveError
from vbq.files import READING_FILE, RESULT_FILES

MAX_EXPANDED = 16 << 30  # bytes a zip may hold when unpacked
MAX_RATIO = 200  # unpacked over packed size; noise-free images come close to it
RATIO_MATTERS = 64 << 20  # unpacked bytes below which any ratio is accepted
MAX_MEMBERS = 200_000

ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_DANGLING_LINK = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_SCHEMA = re.compile(rb'"schema"\s*:\s*"vbq\.reading/')


class _Archive(zipfile.ZipFile):
    """An open zip whose members can be looked up by path, whatever their letter case."""

    @cached_property
    def member_names(self) -> dict[str, str]:
        """Name of each member as stored, by its path with slashes and by that in lower case."""
        paths = {name.replace("\\", "/"): name for name in self.namelist()}
        return {path.casefold(): name for path, name in paths.items()} | paths


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file, on disk or in a zip.

    Attributes:
        name: Path of the file relative to the path the user named.
        path: The file on disk, or the zip that holds it.
        size: Size in bytes, unpacked.
        archive: The open zip, if the file is a member of one.
    """

    name: str
    path: Path
    size: int
    archive: _Archive | None = None

    @property
    def display_name(self) -> str:
        """File name in messages: without its folders, which may be named after a patient."""
        return _last_part(self.name)

    @property
    def folder(self) -> str:
        """Folder of the file relative to the path the user named; empty if that is its folder."""
        return self._path.rpartition("/")[0]

    @property
    def base_name(self) -> str:
        """File name without its folders."""
        return self._path.rpartition("/")[2]

    @property
    def _path(self) -> str:
        return self.name.replace("\\", "/") if self.archive else self.name

    @property
    def location(self) -> str:
        """Full path, printable; for a member of a zip, the zip's path and the member's name."""
        return printable(f"{self.path}/{self.name}" if self.archive else str(self.path))

    def companion(self, name: str) -> "InputFile | None":
        """A file that belongs to this one; ``None`` if it does not exist.

        Args:
            name: Its path relative to the folder of this file, with slashes. In a zip, letter case
                matters only where two names differ in nothing else.

        Raises:
            UnsafeArchiveError: This file is in a zip, and the path leads outside it.
            UnreadableFileError: No permission, the path is too long, or it leads out of the folder
                of this file.
        """
        full_name = posixpath.normpath(posixpath.join(self.folder, name))
        if self.archive is None:
            if _leads_outside(name) or PureWindowsPath(name).drive:
                raise UnreadableFileError(
                    f"{self.display_name}: it refers to a file outside its folder "
                    f"({_last_part(name)!r}), which was not read.",
                    remedy="Copy that file beside it if you trust it, and correct the name.",
                    code="unsafe_name",
                )
            path = self.path.parent / name
            with _raising_unreadable(self.display_name):
                return InputFile(full_name, path, path.stat().st_size) if path.is_file() else None
        if _leads_outside(full_name) or PureWindowsPath(name).drive:
            raise UnsafeArchiveError(
                f"{self.display_name}: it refers to a file outside the zip "
                f"({_last_part(name)!r}), which was not read.",
                remedy="Unpack the zip yourself if you trust it, and give the folder.",
                code="unsafe_name",
            )
        names = self.archive.member_names
        member = names.get(full_name) or names.get(full_name.casefold())
        if member is None:
            return None
        return InputFile(member, self.path, self.archive.getinfo(member).file_size, self.archive)

    def open(self) -> BinaryIO:
        """Open for reading and seeking; members of a zip are unpacked into memory.

        Raises:
            UnreadableFileError: No permission, or a damaged archive.
        """
        if self.archive is not None:
            return io.BytesIO(self.read())
        with _raising_unreadable(self.display_name):
            return self.path.open("rb")

    def read(self, count: int = -1) -> bytes:
        """Read the first `count` bytes, or all of the file.

        Raises:
            UnreadableFileError: No permission, or a damaged archive.
        """
        with _raising_unreadable(self.display_name):
            stream = self.path.open("rb") if self.archive is None else self.archive.open(self.name)
            with stream:
                return stream.read(count)


@contextmanager
def _raising_unreadable(name: str) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise UnreadableFileError(
            f"{name}: no permission to read this file.",
            remedy="Change its permissions, or copy it to a folder of your own.",
            code="no_permission",
        ) from error
    except (OSError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise UnreadableFileError(
            f"{name}: the file cannot be read ({_reason(error)}).",
            remedy="Copy or export it again.",
            code="damaged_file",
        ) from error


def printable(name: str) -> str:
    """A file name with a replacement character for each byte that is not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def iter_files(path: Path) -> Iterator[InputFile | InputError]:
    """Every file below a path in a stable order.

    Hidden files, links to folders and VBQ's own results are skipped. An error takes the place of
    a file or folder that this user may not read.

    Args:
        path: A file, a folder or a zip.

    Raises:
        NoScanFoundError: The path does not exist.
        UnsafeArchiveError: A zip that would expand without bound or write outside its folder.
        UnreadableFileError: No permission; neither a file nor a folder (a pipe, a device); or a
            damaged or encrypted zip.
    """
    name = printable(path.name or str(path))
    try:
        status = path.stat()
    except PermissionError as error:
        raise _inaccessible(name, error) from error
    except (OSError, ValueError) as error:
        raise NoScanFoundError(
            f"{name}: no such file or folder.",
            remedy="Check the spelling of the path.",
            code="not_found",
        ) from error
    if stat.S_ISDIR(status.st_mode):
        yield from _files_in_folder(path)
    elif not stat.S_ISREG(status.st_mode):
        raise UnreadableFileError(
            f"{name}: this is not a regular file (a pipe, socket or device).",
            remedy="Give a file, a folder or a zip.",
            code="not_a_file",
        )
    elif _is_zip(path):
        yield from _files_in_zip(path)
    else:
        yield InputFile(path.name, path, status.st_size)


def _files_in_folder(root: Path) -> Iterator[InputFile | InputError]:
    failures: list[OSError] = []
    for folder, subfolders, names in os.walk(root, onerror=failures.append):
        subfolders[:] = sorted(name for name in subfolders if not _hidden(name))
        results = RESULT_FILES if READING_FILE in names and _holds_results(Path(folder)) else ()
        for name in sorted(names):
            if _hidden(name) or name in results:
                continue
            path = Path(folder, name)
            try:
                status = path.stat()
            except OSError as error:
                if error.errno not in _DANGLING_LINK:
                    yield _inaccessible(_last_part(name), error)
            else:
                if stat.S_ISREG(status.st_mode):
                    yield InputFile(path.relative_to(root).as_posix(), path, status.st_size)
    for failure in sorted(failures, key=lambda failure: str(failure.filename)):
        name = printable(root.name or str(root))
        folder = "the folder" if Path(failure.filename or root) == root else "a folder in it"
        yield UnreadableFileError(
            f"{name}: {folder} cannot be opened ({_reason(failure)}).",
            remedy="Change its permissions, or copy it to a folder of your own.",
            code="no_permission" if isinstance(failure, PermissionError) else "damaged_folder",
        )


def _holds_results(folder: Path) -> bool:
    """Whether VBQ wrote its results to this folder."""
    path = folder / READING_FILE
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return _SCHEMA.search(stream.read(1024)) is not None
    except OSError:
        return False


def _inaccessible(name: str, error: OSError) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name}: this file cannot be accessed ({_reason(error)}).",
        remedy="Change the permissions of its folder, or copy it to a folder of your own.",
        code="no_permission" if isinstance(error, PermissionError) else "damaged_file",
    )


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) in ZIP_SIGNATURES or path.suffix.lower() == ".zip"
    except OSError:
        return False


def _files_in_zip(path: Path) -> Iterator[InputFile]:
    try:
        archive = _Archive(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableFileError(
            f"{printable(path.name)}: the zip is damaged or truncated.",
            remedy="Copy or export it again.",
            code="damaged_archive",
        ) from error
    members = archive.infolist()
    try:
        _refuse_unsafe(printable(path.name), members)
    except (UnsafeArchiveError, UnreadableFileError):
        archive.close()
        raise
    for member in sorted(members, key=lambda member: member.filename):
        parts = PurePosixPath(member.filename).parts
        if not member.is_dir() and not any(_hidden(part) for part in parts):
            yield InputFile(member.filename, path, member.file_size, archive)


def _refuse_unsafe(name: str, members: list[zipfile.ZipInfo]) -> None:
    expanded = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    bomb = any(_is_bomb(member.file_size, member.compress_size) for member in members)
    if bomb or _is_bomb(expanded, packed) or expanded > MAX_EXPANDED or len(members) > MAX_MEMBERS:
        raise UnsafeArchiveError(
            f"{name}: {packed / 1e6:.1f} MB would unpack to {expanded / 1e6:.0f} MB in "
            f"{len(members)} files, as in a zip bomb; nothing was unpacked.",
            remedy="Unpack it yourself if you trust it, and give the folder.",
            code="zip_bomb",
        )
    for member in members:
        if _leads_outside(member.filename):
            raise UnsafeArchiveError(
                f"{name}: a file name in the zip points outside it "
                f"({_last_part(member.filename)!r}); nothing was unpacked.",
                remedy="Ask for a clean export.",
                code="unsafe_name",
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise UnsafeArchiveError(
                f"{name}: the zip contains a link ({_last_part(member.filename)!r}); "
                "nothing was unpacked.",
                remedy="Ask for a clean export.",
                code="unsafe_link",
            )
        if member.flag_bits & 1:
            raise UnreadableFileError(
                f"{name}: the zip is encrypted.",
                remedy="Unpack it with its password and give the folder.",
                code="encrypted_archive",
            )


def _leads_outside(name: str) -> bool:
    """Whether the path of a member leads outside the folder to which the zip is unpacked."""
    target = PurePosixPath(name.replace("\\", "/"))
    drive = bool(target.parts) and target.parts[0].endswith(":")
    return ".." in target.parts or target.is_absolute() or drive


def _is_bomb(expanded: int, packed: int) -> bool:
    return expanded > RATIO_MATTERS and expanded > MAX_RATIO * max(packed, 1)


def _last_part(name: str) -> str:
    """The last part of a path, printable; some zips separate folders by backslashes."""
    return printable(name.replace("\\", "/").rpartition("/")[2])


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else ""
    return text.lower() or type(error).__name__
