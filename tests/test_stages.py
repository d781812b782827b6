"""The server that tests share is as after migration when a test begins, and gets there without migrating again."""

from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase
from tests import stages
from tests.damage import without_triggers

HISTORIES = ("migrations_shared", "migrations_study", "migrations_growth")
_OBJECTS = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'libsql_%' ORDER BY name"


def _everything(database: LibsqlDatabase) -> dict[str, Any]:
    queries = {"objects": _OBJECTS, "users": "SELECT id, email, name, role, timezone FROM users ORDER BY id"}
    queries |= {name: f"SELECT * FROM {name} ORDER BY id" for name in HISTORIES}
    return {name: database.execute_sql(sql).fetchall() for name, sql in queries.items()}


@pytest.fixture
def server(primary: stages.Primary) -> LibsqlDatabase:
    primary.clear()
    return LibsqlDatabase(primary.settings())


def test_rows_are_cleared_and_the_schema_stays(
    primary: stages.Primary, server: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making it anew takes seven times as long, and happens four thousand times if white space counts."""
    before = _everything(server)
    server.execute_sql("UPDATE users SET name = 'Mallory' WHERE id = 1")
    server.batch(without_triggers([]))
    monkeypatch.setattr(primary, "_rebuild", lambda: pytest.fail("nothing was broken"))
    primary.clear()
    assert _everything(server) == before


def test_a_broken_schema_is_made_as_the_migrations_made_it(
    primary: stages.Primary, server: LibsqlDatabase, migrated: Any
) -> None:
    before = _everything(server)
    server.execute_sql("DROP TABLE growth_metrics")
    server.execute_sql("DROP TRIGGER audit_log_update")
    server.execute_sql("CREATE TABLE elsewhere (n INTEGER)")
    server.execute_sql("DELETE FROM migrations_study")
    primary.clear()
    assert _everything(server) == before
    by_migrations = LibsqlDatabase(f"file:{migrated}", read_only=True)
    assert [row for row in before["objects"] if row[1] != "sqlite_sequence"] == [
        row for row in by_migrations.execute_sql(_OBJECTS).fetchall() if row[1] != "sqlite_sequence"
    ]
    by_migrations.close()
