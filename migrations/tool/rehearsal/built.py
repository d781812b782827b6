"""What migrations make of an empty database, run one after the other without a record of their statements."""

from collections.abc import Sequence

import peewee

from migrations.tool.router import StreamRouter
from migrations.tool.schema import references, structure
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase
from shared_schema.releases.files import Migration


def objects(migrations: Sequence[Migration]) -> tuple[tuple[Object, ...], tuple[Migration, str] | None]:
    """The objects that they make, in order; and the first migration that fails, with the reason. It is rolled back, and
    those behind it are not run.
    """
    db = LibsqlDatabase("file::memory:")
    failed: tuple[Migration, str] | None = None
    try:
        for migration in migrations:
            if reason := _failure(db, migration):
                failed = migration, reason
                break
        return structure.objects(db), failed
    finally:
        db.close()


def _failure(db: LibsqlDatabase, migration: Migration) -> str | None:
    router = StreamRouter(db, migration.stream)
    try:
        router.run_one(migration.name, router.migrator, fake=False)
    except Exception as error:  # a migration is a program, and may raise anything
        return reason(error)
    return None


def reason(error: Exception) -> str:
    """The text of an error; one that is neither the engine's nor ours with its type."""
    known = isinstance(error, peewee.PeeweeException | references.BrokenReferences)
    return str(error) if known else f"{type(error).__name__}: {error}"
