"""What became of a migration that raised: it was rolled back, or committed, or nobody knows."""

import peewee

from migrations.tool import exits
from migrations.tool.apply import state
from migrations.tool.backup import space
from shared_schema.database import Database
from shared_schema.releases.files import Migration


class Failed(exits.Stopped):
    """A migration failed and was rolled back; the message says what was found afterwards."""


class Unclear(exits.Stopped):
    """After a failure the database is not what it was, or does not answer. An operator must look."""

    exit_code = exits.LOOK


def look(db: Database, migration: Migration, before: state.State, error: Exception, back: bool) -> None:
    """Read the database after a migration has raised `error`, and raise Failed or Unclear.

    `before` is the state before it, `back` says that it was a rollback. Returns if it was committed and only the answer
    was lost.
    """
    reason = (
        space.sentence(error, space.place(db.settings)) if space.is_full(error) else str(error) or type(error).__name__
    )
    cause = f"{migration} failed: {reason}"
    try:
        after = state.read(db)
    except peewee.PeeweeException as lost:
        raise Unclear(f"{cause}\nThe database cannot be asked what became of it: {lost}") from error
    # The history is written in the same transaction as everything else.
    if (migration.name in after.histories[migration.stream]) is not back:
        return
    if after.objects != before.objects or after.histories != before.histories:
        raise Unclear(f"{cause}\nSchema or histories are not what they were before it.") from error
    changed = state.changes(before.rows, after.rows)
    rows = "every table has the rows it had" if not changed else f"others have written meanwhile: {', '.join(changed)}"
    raise Failed(f"{cause}\nIt was rolled back: schema and histories are as before, {rows}.") from error
