"""Bring a development database to the models at once, without a migration: for trying things, on a file only."""

from migrations.tool import exits
from migrations.tool.schema import change, definition, references
from shared_schema.database import Database, Verbatim
from shared_schema.tables import OWNERS


class Refused(exits.Stopped):
    """The database is not one to try things on."""


def statements(db: Database) -> list[str]:
    """What leads from the database to the models. Tables that no model declares stay."""
    steps: list[str] = []
    for owner, models in OWNERS.items():
        scratch = Database("file::memory:")
        try:
            declared = definition.of_models(scratch, owner)
        finally:
            scratch.close()
        steps += change.statements(definition.read(db, [model._meta.table_name for model in models]), declared)
    return steps


def push(db: Database) -> list[str]:
    """Run them in one transaction. Raises Refused on a server, BrokenReferences if rows would be orphaned."""
    if db.on_server:
        raise Refused("push is for a file of your own: write a migration (`new`) and bring it up")
    steps = statements(db)
    with references.foreign_keys_off(db), db.atomic():
        for sql in steps:
            db.execute_sql(Verbatim(sql))
        references.check(db)
    return steps
