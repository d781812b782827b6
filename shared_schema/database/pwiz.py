"""Peewee's pwiz for our URLs: models from the tables of a database. It takes pwiz's options; `-P` asks for a token.

python -m shared_schema.database.pwiz file:app.db
"""

import sys
from typing import Any

import pwiz

from shared_schema.database.libsql import LibsqlDatabase
from shared_schema.database.settings import Settings


def opened(url: str, password: str | None = None, **options: Any) -> LibsqlDatabase:
    """The database, which must be there."""
    return LibsqlDatabase(Settings(url, password), must_exist=True, **options)


if __name__ == "__main__":
    pwiz.DATABASE_MAP["libsql"] = opened
    sys.argv[1:1] = ["-e", "libsql"]
    pwiz.main()
