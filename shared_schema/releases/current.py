"""Whether a database has what the code needs of it, for programs that cannot do without."""

from shared_schema.database import LibsqlDatabase
from shared_schema.environment import ConfigurationError
from shared_schema.releases import streams


def check(db: LibsqlDatabase, *needed: str) -> None:
    """Raises ConfigurationError if the database lacks an expand step of these streams, or of those that they need.

    A contract step that it lacks does no harm: it takes away what nobody reads any more.
    """
    lacking = [
        f"{owner}/{name}"
        for stream in needed
        for owner, names in streams.pending(db, streams.with_needs(stream)).items()
        for name in names
        if streams.read(owner, name).phase == "expand"
    ]
    if lacking:
        raise ConfigurationError(
            f"TURSO_DATABASE_URL: the database lacks {', '.join(dict.fromkeys(lacking))}:"
            " `.venv/bin/python -m migrations up` brings it up to date"
        )
