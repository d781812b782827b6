"""Rows of virtual tables are counted like those of tables: a migration does not lose them by accident."""

import pytest

from migrations.tool.apply import preflight, state
from tests.migrations.tool.apply.test_watch import watched

pytestmark = pytest.mark.only("file", "server")


@pytest.fixture
def notes(family):
    """A family with a full-text table of its own rows, an index of parents, and one that keeps no text."""
    for sql in (
        "CREATE VIRTUAL TABLE note USING fts5 (text)",
        "CREATE VIRTUAL TABLE parent_search USING fts5 (name, content='parent', content_rowid='id')",
        "CREATE VIRTUAL TABLE word USING fts5 (text, content='', contentless_delete=1)",
        "CREATE VIRTUAL TABLE pages USING dbstat",
        "INSERT INTO note (text) VALUES ('one'), ('two'), ('three')",
        "INSERT INTO word (rowid, text) VALUES (1, 'one'), (2, 'two')",
        "INSERT INTO parent_search (parent_search) VALUES ('rebuild')",
    ):
        family.execute_sql(sql)
    return family


def test_tables_that_keep_rows_are_counted_and_no_others(notes):
    rows = state.read(notes).rows
    counted = {name: rows[name] for name in ("note", "word", "parent", "child")}
    assert counted == {"note": 3, "word": 2, "parent": 2, "child": 3}
    assert not {"parent_search", "pages", "note_data", "note_content"} & rows.keys()


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DELETE FROM note WHERE rowid = 1", "rows would be lost: note 3 → 2"),
        ("DELETE FROM word", "rows would be lost: word 2 → 0"),
        ("DROP TABLE note", "rows would be lost: note 3 → 0"),
    ],
)
def test_rows_of_a_virtual_table_that_are_lost_stop_a_migration(sql, message, notes):
    before = state.read(notes)
    with pytest.raises(state.RowsLost, match=message), watched(notes):
        notes.execute_sql(sql)
    assert state.read(notes) == before


def test_renamed_table_has_lost_nothing_and_a_replaced_one_has(notes):
    rows = {"parent": 2, "child": 3}
    assert state.lost(rows, {"person": 2, "child": 3}) == []
    assert state.lost(rows, {"person": 1, "child": 3}) == ["parent 2 → 0"]
    assert state.lost(rows, {"person": 2, "infant": 2}) == ["child 3 → 0"]
    assert state.lost({"parent": 2, "child": 2}, {"person": 2}) == ["child 2 → 0"]
    texts = {"person": 'CREATE TABLE "person" (id INTEGER PRIMARY KEY, name TEXT) STRICT'}
    expected = {name: sql.replace("REFERENCES parent", 'REFERENCES "person"') for name, sql in texts_of(notes).items()}
    del expected["parent"]
    with watched(notes, expected=expected | texts) as watching:
        notes.execute_sql("ALTER TABLE parent RENAME TO person")
    assert watching.rows == {"parent": (2, None), "person": (None, 2)}


def texts_of(db):
    return state.read(db).objects


def test_index_of_a_table_may_be_dropped(notes):
    expected = {name: sql for name, sql in state.read(notes).objects.items() if name != "parent_search"}
    with watched(notes, expected=expected) as watching:
        notes.execute_sql("DROP TABLE parent_search")
    assert watching.rows == {}


@pytest.mark.only("file")
def test_database_with_nothing_but_a_virtual_table_is_not_empty(database, story, db):
    assert preflight.empty(db)
    db.execute_sql("CREATE VIRTUAL TABLE note USING fts5 (text)")
    assert not preflight.empty(db)
