"""DB-API exceptions, and the one place that reads the engine's error messages.

Peewee maps DB-API exceptions to its own by class name, or by the name of the base class, so these names are fixed.
The typed error stays in `orig` of peewee's exception; `cause` gives it back.
"""

import re
from typing import Any, cast

import peewee

# Raises peewee's exception for one of ours: `with as_peewee: …`. The stubs leave it out.
as_peewee = cast(Any, peewee).__exception_wrapper__


class Error(Exception):
    """Root of the DB-API errors."""


def peewees_own(error: Error) -> Exception:
    """Peewee's exception for one of ours, which is among its arguments."""
    try:
        with as_peewee:
            raise error
    except peewee.PeeweeException as raised:
        return raised


class InterfaceError(Error):
    """The call itself is wrong: a parameter that cannot be bound, a closed connection."""


class DatabaseError(Error):
    """The database or the driver failed. `code` is the server's error code; None from a file."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class DataError(DatabaseError):
    """A value that the database cannot hold exactly: beyond 64 bits, NaN, text with NUL."""


class IntegrityError(DatabaseError):
    """A constraint refused the change."""


class OperationalError(DatabaseError):
    """SQL that does not compile, a full disk, a locked file."""


class ProgrammingError(DatabaseError):
    """Several statements in one string, or too few or too many parameters."""


class NotSupportedError(DatabaseError):
    """libSQL cannot do this."""


class Unique(IntegrityError):
    """Another row has this key already. `columns` is empty where the index is on an expression."""

    table: str = ""
    columns: tuple[str, ...] = ()


class NotNull(IntegrityError):
    """NULL in a column that takes none."""

    table: str
    column: str


class Check(IntegrityError):
    """A CHECK does not hold. `name` is the constraint's name, or its expression if it has no name.

    It is empty where ALTER TABLE ADD COLUMN is refused: the engine's message then names no constraint.
    """

    name: str = ""


class Datatype(IntegrityError):
    """A value of a type that a column of a STRICT table does not take."""

    type: str
    wanted: str
    table: str
    column: str


class ForeignKey(IntegrityError):
    """A reference to a row that is not there, or rows that refer to what was to be deleted."""


class NoSuchTable(OperationalError):
    """The statement names a table or view that is not there."""

    table: str


class IntegerOverflow(OperationalError):
    """A sum or abs() beyond 64 bits; `batch.Guard` fails by raising it."""


class Damaged(DatabaseError):
    """The file is no database, or its pages contradict each other."""


class Full(OperationalError):
    """There is no room left on the disk. The engine may have rolled back the whole transaction."""


class NoTransaction(OperationalError):
    """The end of a transaction or savepoint that the engine has ended itself: nothing of it was applied."""


class Busy(OperationalError):
    """Another writer held the lock until the time ran out. Nothing was changed."""


class Unreachable(OperationalError):
    """The server did not answer by the deadline. Nothing was changed."""


class Refused(OperationalError):
    """The server, or a gateway before it, takes no such request; `code` is the HTTP status. Nothing was changed."""


class OutcomeUnknown(OperationalError):
    """The answer to a write was lost after it was sent: it may or may not have been applied."""


class Unreadable(DatabaseError):
    """The server has answered in a way that cannot be read."""


class Applied(DatabaseError):
    """A write was applied, and its answer cannot be read: what it returned is lost."""


class GuardAfterLoss(OperationalError):
    """A batch was sent again after its answer was lost, and a guard stopped it then. Its first run may have applied it
    and so changed what the guard looks at. `guard` is the exception of the guard.
    """

    def __init__(self, guard: Exception) -> None:
        super().__init__(f"a guard stopped the repetition of a batch whose first answer was lost: {guard}")
        self.guard = guard


class AccessDenied(OperationalError):
    """The server does not take our token, or we do not take its certificate."""


class StreamExpired(OperationalError):
    """The server gave up an interactive transaction; nothing of it was applied."""


# The engine's messages (sqlite3.c: sqlite3ErrStr, sqlite3UniqueConstraint and the constraint messages), to their
# types. The first match wins. Named groups become attributes of the error.
_MESSAGES: tuple[tuple[re.Pattern[str], type[DatabaseError]], ...] = (
    (re.compile(r"UNIQUE constraint failed: (?P<columns>[^:']+)$"), Unique),
    (re.compile(r"UNIQUE constraint failed"), Unique),
    (re.compile(r"NOT NULL constraint failed: (?P<table>[^.]+)\.(?P<column>.+)$"), NotNull),
    (re.compile(r"CHECK constraint failed: (?P<name>.+)$", re.DOTALL), Check),
    (re.compile(r"CHECK constraint failed"), Check),  # ALTER TABLE ADD COLUMN names none
    (re.compile(r"FOREIGN KEY constraint failed"), ForeignKey),
    (
        re.compile(r"cannot store (?P<type>\w+) value in (?P<wanted>\w+) column (?P<table>[^.]+)\.(?P<column>.+)$"),
        Datatype,
    ),
    (re.compile(r"constraint failed|datatype mismatch|cannot store \w+ value in"), IntegrityError),
    (re.compile(r"no such table: (?:main\.)?(?P<table>.+)$"), NoSuchTable),
    (re.compile(r"(database|database table|database schema) is locked"), Busy),
    (re.compile(r"database or disk is full"), Full),
    (re.compile(r"no transaction is active|no such savepoint"), NoTransaction),
    (re.compile(r"string or blob too big"), DataError),
    (re.compile(r"integer overflow"), IntegerOverflow),
    (re.compile(r"malformed$|not a database|wal_index"), Damaged),
    (re.compile(r"Utf8Error"), DatabaseError),
    # The sync of a replica: its own protocol, over connections of its own.
    (re.compile(r"Replicator client error|performing handshake with primary"), Unreachable),
    # A server's answer to the baton of a stream that has ended, or of a server that has been restarted since.
    (re.compile(r"\bbaton\b"), StreamExpired),
)
_CODES = {
    "SQLITE_BUSY": Busy,
    "TRANSACTION_TIMEOUT": StreamExpired,
    "STREAM_EXPIRED": StreamExpired,
    "TRANSACTION_BUSY": StreamExpired,
}


def from_text(text: str, code: str | None = None) -> DatabaseError:
    """The typed error for a message of the engine, as the driver or a server passes it on.

    A server's `code` decides where it is one of ours; servers word the same refusal differently.
    """
    if code in _CODES:
        return _CODES[code](text, code)
    for pattern, kind in _MESSAGES:
        if match := pattern.search(text):
            return _with_details(kind(text, code), match.groupdict())
    return OperationalError(text, code)


def _with_details(error: DatabaseError, details: dict[str, str]) -> DatabaseError:
    """Set what the message names. `t.a, t.b` of a unique key becomes the table `t` and the columns `a` and `b`."""
    if isinstance(error, Unique) and "columns" in details:
        names = [name.strip().partition(".") for name in details["columns"].split(",")]
        error.table, error.columns = names[0][0], tuple(column for _, _, column in names)
        return error
    for name, value in details.items():
        setattr(error, name, value)
    return error


def cause(error: BaseException) -> BaseException:
    """The typed error behind one of peewee's, which may stand behind another; any other error is its own cause."""
    orig: BaseException | None = getattr(error, "orig", None)
    return error if orig is None else cause(orig)


def is_unique(error: BaseException, table: str, *columns: str) -> bool:
    """Whether the unique key on these columns of the table, in the order of the index, refused the change."""
    typed = cause(error)
    return isinstance(typed, Unique) and typed.table == table and typed.columns == columns


def is_missing_table(error: BaseException) -> bool:
    """Whether a statement named a table that is not there, say because a migration has not run yet."""
    return isinstance(cause(error), NoSuchTable)
