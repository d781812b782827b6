"""What a killed process leaves beside backups, and how it is told from the work of a process that is alive.

Whoever writes a backup, proves one or makes a database anew holds the lock of a file there until the end. The system
gives the lock back when the process dies. A file server passes locks on between hosts; where it cannot, nothing is
removed.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from migrations.tool import exits

_PARTIAL, _SCRATCH, _LOCK = ".partial", "prove-", ".lock"
_ENDING = f".sql.gz{_PARTIAL}"


class AtWork(exits.Stopped):
    """Another process is at work on this file."""

    exit_code = exits.LATER


def partial(path: Path) -> Path:
    """The name of a backup that is not proven yet."""
    return path.with_name(f"{path.name}{_PARTIAL}")


@contextmanager
def claimed(path: Path, *, surely: bool = False) -> Iterator[None]:
    """Make the file if it is not there, hold its lock, and remove it at the end unless it has got another name.

    Raises AtWork if another process has it; with `surely` also where the file system has no locks.
    """
    descriptor = _lock(path, surely)
    try:
        yield
    finally:
        if _is(path, descriptor):
            path.unlink()
        os.close(descriptor)


@contextmanager
def scratch(directory: Path) -> Iterator[Path]:
    """A directory for a database that proves a backup; it is removed at the end."""
    folder = directory / f"{_SCRATCH}{secrets.token_hex(8)}"
    with claimed(_lock_of(folder)):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def beside(database: Path) -> Iterator[Path]:
    """The name of a file beside the database, for one to take its place. What is left of it is removed at the end."""
    new = _restored(database)
    with claimed(_lock_of(new)):
        _remove_database(new)
        try:
            yield new
        finally:
            _remove_database(new)


def clean(directory: Path) -> None:
    """Remove the unproven backups and the scratch directories of dead processes."""
    for path in directory.glob(f"*{_ENDING}"):
        if path.is_file() and not path.is_symlink():
            _remove_unless_at_work(path)
    stems = {path.with_suffix("") for path in directory.glob(f"{_SCRATCH}*") if path.is_dir() or path.suffix == _LOCK}
    for folder in stems:
        _remove_unless_at_work(_lock_of(folder), folder)


def clean_beside(database: Path) -> None:
    """Remove what a killed process has left of a database that was to take this one's place."""
    new = _restored(database)
    if any(path.exists() for path in (_lock_of(new), *_parts(new))):
        with suppress(AtWork, OSError), claimed(_lock_of(new), surely=True):
            _remove_database(new)


def _remove_unless_at_work(claim: Path, folder: Path | None = None) -> None:
    """What cannot be removed, say because it is another user's, stays."""
    with suppress(AtWork, OSError), claimed(claim, surely=True):
        if folder is not None:
            shutil.rmtree(folder)


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{_LOCK}")


def _restored(database: Path) -> Path:
    return database.with_name(f"{database.name}.restored")


def _remove_database(path: Path) -> None:
    for part in _parts(path):
        part.unlink(missing_ok=True)


def _parts(database: Path) -> list[Path]:
    return [database.with_name(f"{database.name}{part}") for part in ("", "-wal", "-shm")]


def _lock(path: Path, surely: bool) -> int:
    """The descriptor of the locked file. Who has removed the file meanwhile had its lock, so look again afterwards."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AtWork(f"another process is at work on {path}: wait until it has ended") from None
        except OSError as error:  # a file system without locks
            if surely:
                os.close(descriptor)
                raise AtWork(f"{path} cannot be locked: {error.strerror}") from None
        if _is(path, descriptor):
            return descriptor
        os.close(descriptor)


def _is(path: Path, descriptor: int) -> bool:
    """Whether the path still leads to the open file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
