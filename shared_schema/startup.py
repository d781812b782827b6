"""What every program looks at before it begins: a mistake in the configuration is one sentence and exit code 2."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import peewee

from shared_schema import disks, environment
from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.settings import Settings
from shared_schema.environment import ConfigurationError

EXIT_CODE = 2
_LEAST_FREE = 1_000_000  # bytes; SQLite needs some for the files beside the database before it writes a row
_HEAD = b"SQLite format 3\0"
_LOOK = Statement("SELECT count(*) AS objects FROM sqlite_master")


@contextmanager
def sentences() -> Iterator[None]:
    """A ConfigurationError inside ends the process: its sentence on stderr, exit code 2, no traceback."""
    try:
        yield
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_CODE)


def check_database(settings: Settings, suffix: str = "") -> None:
    """Raises ConfigurationError unless the database is there and answers.

    With a replica a server may be away: reads go on without it.
    """
    name = f"TURSO_DATABASE_URL{suffix}"
    if settings.path:
        if not os.path.exists(settings.path) and os.access(disks.nearest(Path(settings.path).parent), os.X_OK):
            raise ConfigurationError(
                f"{name}: there is no database at {Path(settings.path).absolute()};"
                " `.venv/bin/python -m migrations up` makes one there"
            )
        check_file(settings.path, name)
        check_room(settings.path, name)
    if settings.replica:
        check_replicator(settings)
    try:
        ask(settings, suffix)
    except Away as away:
        if not settings.replica:
            raise
        sys.stderr.write(f"{away}; reads come from the replica until it answers\n")


def check_replicator(settings: Settings) -> None:
    """Raises ConfigurationError for what the process that keeps the replica could not work with."""
    check_file(str(settings.replica), "TURSO_REPLICA_PATH", database=False)
    check_room(str(settings.replica), "TURSO_REPLICA_PATH")
    environment.seconds("TURSO_SYNC_SECONDS", 0.2)
    environment.seconds("TURSO_WATCHDOG_SECONDS", 30)


def check_file(path: str, name: str, *, database: bool = True) -> None:
    """Raises ConfigurationError, with the variable's name, if no database can be kept at this path.

    Without `database` a file that is none is no mistake: a replicator sets it aside.
    """
    file = Path(path)
    wrong = _wrong_place(file)
    if kind := disks.network_kind(file):
        wrong = (
            f"{file} is on a network disk ({kind}); a database with a write-ahead log is damaged there: use a disk"
            " of this host, or a libSQL server"
        )
    if not wrong and database and file.is_file() and not _is_database(file):
        wrong = f"{file} is not a database: it does not begin as an SQLite file does"
    if wrong:
        raise ConfigurationError(f"{name}: {wrong}")


def check_room(path: str, name: str) -> None:
    """Raises ConfigurationError if the disk of a database file is full."""
    if (free := disks.free(Path(path))) < _LEAST_FREE:
        raise ConfigurationError(f"{name}: the disk of {disks.nearest(Path(path))} is full, with {free} bytes free")


def _wrong_place(file: Path) -> str | None:
    """What is wrong with the directory and the rights of a database file."""
    folder = disks.nearest(file.parent)
    if file.is_dir():
        return f"{file} is a directory; the database is a file"
    if not folder.is_dir():
        return f"{folder} is a file, not a directory"
    if disks.is_read_only(folder):
        return f"the disk of {folder} is mounted read-only, and a database writes files beside itself"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"this user may not write in {folder}, and a database writes files beside itself"
    if os.path.exists(file) and not os.access(file, os.R_OK | os.W_OK):
        return f"this user may not read and write {file}"
    return None


def _is_database(file: Path) -> bool:
    with file.open("rb") as data:
        return data.read(len(_HEAD)) in (b"", _HEAD)


class Away(ConfigurationError):
    """The server does not answer."""


def ask(settings: Settings, suffix: str = "") -> None:
    """Ask the database something. Raises ConfigurationError where it gives no answer, Away for a server that is."""
    database = LibsqlDatabase(replace(settings, replica=None, clock=None))
    try:
        database.fetch([_LOOK], fresh=True)
    except peewee.PeeweeException as error:
        cause = errors.cause(error)
        if not isinstance(cause, errors.Busy):  # it is there, and somebody is at work on it
            raise _refusal(settings, suffix, cause) from None
    finally:
        database.close()


def _refusal(settings: Settings, suffix: str, error: BaseException) -> ConfigurationError:
    """The sentence for a database that does not answer as one."""
    name = f"TURSO_DATABASE_URL{suffix}"
    if settings.path:
        return ConfigurationError(f"{name}: {settings.path} cannot be used: {error}")
    if isinstance(error, errors.AccessDenied):
        return ConfigurationError(f"{name if error.code == 'TLS' else f'TURSO_AUTH_TOKEN{suffix}'}: {error}")
    if isinstance(error, errors.Unreachable):
        return Away(f"{name}: {error}")
    return ConfigurationError(f"{name}: {settings.base_url} does not answer as a libSQL server does: {error}")
