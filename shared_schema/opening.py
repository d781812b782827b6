"""The configured database, opened for the process of a command."""

from shared_schema import environment, startup
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import current
from shared_schema.tables import db


def configured(stream: str) -> None:
    """Open $TURSO_DATABASE_URL for all queries of this process, whose code needs the migrations of this stream.

    A database that is not there, does not answer or lacks a migration ends the process: a sentence, exit code 2.
    """
    with startup.sentences():
        settings = environment.database()
        startup.check_database(settings)
        db.initialize(LibsqlDatabase(settings))  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
        current.check(db, stream)
