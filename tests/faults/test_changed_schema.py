"""A connection that is in use while a migration changes the schema: its next statement runs as if it were new."""

from collections.abc import Callable, Iterator
from pathlib import Path

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, local

DRAFTS = (
    "CREATE TABLE drafts (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",
    "CREATE TABLE draft_versions (draft_id INTEGER NOT NULL, body TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE draft_search USING fts5 (body)",
    "CREATE TRIGGER versions_kept AFTER UPDATE ON drafts"
    " BEGIN INSERT INTO draft_versions VALUES (new.id, new.body); END",
    "CREATE TRIGGER search_kept AFTER UPDATE OF body ON drafts WHEN new.body <> old.body"
    " BEGIN DELETE FROM draft_search WHERE rowid = new.id;"
    " INSERT INTO draft_search (rowid, body) VALUES (new.id, new.body); END",
    "INSERT INTO drafts VALUES (1, 'subnet'), (2, 'route')",
)
EDIT = "UPDATE drafts SET body = 'prefix' WHERE id = 1"
READ = "SELECT body FROM drafts ORDER BY id"


@pytest.fixture(params=["file", "server"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[LibsqlDatabase, LibsqlDatabase]]:
    """Two services on one database: the first has read the drafts, and then the second has made another table."""
    if request.param == "file":
        service, other = (LibsqlDatabase(f"file:{tmp_path}/drafts.db") for _ in range(2))
    else:
        service, other = (request.getfixturevalue("connect")(request.getfixturevalue("server")) for _ in range(2))
    for sql in DRAFTS:
        other.execute_sql(sql)
    assert service.execute_sql(READ).fetchall() == [("subnet",), ("route",)]
    other.execute_sql("CREATE TABLE others (id INTEGER PRIMARY KEY)")
    yield service, other
    service.close()
    other.close()


def rows(database: LibsqlDatabase) -> list[list[tuple[object, ...]]]:
    """The drafts, their versions, and what a search for the edited one gives."""
    search = "SELECT rowid FROM draft_search WHERE draft_search MATCH 'prefix'"
    return [database.execute_sql(sql).fetchall() for sql in (READ, "SELECT * FROM draft_versions", search)]


def test_engine_itself_finds_a_table_missing_that_is_there(tmp_path: Path) -> None:
    """Where this fails, the engine has learnt better and `schema_changes` may go."""
    service, other = (local.driver.connect(f"{tmp_path}/bare.db", isolation_level=None) for _ in range(2))
    for sql in DRAFTS:
        other.execute(sql)
    service.execute(READ).fetchall()
    other.execute("CREATE TABLE others (id INTEGER PRIMARY KEY)")
    with pytest.raises(ValueError, match="no such table: drafts"):
        service.execute(EDIT)
    service.execute(EDIT)


@pytest.mark.parametrize(
    "edit",
    [
        lambda database: database.execute_sql(EDIT),
        lambda database: database.batch([Statement(EDIT)]),
        lambda database: database.batch([Statement("SELECT 1"), Statement(EDIT)]),
    ],
    ids=["alone", "in a batch", "second in a batch"],
)
def test_the_first_write_after_it_is_done_once(
    two: tuple[LibsqlDatabase, LibsqlDatabase], edit: Callable[[LibsqlDatabase], object]
) -> None:
    service, other = two
    edit(service)
    assert rows(other) == [[("prefix",), ("route",)], [(1, "prefix")], [(1,)]]


def test_a_table_that_is_not_there_is_still_an_error(two: tuple[LibsqlDatabase, LibsqlDatabase]) -> None:
    """And the statements before it in the batch are not applied, although the batch was tried twice."""
    service, other = two
    missing = Statement("UPDATE nowhere SET body = 'x'")
    for run in (lambda: service.execute_sql(missing.sql), lambda: service.batch([Statement(EDIT), missing])):
        with pytest.raises(peewee.OperationalError, match="no such table: nowhere"):
            run()
    assert rows(other) == [[("subnet",), ("route",)], [], []]
