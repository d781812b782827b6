"""Peewee's tools know databases by class or by scheme. This tells them of ours, when the package is imported.

playhouse.db_url gets the scheme `libsql`, and what pwiz prints imports our class.
"""

from typing import Any

from playhouse import db_url, reflection

from shared_schema.database.libsql import LibsqlDatabase
from shared_schema.database.settings import Settings


class Metadata(reflection.SqliteMetadata):  # type: ignore[misc]  # playhouse has no types
    """What the Introspector knows of a SQLite database, and from where pwiz imports its class."""

    def __init__(self, database: Any) -> None:
        super().__init__(database)
        if isinstance(database, LibsqlDatabase):
            kind = type(database)
            home = "shared_schema.database" if kind is LibsqlDatabase else kind.__module__
            self.requires_extension, self.extension_import = True, f"from {home} import {kind.__name__}"


def connect(
    database: str,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    tls: bool = True,
    **options: Any,
) -> LibsqlDatabase:
    """For playhouse.db_url.connect: `libsql:///app.db` is a file, as with sqlite; `libsql://HOST[:PORT]/NAME` a server.

    The name after a server means nothing, but db_url asks for one. `?tls=0` is HTTP without TLS.
    """
    if "user" in options or "password" in options:
        raise ValueError("a database URL holds no secret: connect(url, token=…)")
    if host is None:
        return LibsqlDatabase(f"file:{database}", **options)
    address = f"libsql://{host}{f':{port}' if port else ''}?tls={int(tls)}"
    return LibsqlDatabase(Settings(address, token), **options)


def register() -> None:
    """Once, when the package is imported."""
    db_url.register_database(connect, "libsql")
    reflection.SqliteMetadata = Metadata
