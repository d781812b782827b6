"""Whether views, triggers and virtual tables can be used: the engine lets those stand that name what is gone."""

import peewee

from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase


def all_work(db: LibsqlDatabase, objects: tuple[Object, ...]) -> bool:
    """Whether the engine has nothing to say of any of these objects, which are in the database with all they name."""
    beside = [entry for entry in objects if entry.kind in ("view", "trigger", "virtual")]
    if not beside:
        return True
    try:
        look_through_everything(db)
    except peewee.DatabaseError:
        return False
    return not any(error(db, entry) for entry in beside if entry.kind != "trigger")


def error(db: LibsqlDatabase, entry: Object) -> str | None:
    """The engine's text when the object is used, or None. For a trigger it is of the first that does not work."""
    try:
        if entry.kind == "trigger":
            look_through_everything(db)
        else:
            db.execute_sql(f"SELECT * FROM {quoted(entry.name)} LIMIT 1").fetchall()
    except peewee.DatabaseError as error:
        return str(error)
    return None


def look_through_everything(db: LibsqlDatabase) -> None:
    """A rename makes the engine look up every name in every trigger and view. Raises peewee.DatabaseError."""
    db.execute_sql("CREATE TABLE IF NOT EXISTS one_name (n INTEGER)")
    db.execute_sql("ALTER TABLE one_name RENAME TO other_name")
    db.execute_sql("DROP TABLE other_name")
