"""The base class of all tables, and the database that they are in."""

from typing import cast

import peewee

from shared_schema.database import LibsqlDatabase

# One database per process: `db.initialize(LibsqlDatabase(url))` in the factory, after the fork, before the first query.
db = cast(LibsqlDatabase, peewee.DatabaseProxy())


class Table(peewee.Model):
    """STRICT tables: a text in an integer column is an error. Such a mixture once made times compare wrongly."""

    class Meta:
        database = db
        strict_tables = True
        legacy_table_names = False
