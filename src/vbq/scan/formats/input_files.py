"""Files as they come: one file, a folder tree or a zip, each read in the same safe way."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal

from vbq.errors import InputError, NoScanFoundError, UnreadableFileError, UnsafeArchiveError
from vbq.files import READING_FILE, RESULT_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Item", "Kind", "kind_of", "printable", "walk"]

Kind = Literal["dicom", "nifti", "nrrd", "metaimage", "picture", "zip", "empty", "other"]

MAX_EXPANDED = 16 << 30  # bytes a zip may hold when unpacked
MAX_RATIO = 200  # unpacked over packed, beyond the size below; noise-free images reach it
RATIO_MATTERS = 64 << 20
MAX_MEMBERS = 200_000

_HEAD = 144  # bytes that tell the kind of a file
_PICTURES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP",
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)  # links that lead nowhere
_SCHEMA = re.compile(rb'"schema"\s*:\s*"vbq\.reading/')
_SUFFIXES: dict[str, Kind] = {
    ".nii": "nifti",
    ".nii.gz": "nifti",
    ".nrrd": "nrrd",
    ".nhdr": "nrrd",
    ".mha": "metaimage",
    ".mhd": "metaimage",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One file, on disk or in a zip.

    Attributes:
        name: Its path relative to what the user named.
        path: The file on disk, or the zip that holds it.
        archive: The open zip, where it lies in one.
        size: Bytes, unpacked.
    """

    name: str
    path: Path
    size: int
    archive: zipfile.ZipFile | None = None

    @property
    def label(self) -> str:
        """What to call it in messages: without its folders, which may be named after a patient."""
        return _last(self.name)

    @property
    def folder(self) -> str:
        """Its folder relative to what the user named; empty if it lies there itself."""
        name = self.name.replace("\\", "/") if self.archive else self.name
        return name.rpartition("/")[0]

    @property
    def location(self) -> str:
        """Full path, printable; for a member of a zip, the zip's path and the member's name."""
        return printable(f"{self.path}/{self.name}" if self.archive else str(self.path))

    def open(self) -> BinaryIO:
        """Open for reading and seeking; members of a zip are unpacked into memory.

        Raises:
            UnreadableFileError: No permission, or a damaged archive.
        """
        if self.archive is not None:
            return io.BytesIO(self.read())
        with _readable(self.label):
            return self.path.open("rb")

    def read(self, count: int = -1) -> bytes:
        """Its first bytes, or all.

        Raises:
            UnreadableFileError: No permission, or a damaged archive.
        """
        with _readable(self.label):
            stream = self.path.open("rb") if self.archive is None else self.archive.open(self.name)
            with stream:
                return stream.read(count)


@contextmanager
def _readable(name: str) -> Iterator[None]:
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


def walk(path: Path) -> Iterator[Item | InputError]:
    """Every file below a path in a stable order; hidden files and links to folders are left out.

    So are the results of VBQ itself. What may not be looked at gives an error in its place.

    Args:
        path: A file, a folder or a zip.

    Raises:
        NoScanFoundError: There is nothing at this path.
        UnsafeArchiveError: A zip that would expand without bound or points outside itself.
        UnreadableFileError: No permission, neither a file nor a folder (a pipe, a device), or a
            zip that is damaged or encrypted.
    """
    name = printable(path.name or str(path))
    try:
        about = path.stat()
    except PermissionError as error:
        raise _closed(name, error) from error
    except (OSError, ValueError) as error:
        raise NoScanFoundError(
            f"{name}: there is no such file or folder.",
            remedy="Check the spelling of the path.",
            code="not_found",
        ) from error
    if stat.S_ISDIR(about.st_mode):
        yield from _folder(path)
    elif not stat.S_ISREG(about.st_mode):
        raise UnreadableFileError(
            f"{name}: this is not a regular file (a pipe, socket or device).",
            remedy="Give a file, a folder or a zip.",
            code="not_a_file",
        )
    elif _is_zip(path):
        yield from _zip(path)
    else:
        yield Item(path.name, path, about.st_size)


def kind_of(item: Item) -> Kind:
    """What a file holds, by its first bytes; by its name for formats without a signature."""
    if item.size == 0:
        return "empty"
    head = item.read(_HEAD)
    if head[128:132] == b"DICM" or _bare_dataset(head):
        return "dicom"
    if head.startswith(_PICTURES):
        return "picture"
    name = PurePosixPath(item.name.lower())
    if head.startswith(_ZIP) and name.suffix in ("", ".zip"):  # office documents are zips, too
        return "zip"
    if name.suffix == ".gz":
        return _SUFFIXES.get("".join(name.suffixes[-2:]), "other")
    return _SUFFIXES.get(name.suffix, "other")


def _bare_dataset(head: bytes) -> bool:
    """Whether it begins like a DICOM data set without the preamble (group 2 or 8 first)."""
    group, element = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:4], "little")
    length_or_vr = head[4:6]
    explicit = length_or_vr.isalpha() and length_or_vr.isupper()
    short = int.from_bytes(head[4:8], "little") <= 256
    return group in (2, 8) and element <= 0x70 and len(head) >= 12 and (explicit or short)


def _folder(root: Path) -> Iterator[Item | InputError]:
    failed: list[OSError] = []
    for folder, below, names in os.walk(root, onerror=failed.append):
        below[:] = sorted(name for name in below if not _hidden(name))
        own = RESULT_FILES if READING_FILE in names and _is_reading(Path(folder)) else ()
        for name in sorted(names):
            if _hidden(name) or name in own:
                continue
            path = Path(folder, name)
            try:
                about = path.stat()
            except OSError as error:
                if error.errno not in _NOT_THERE:
                    yield _closed(_last(name), error)
            else:
                if stat.S_ISREG(about.st_mode):
                    yield Item(path.relative_to(root).as_posix(), path, about.st_size)
    for failure in sorted(failed, key=lambda one: str(one.filename)):
        name = printable(root.name or str(root))
        inside = "" if Path(failure.filename or root) == root else "a folder in it: "
        yield UnreadableFileError(
            f"{name}: {inside}the folder cannot be opened ({_reason(failure)}).",
            remedy="Change its permissions, or copy it to a folder of your own.",
            code="no_permission" if isinstance(failure, PermissionError) else "damaged_folder",
        )


def _is_reading(folder: Path) -> bool:
    """Whether VBQ wrote its results to this folder."""
    path = folder / READING_FILE
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return _SCHEMA.search(stream.read(1024)) is not None
    except OSError:
        return False


def _closed(name: str, error: OSError) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name}: this file cannot be looked at ({_reason(error)}).",
        remedy="Change the permissions of its folder, or copy it to a folder of your own.",
        code="no_permission" if isinstance(error, PermissionError) else "damaged_file",
    )


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) in _ZIP or path.suffix.lower() == ".zip"
    except OSError:
        return False


def _zip(path: Path) -> Iterator[Item]:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableFileError(
            f"{printable(path.name)}: the zip is damaged or cut short.",
            remedy="Copy or export it again.",
            code="damaged_archive",
        ) from error
    members = archive.infolist()
    try:
        _refuse_unsafe(printable(path.name), members)
    except (UnsafeArchiveError, UnreadableFileError):
        archive.close()
        raise
    for member in sorted(members, key=lambda m: m.filename):
        parts = PurePosixPath(member.filename).parts
        if not member.is_dir() and not any(_hidden(part) for part in parts):
            yield Item(member.filename, path, member.file_size, archive)


def _refuse_unsafe(name: str, members: list[zipfile.ZipInfo]) -> None:
    unpack = "Unpack it yourself if you trust it, and give the folder."
    expanded = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    bomb = any(_explodes(m.file_size, m.compress_size) for m in members)
    if bomb or _explodes(expanded, packed) or expanded > MAX_EXPANDED or len(members) > MAX_MEMBERS:
        raise UnsafeArchiveError(
            f"{name}: {packed / 1e6:.1f} MB would unpack to {expanded / 1e6:.0f} MB in "
            f"{len(members)} files, as in a zip bomb; nothing was unpacked.",
            remedy=unpack,
            code="zip_bomb",
        )
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        drive = inside.parts and inside.parts[0].endswith(":")
        if ".." in inside.parts or inside.is_absolute() or drive:
            raise UnsafeArchiveError(
                f"{name}: a name in the zip points outside it ({_last(member.filename)!r}); "
                "nothing was unpacked.",
                remedy="Ask for a clean export.",
                code="unsafe_name",
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise UnsafeArchiveError(
                f"{name}: the zip contains a link ({_last(member.filename)!r}); "
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


def _explodes(expanded: int, packed: int) -> bool:
    return expanded > RATIO_MATTERS and expanded > MAX_RATIO * max(packed, 1)


def _last(name: str) -> str:
    """The last part of a path, printable; some zips are written with backslashes."""
    return printable(name.replace("\\", "/").rpartition("/")[2])


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else ""
    return text.lower() or type(error).__name__
