"""Room on disks: how much a database takes, how much is free, and what is said when a disk is full."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import peewee

from migrations.tool import exits
from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.settings import Settings

_SIZE = Statement("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class Full(exits.Stopped):
    """A disk is full. What was begun is undone."""


def size(db: LibsqlDatabase) -> int:
    """The bytes of the whole database."""
    (result,) = db.fetch([_SIZE], fresh=True)
    return result.value(int)


def place(settings: Settings) -> Path | str:
    """Where a database is: the directory of a file, the address of a server."""
    return Path(settings.path).parent if settings.path else urlsplit(settings.base_url).netloc


@contextmanager
def watched(place: Path | str, advice: str) -> Iterator[None]:
    """The errors of a full disk inside become Full, which names the place and says what to do."""
    try:
        yield
    except (OSError, peewee.OperationalError) as error:
        if not is_full(error):
            raise
        raise Full(f"{sentence(error, place)}: {advice}") from error


def is_full(error: BaseException) -> bool:
    """Whether the operating system, the engine or a server says that there is no room left."""
    return isinstance(errors.cause(error), errors.Full) or (isinstance(error, OSError) and error.errno in _NO_SPACE)


def sentence(error: BaseException, place: Path | str) -> str:
    """Says which disk is full. The engine does not say which of two: it sorts in the temporary directory."""
    if isinstance(place, str):
        return f"the disk of the server {place} is full"
    if isinstance(error, OSError):
        return f"the disk of {place} is full"
    return f"the disk of {place} is full, or that of {tempfile.gettempdir()}, where the engine sorts"


def lacking(needs: Sequence[tuple[Path, int]]) -> list[str]:
    """A sentence for each directory whose disk has fewer bytes free than all directories on that disk need together."""
    return [
        f"{place} has {_free(place) // 1_000_000} MB free and needs {_needed(place, needs) // 1_000_000} MB"
        for place, _ in needs
        if _free(place) < _needed(place, needs)
    ]


def of_backup(db: LibsqlDatabase, backups: Path | None) -> list[tuple[Path, int]]:
    """What a proven backup needs: the file is at most as large as the database, and so is the database that proves it,
    which is built beside the file.
    """
    return [(backups, 2 * size(db))] if backups else []


def of_rewriting(db: LibsqlDatabase, bytes_: int) -> list[tuple[Path, int]]:
    """What one transaction that writes so many bytes needs on a file's disk: they go to the log first, from there to
    the file, and the log stays. A server's disk is not ours to look at.
    """
    return [(Path(db.settings.path).parent, 2 * bytes_)] if db.settings.path else []


def _needed(place: Path, needs: Sequence[tuple[Path, int]]) -> int:
    """The bytes that all places on the same disk need together."""
    return sum(needed for other, needed in needs if _device(other) == _device(place))


def _existing(place: Path) -> Path:
    """The nearest directory above the place that exists already, or the place itself."""
    return next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.is_dir())


def _device(place: Path) -> int:
    return os.stat(_existing(place)).st_dev


def _free(place: Path) -> int:
    return shutil.disk_usage(_existing(place)).free
