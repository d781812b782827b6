"""DB-API exceptions, and the reading of the engine's error messages.

Peewee maps DB-API exceptions to its own by class name, so the names here are not ours to choose.
"""

import re


class Error(Exception):
    """Root of the DB-API errors."""


class InterfaceError(Error):
    """The call itself is wrong: a parameter that cannot be bound, a closed connection."""


class DatabaseError(Error):
    """The database or the driver failed. `code` is the server's, where one spoke."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class DataError(DatabaseError):
    """A value that the database cannot hold exactly: beyond 64 bits, NaN, text with NUL."""


class IntegrityError(DatabaseError):
    """A constraint refused the change."""


class OperationalError(DatabaseError):
    """SQL that does not compile, a missing table, a full disk, a locked file."""


class ProgrammingError(DatabaseError):
    """Several statements in one string, or too few or too many parameters."""


class NotSupportedError(DatabaseError):
    """libSQL cannot do this."""


class Busy(OperationalError):
    """Another writer held the lock until the time ran out. Nothing was changed."""


class Unreachable(OperationalError):
    """The server did not answer by the deadline. Nothing was changed."""


class OutcomeUnknown(OperationalError):
    """The answer to a write was lost after it was sent: it may or may not have been applied."""


class AccessDenied(OperationalError):
    """The server does not take our token, or we do not take its certificate."""


class StreamExpired(OperationalError):
    """The server gave up an interactive transaction; nothing of it was applied."""


# The engine's own texts (sqlite3.c, sqlite3ErrStr and the constraint messages); first match wins.
_KINDS: tuple[tuple[re.Pattern[str], type[DatabaseError]], ...] = (
    (re.compile(r"constraint failed|datatype mismatch|cannot store \w+ value in"), IntegrityError),
    (re.compile(r"(database|database table|database schema) is locked"), Busy),
    (re.compile(r"string or blob too big"), DataError),
    (re.compile(r"malformed$|not a database|Utf8Error"), DatabaseError),
)


def from_text(text: str, code: str | None = None) -> DatabaseError:
    """The typed error for the engine's message, be it in the driver's ValueError, in a Rust panic, or a server's."""
    kind = next((kind for pattern, kind in _KINDS if pattern.search(text)), OperationalError)
    return kind(text, code)
