"""Bring a development database to the models at once, without a migration: for trying things, on a file only."""

from migrations import router, schema
from shared_schema.database import Database, Verbatim
from shared_schema.tables import OWNERS


class Refused(Exception):
    """The database is not one to try things on."""


def statements(db: Database) -> list[str]:
    """What leads from the database to the models. Tables that no model declares stay."""
    steps: list[str] = []
    for owner, models in OWNERS.items():
        scratch = Database("file::memory:")
        try:
            declared = schema.of_models(scratch, owner)
        finally:
            scratch.close()
        steps += schema.difference(schema.read(db, [model._meta.table_name for model in models]), declared)
    return steps


def push(db: Database) -> list[str]:
    """Run them in one transaction. Raises Refused on a server, BrokenReferences if rows would be orphaned."""
    if db.on_server:
        raise Refused("push is for a file of your own: write a migration (`new`) and bring it up")
    steps = statements(db)
    with router.foreign_keys_off(db), db.atomic():
        for sql in steps:
            db.execute_sql(Verbatim(sql))
        router.no_broken_references(db)
    return steps
