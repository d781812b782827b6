"""The structure of a database that is read again and again: tables with a known text are not asked for it."""

from collections.abc import Sequence

from migrations.tool.rehearsal.record import Record
from migrations.tool.schema import structure
from migrations.tool.schema.structure import Known, Rows
from shared_schema.database import LibsqlDatabase

STEPS = (
    "CREATE TABLE parents (id INTEGER PRIMARY KEY, code TEXT UNIQUE)",
    "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents, n INTEGER NOT NULL DEFAULT 1)",
    "CREATE UNIQUE INDEX children_n ON children (n, parent)",
    "DROP INDEX children_n",
    "CREATE UNIQUE INDEX children_n ON children (parent, lower(n))",
    "ALTER TABLE children ADD COLUMN twice INTEGER AS (2 * n)",
    "ALTER TABLE parents RENAME TO elders",
    "ALTER TABLE children RENAME COLUMN n TO number",
    "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
    "DROP TABLE children",
    "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents, n INTEGER NOT NULL DEFAULT 1)",
)


def test_what_is_known_is_what_would_be_read() -> None:
    database, known = LibsqlDatabase("file::memory:"), Known()
    select = Record(database).select
    for step in STEPS:
        database.execute_sql(step)
        assert structure.read(select, known) == structure.read(select), step
    assert structure.read(select).tables["children"].parents == {"parent": "parents"}
    database.close()


def test_only_a_new_text_is_asked_for() -> None:
    database, known = LibsqlDatabase("file::memory:"), Known()
    ran: list[str] = []

    def select(sql: str) -> Rows:
        ran.append(sql)
        return Record(database).select(sql)

    def asked(*steps: str) -> Sequence[str]:
        for step in steps:
            database.execute_sql(step)
        ran.clear()
        structure.read(select, known)
        return ran[1:]

    first = asked(*STEPS[:2])
    assert len(first) == 3
    assert all("IN ('parents', 'children')" in sql for sql in first)
    assert asked() == []
    assert all("IN ('children')" in sql for sql in asked(STEPS[2]))
    assert asked(STEPS[3]) == []  # as it was before
    database.close()
