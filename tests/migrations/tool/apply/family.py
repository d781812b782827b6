"""The migrations of a stream with parents and children, and what its tables hold."""

from migrations.tool.apply import state, upgrade

FIRST = """
    migrator.sql("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT) STRICT")
    migrator.sql(
        "CREATE TABLE child (id INTEGER PRIMARY KEY,"
        " parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE) STRICT"
    )
"""
NO_FIRST = """
    migrator.sql("DROP TABLE child")
    migrator.sql("DROP TABLE parent")
"""
REBUILD = """
    migrator.sql("CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT, born INTEGER) STRICT")
    migrator.sql("INSERT INTO new_parent (id, name) SELECT id, name FROM parent")
    migrator.sql("DROP TABLE parent")
    migrator.sql("ALTER TABLE new_parent RENAME TO parent")
"""
NO_REBUILD = """
    migrator.sql("ALTER TABLE parent DROP COLUMN born")
"""
NO_UPPER = """
    migrator.sql("ALTER TABLE parent DROP COLUMN upper")
"""


def settle(db, story):
    """Write the first migration, run it, and fill its tables."""
    story(FIRST, NO_FIRST)
    upgrade.up(db)
    db.execute_sql("INSERT INTO parent VALUES (1, 'Alice'), (2, 'Bob')")
    db.execute_sql("INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)")


def people(db):
    return db.execute_sql(
        "SELECT parent.name, count(child.id) FROM parent LEFT JOIN child ON parent_id = parent.id GROUP BY 1 ORDER BY 1"
    ).fetchall()


def accept_edits(db):
    """The files as they are now count as what was applied, as after `history mark … edited`."""
    db.execute_sql("UPDATE migrations_story SET checksum = ''")


def same(db, before):
    """Schema, histories and rows; the lease comes and goes."""
    now = state.read(db)
    assert (now.objects, now.histories) == (before.objects, before.histories)
    return state.changes(before.rows, now.rows) == {}


FAMILY = [("Alice", 2), ("Bob", 1)]
