"""ZIP archives from anywhere, read in memory: no links, no ambiguous names, and only as many bytes as are allowed."""

import io
import posixpath
import re
import zipfile
import zlib
from collections import Counter
from urllib.parse import unquote

MAX_ENTRIES = 30_000
MAX_FILE = 16 * 1024 * 1024  # bytes of one file in an archive
MAX_TOTAL = 64 * 1024 * 1024  # of all files that are read of it

_BLOCK = 64 * 1024
_CENTRAL = b"PK\x01\x02"  # begins each entry of the list of files
_ENCRYPTED = 0x1
_LINK, _KIND = 0o120000, 0o170000  # of a file's mode in the upper half of its external attributes
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # Python reads the others without a limit on what comes out
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


class Unsafe(Exception):
    """Why an archive, or a file in it, is not read. The message names the file."""


def is_archive(data: bytes) -> bool:
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


class Archive:
    """The files of an archive by name, in its order. Raises Unsafe."""

    def __init__(self, data: bytes) -> None:
        # Counted before they are listed: a list of so many names takes a hundred times their memory.
        if data.count(_CENTRAL) > MAX_ENTRIES:
            raise Unsafe(f"there are more than {MAX_ENTRIES:,} files in the archive")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise Unsafe(f"the archive is broken: {error}") from None
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        self._entries = {entry.filename: entry for entry in entries}
        self._twice = {name for name, count in Counter(entry.filename for entry in entries).items() if count > 1}
        self._left = MAX_TOTAL

    @property
    def names(self) -> list[str]:
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str, limit: int = MAX_FILE) -> bytes:
        """The bytes of a file. They are counted as they come, whatever the archive says of their number."""
        entry = self._entries.get(name)
        if entry is None:
            raise Unsafe(f"{name} is not in the archive")
        self._check(entry)
        limit = min(limit, self._left)
        blocks: list[bytes] = []
        try:
            with self._zip.open(entry) as file:
                while block := file.read(_BLOCK):
                    self._left -= len(block)
                    limit -= len(block)
                    if limit < 0:
                        raise Unsafe(self._too_large(name))
                    blocks.append(block)
        except _BROKEN as error:
            raise Unsafe(f"{name} is broken in the archive: {error}") from None
        return b"".join(blocks)

    def _check(self, entry: zipfile.ZipInfo) -> None:
        if entry.filename in self._twice:
            raise Unsafe(f"{entry.filename} is in the archive twice")
        if entry.flag_bits & _ENCRYPTED:
            raise Unsafe(f"{entry.filename} is encrypted")
        if (entry.external_attr >> 16) & _KIND == _LINK:
            raise Unsafe(f"{entry.filename} is a link")
        if entry.compress_type not in _METHODS:
            raise Unsafe(f"{entry.filename} is compressed by another method than deflate")

    def _too_large(self, name: str) -> str:
        if self._left < 0:
            return f"up to {name} more than {MAX_TOTAL:,} bytes were read of the archive"
        return f"{name} is too large"


def resolved(reference: str, *bases: str) -> str:
    """The name of the file that a reference in a file of the archive means.

    `bases` are the folder it is in and each `xml:base` from the outside in. Unsafe for one that leads out.
    """
    path = ""
    for part in (*bases, reference):
        part = unquote(part.strip())
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", part) or part.startswith("/") or "\\" in part or "\0" in part:
            raise Unsafe(f"{part} is no file in the archive")
        path = posixpath.join(path, part)
    path = posixpath.normpath(path)
    if path == "." or path.split("/")[0] == "..":
        raise Unsafe(f"{reference} is no file in the archive")
    return path
