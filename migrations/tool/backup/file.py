"""The file of a backup: SQL text, gzipped, each statement behind a comment with its length, the manifest as last line.

Any SQLite shell reads it. The last line has the SHA-256 of everything above it, so a file that was cut or changed is
known as such before a byte of it is used.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from migrations.tool import exits
from migrations.tool.backup import manifest
from migrations.tool.backup.manifest import Manifest
from shared_schema.database import private

_HEAD = "-- PingToPass backup\n"
_NEXT = "-- next "
_END = "-- manifest "


class Corrupt(exits.Stopped):
    """The file is not a whole, unchanged backup."""


class Writer:
    """Takes statements and hashes them on their way to the disk."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self._put(_HEAD)

    def statement(self, sql: str) -> None:
        self._put(f"{_NEXT}{len(sql.encode())}\n{sql};\n")

    def end(self, made: Manifest) -> None:
        self._out.write(f"{_END}{self._digest.hexdigest()} {made.to_json()}\n".encode())

    def _put(self, text: str) -> None:
        data = text.encode()
        self._digest.update(data)
        self._out.write(data)


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new file, on the disk when it is whole and gone when it is not. Only its owner may read it."""
    private.directory(path.parent)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            with gzip.open(raw, "wb", compresslevel=1) as out:
                yield Writer(cast(IO[bytes], out))
            raw.flush()
            os.fsync(raw.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def rename(path: Path, name: Path) -> None:
    """Give a file its name, in a way that a power failure does not undo."""
    path.rename(name)
    directory = os.open(name.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_manifest(path: Path) -> Manifest:
    """Read the file to its end and check it against its own hash. Raises Corrupt."""
    digest = hashlib.sha256()
    try:
        with gzip.open(path, "rb") as data:
            if data.readline() != _HEAD.encode():
                raise Corrupt(f"{path} is no backup")
            digest.update(_HEAD.encode())
            length = len(_HEAD)
            while (line := data.readline()).startswith(_NEXT.encode()):
                digest.update(line)
                digest.update(data.read(_length(line)))
                length += len(line) + _length(line)
            end = line.decode()
            if not end.startswith(_END) or data.read(1):
                raise Corrupt(f"{path} has no end")
        checksum, text = end.removeprefix(_END).split(" ", 1)
        if checksum != digest.hexdigest():
            raise Corrupt(f"{path} was changed after it was made")
        return manifest.from_json(text, length)
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise Corrupt(f"{path} is damaged: {error}") from None


def statements(path: Path) -> Iterator[str]:
    """The SQL of a backup, statement by statement. `read_manifest` must have found the file whole."""
    with gzip.open(path, "rb") as data:
        data.readline()
        while (line := data.readline()).startswith(_NEXT.encode()):
            yield data.read(_length(line))[:-2].decode()


def _length(line: bytes) -> int:
    """The bytes of the statement that follows, with its semicolon and newline."""
    return int(line[len(_NEXT) :]) + 2
