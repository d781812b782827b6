"""What every table has in common, and the database they all live in."""

from typing import cast

import peewee

from shared_schema.database import Database

# One database per process: `db.initialize(Database(url))` in the factory, after the fork, before the first query.
db = cast(Database, peewee.DatabaseProxy())


class Table(peewee.Model):
    """STRICT: a text in an integer column, the mixture that made times compare wrongly, is an error here."""

    class Meta:
        database = db
        strict_tables = True
        legacy_table_names = False
