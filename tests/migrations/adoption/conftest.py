"""An older database, on a file and on a real server, and what there is to say of it."""

import json
import re

import pytest

from migrations import adoption
from migrations.tool.backup import dump
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Limits, Settings
from tests import servers
from tests.migrations.adoption import legacy

KINDS = {"raw": 8, "fourteen": 14, "typescript": 15}


def pytest_generate_tests(metafunc):
    """A test that asks for a `place` runs on a file and on a server, unless it says itself where."""
    chosen = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "place" in metafunc.fixturenames and not any("place" in names for names in chosen):
        metafunc.parametrize("place", ["file", "server"])


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    servers.needed()
    with servers.Sqld(tmp_path_factory.mktemp("adopted")) as running:
        yield running


@pytest.fixture
def old(place, tmp_path, request):
    """An empty database."""
    settings = Settings(f"file:{tmp_path}/old.db")
    if place == "server":
        running = request.getfixturevalue("server")
        settings = Settings(running.url, running.token, limits=Limits(2, 30, 60))
    database = LibsqlDatabase(settings)
    emptied(database)
    yield database
    database.close()


@pytest.fixture
def file(tmp_path):
    """An empty database file: what differs from rule to rule does not differ from place to place."""
    database = LibsqlDatabase(f"file:{tmp_path}/old.db")
    yield database
    database.close()


def emptied(database):
    database.execute_sql("PRAGMA foreign_keys = off")
    with database.atomic():
        rows = database.execute_sql(
            "SELECT type, name FROM sqlite_master m WHERE type IN ('table', 'view') AND NOT EXISTS ("
            "SELECT 1 FROM pragma_table_list s WHERE s.name = m.name AND s.type = 'shadow')"
        ).fetchall()
        for kind, name in rows:
            if not name.startswith(("sqlite_", "libsql_", "_litestream")):
                database.execute_sql(f'DROP {kind} "{name}"')
    database.execute_sql("PRAGMA foreign_keys = on")


def everything(database):
    """The schema's text and every table's content: two databases that agree in it are equal."""
    rows = database.execute_sql("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    mine = [row for row in rows if not row[1].startswith(("libsql_", "_litestream"))]
    return mine, {row[1]: dump.of(database, row[1]) for row in mine if row[0] == "table"}


def kept(database, table, column=None):
    """What is kept of a table: `(row, column, rule, value)`."""
    rows = database.execute_sql(
        "SELECT row_key, column_name, rule, value FROM migration_adopted_values WHERE table_name = ?"
        " AND column_name = coalesce(?, column_name) ORDER BY column_name, row_key, rule",
        (table, column),
    ).fetchall()
    return [tuple(row) for row in rows]


def aside(database):
    rows = database.execute_sql('SELECT table_name, row_key, rule, "row" FROM migration_adopted_rows').fetchall()
    return [(table, key, rule, json.loads(row)) for table, key, rule, row in rows]


@pytest.fixture
def adopted(file):
    """`adopted(table, column, value, …)`: put one value into an older database and adopt it; the new value."""
    legacy.create(file, "typescript", {})
    legacy.fill(file, "typescript")

    def run(table, column, value, *mend, row=None):
        key = row or file.execute_sql(f"SELECT id FROM {table} LIMIT 1").fetchone()[0]
        file.execute_sql("PRAGMA foreign_keys = off")
        file.execute_sql(f"UPDATE {table} SET {column} = ? WHERE id = ?", (value, key))
        file.execute_sql("PRAGMA foreign_keys = on")
        adoption.adopt(file, mend)
        now = re.sub("^(ai_costs?|cost_cents)$", r"\1", column)
        row = file.execute_sql(f"SELECT {now} FROM {table} WHERE id = ?", (key,)).fetchone()
        return row[0] if row else None

    return run


@pytest.fixture
def make(old):
    """`make(kind)`: an older database of this kind, with rows."""

    def make(kind, changed=None):
        legacy.create(old, kind, changed)
        legacy.fill(old, kind)
        return old

    return make


def rows(database, sql, *values):
    return [tuple(row) for row in database.execute_sql(sql, values).fetchall()]
