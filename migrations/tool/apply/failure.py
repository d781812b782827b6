"""What became of a migration that raised: it was rolled back, or committed, or nobody knows."""

from collections.abc import Sequence
from dataclasses import replace

import peewee

from migrations.tool import exits
from migrations.tool.apply import state
from migrations.tool.backup import space
from migrations.tool.lease import Lease
from shared_schema.database import LibsqlDatabase
from shared_schema.releases.files import Migration

# How long a statement that the server still works at, or a COMMIT whose answer was lost, may take to come to its end.
_SETTLES_S = 30.0


class Failed(exits.Stopped):
    """A migration failed and was rolled back; the message says what was found afterwards."""


class Unclear(exits.Stopped):
    """After a failure the database is not what it was, or does not answer. An operator must look."""

    exit_code = exits.LOOK


def look(
    db: LibsqlDatabase,
    ours: Lease,
    migration: Migration,
    before: state.State,
    error: BaseException,
    *,
    back: bool = False,
    breaches: Sequence[str] = (),
) -> None:
    """Read the database after a migration has raised `error`, and raise Failed or Unclear.

    `before` is the state before it, `back` says that it was a rollback, `breaches` are sentences on the rows at fault.
    Returns if it was committed and only the answer was lost.
    """
    error = exits.interruption(error) or error
    full = space.is_full(error)
    reason = space.sentence(error, space.place(db.settings)) if full else str(error) or type(error).__name__
    cause = "\n".join([f"{migration} failed: {reason}", *breaches])
    asked = _impatient(db)
    try:
        if db.on_server:
            # Another transaction can begin when the failed one has come to its end, and no sooner.
            asked.batch([ours.renewal], idempotent=True)
        after = state.read(asked)
    except peewee.PeeweeException as lost:
        raise Unclear(f"{cause}\nThe database cannot be asked what became of it: {lost}") from error
    finally:
        if asked is not db:
            asked.close()
    # The history is written in the same transaction as everything else.
    if (migration.name in after.histories[migration.stream]) is not back:
        return
    if after.objects != before.objects or after.histories != before.histories:
        raise Unclear(f"{cause}\nSchema or histories are not what they were before it.") from error
    changed = state.changes(before.rows, after.rows)
    rows = "every table has the rows it had" if not changed else f"others have written meanwhile: {', '.join(changed)}"
    raise Failed(f"{cause}\nIt was rolled back: schema and histories are as before, {rows}.") from error


def _impatient(db: LibsqlDatabase) -> LibsqlDatabase:
    """The same database, with calls to a server that end soon: it may be the server that has failed."""
    limits = db.settings.limits
    if not db.on_server:
        return db
    soon = replace(limits, read_s=min(limits.read_s, 10.0), total_s=min(limits.total_s, _SETTLES_S))
    return LibsqlDatabase(replace(db.settings, limits=soon))
