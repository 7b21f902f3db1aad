"""Files as they come: one file, a folder tree or a zip, each read in the same safe way."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal

from vbq.errors import NoScanFoundError, UnreadableFileError, UnsafeArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Item", "Kind", "kind_of", "walk"]

Kind = Literal["dicom", "nifti", "nrrd", "metaimage", "picture", "empty", "other"]

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
        name: What to call it in messages: relative to what the user named.
        path: The file on disk, or the zip that holds it.
        archive: The open zip, where it lies in one.
        size: Bytes, unpacked.
    """

    name: str
    path: Path
    size: int
    archive: zipfile.ZipFile | None = None

    @property
    def location(self) -> str:
        """Full path; for a member of a zip, the zip's path and the member's name."""
        return f"{self.path}/{self.name}" if self.archive else str(self.path)

    def open(self) -> BinaryIO:
        """Open for reading and seeking; members of a zip are unpacked into memory.

        Raises:
            UnreadableFileError: No permission, or a damaged archive.
        """
        if self.archive is not None:
            return io.BytesIO(self.read())
        with _readable(self.name):
            return self.path.open("rb")

    def read(self, count: int = -1) -> bytes:
        """Its first bytes, or all.

        Raises:
            UnreadableFileError: No permission, or a damaged archive.
        """
        with _readable(self.name):
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


def walk(path: Path) -> Iterator[Item]:
    """Every file below a path in a stable order; hidden files and links to folders are left out.

    Args:
        path: A file, a folder or a zip.

    Raises:
        NoScanFoundError: There is nothing at this path.
        UnsafeArchiveError: A zip that would expand without bound or points outside itself.
        UnreadableFileError: A zip that is damaged or encrypted.
    """
    if path.is_dir():
        yield from _folder(path)
    elif not path.exists():
        raise NoScanFoundError(
            f"{path}: there is no such file or folder.",
            remedy="Check the spelling of the path.",
            code="not_found",
        )
    elif _is_zip(path):
        yield from _zip(path)
    else:
        yield Item(path.name, path, path.stat().st_size)


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


def _folder(root: Path) -> Iterator[Item]:
    closed: list[str] = []
    for folder, below, names in os.walk(root, onerror=lambda error: closed.append(error.filename)):
        below[:] = sorted(name for name in below if not _hidden(name))
        for name in sorted(names):
            path = Path(folder, name)
            if not _hidden(name) and path.is_file():
                yield Item(path.relative_to(root).as_posix(), path, path.stat().st_size)
    for name in sorted(closed):  # reading it as a file says why it could not be opened
        yield Item(Path(name).name, Path(name), 1)


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06") or path.suffix.lower() == ".zip"
    except OSError:
        return False


def _zip(path: Path) -> Iterator[Item]:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableFileError(
            f"{path.name}: the zip is damaged or cut short.",
            remedy="Copy or export it again.",
            code="damaged_archive",
        ) from error
    members = archive.infolist()
    try:
        _refuse_unsafe(path.name, members)
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
                f"{name}: a name in the zip points outside it ({member.filename!r}); "
                "nothing was unpacked.",
                remedy="Ask for a clean export.",
                code="unsafe_name",
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise UnsafeArchiveError(
                f"{name}: the zip contains a link ({member.filename!r}); nothing was unpacked.",
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


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else ""
    return text.lower() or type(error).__name__
