"""`new` around views, triggers and virtual tables that migrations have made and nobody declares: they stay."""

import pytest

from migrations.tool.develop import ask, draft
from tests.migrations import unchecked
from tests.migrations.tool.develop.test_objects import Ballad, Poem, RatedPoem, found, names

SEARCH = "CREATE VIRTUAL TABLE poem_search USING fts5 (title, content='poem', content_rowid='id')"
NOTES = "CREATE VIRTUAL TABLE note USING fts5 (text, author)"
LONG = "CREATE VIEW long_poem AS SELECT id, title FROM poem WHERE lines > 14"
ADDED = """CREATE TRIGGER poem_added AFTER INSERT ON poem BEGIN
    INSERT INTO poem_search (rowid, title) VALUES (new.id, new.title); SELECT 1; END"""


@pytest.fixture
def by_hand(make, story, db):
    """A table with a poem, and beside it what a migration made by hand."""
    make(Poem)
    story("".join(f"\n    migrator.sql({sql!r})" for sql in (SEARCH, NOTES, LONG, ADDED)))
    unchecked.up(db)
    db.execute_sql("INSERT INTO poem (title, lines) VALUES ('Ode to Joy', 96)")
    db.execute_sql("INSERT INTO note (text, author) VALUES ('good', 'Alice')")
    return db


def test_they_stay_and_are_named(by_hand):
    drafted = draft.of("story")
    assert (drafted.up, drafted.down) == ([], [])
    assert drafted.undeclared == ["poem_search", "note", "long_poem", "poem_added"]


@pytest.mark.parametrize("changed", [RatedPoem, Ballad])
def test_rebuild_takes_them_along(changed, by_hand, make):
    make(changed)
    assert names(by_hand) == ["long_poem", "poem_added"]
    by_hand.execute_sql("INSERT INTO poem (title, lines) VALUES ('Joy', 20)")
    assert found(by_hand, "joy") == [1, 2]
    assert by_hand.execute_sql("SELECT id FROM long_poem").fetchall() == [(1,), (2,)]
    assert by_hand.execute_sql("SELECT text FROM note").fetchall() == [("good",)]


def test_virtual_table_is_in_nobodys_way(by_hand, story, models):
    """Its column has the name of the table that is rebuilt."""
    story("\n    migrator.sql('CREATE VIRTUAL TABLE word USING fts5 (poem)')")
    models(Ballad)
    assert [sql for sql in draft.changes("story")[0] if "word" in sql] == []


def test_they_follow_a_rename(by_hand, models):
    class Anthem(Poem):
        class Meta:
            table_name = "anthem"

    models(Anthem)
    draft.write("story", "chapter", "Chapter.", draft.of("story", ask.Answers(("poem:anthem",))))
    unchecked.up(by_hand)
    assert by_hand.execute_sql("SELECT title FROM long_poem").fetchall() == [("Ode to Joy",)]
    assert names(by_hand) == ["long_poem", "poem_added"]


def test_they_go_with_their_table(by_hand, models):
    models()
    assert draft.changes("story")[0] == [
        'DROP TRIGGER "poem_added"',
        'DROP VIEW "long_poem"',
        'DROP TABLE "poem_search"',
        'DROP TABLE "poem"',
    ]


def test_they_are_dropped_when_told(by_hand, models):
    drafted = draft.of("story", drop=("long_poem", "note"))
    assert drafted.up == ['DROP VIEW "long_poem"', 'DROP TABLE "note"']
    assert drafted.down == [NOTES, LONG]
    assert drafted.undeclared == ["poem_search", "poem_added"]
    with pytest.raises(ask.Unanswered) as stopped:
        draft.of("story", drop=("poem",))
    assert str(stopped.value) == (
        "--drop poem: no such object beside the declared ones; there are: poem_search, note, long_poem, poem_added"
    )


def test_full_text_table_with_rows_of_its_own_keeps_them_when_it_changes(by_hand, beside, make, whole):
    beside(SEARCH, NOTES.replace("author", "author, source"), LONG, ADDED)
    path = make(Poem)
    whole()
    assert by_hand.execute_sql("SELECT rowid, text, author, source FROM note").fetchall() == [
        (1, "good", "Alice", None)
    ]
    assert by_hand.execute_sql("SELECT text FROM note WHERE note MATCH 'alice'").fetchall() == [("good",)]
    assert 'ALTER TABLE "note" RENAME TO "old_note"' in path.read_text()
    assert "old_note" not in by_hand.get_tables()
