"""`new` drafts what is declared beside the models: full-text tables, views and triggers, and their way back."""

import peewee
import pytest

from migrations.tool import router
from migrations.tool.develop import draft
from shared_schema.fields import counter, default
from tests.migrations import unchecked

SEARCH = "CREATE VIRTUAL TABLE \"poem_search\" USING fts5 (title, content='poem', content_rowid='id')"
ADDED = """CREATE TRIGGER "poem_added" AFTER INSERT ON "poem" BEGIN
    -- the index doesn't follow by itself
    INSERT INTO "poem_search" (rowid, title) VALUES (new.id, new.title);
    UPDATE "poem" SET lines = 0 WHERE id = new.id AND lines < 0;
END"""
DELETED = """CREATE TRIGGER "poem_deleted" AFTER DELETE ON "poem" BEGIN
    INSERT INTO "poem_search" ("poem_search", rowid, title) VALUES ('delete', old.id, old.title);
END"""
LONG = 'CREATE VIEW "long_poem" AS SELECT id, title FROM "poem" WHERE lines > 14'
LONGEST = 'CREATE VIEW "longest_poem" AS SELECT max(title) AS title FROM "long_poem"'


class Poem(peewee.Model):
    id = peewee.AutoField()
    title = peewee.TextField()
    lines = counter()

    class Meta:
        table_name = "poem"
        strict_tables = True
        legacy_table_names = False


class RatedPoem(Poem):
    """A column before the last, so that the table must be rebuilt."""

    rating = peewee.IntegerField(null=True)
    lines = counter()

    class Meta:
        table_name = "poem"


class Ballad(Poem):
    """Another default: a rebuild that keeps all columns."""

    lines = peewee.IntegerField(constraints=[default(30)])

    class Meta:
        table_name = "poem"


@pytest.fixture
def poems(make, db):
    """A table with two poems."""
    make(Poem)
    db.execute_sql("INSERT INTO poem (title, lines) VALUES ('Ode to Joy', 96), ('Joy', 3)")
    return db


def found(db, word):
    rows = db.execute_sql("SELECT rowid FROM poem_search WHERE poem_search MATCH ? ORDER BY rowid", (word,)).fetchall()
    return [row[0] for row in rows]


def names(db):
    rows = db.execute_sql("SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY name").fetchall()
    return [name for (name,) in rows]


def test_objects_are_made_filled_and_dropped_again(poems, make, whole, beside):
    beside(SEARCH, LONG, ADDED, DELETED)
    path = make(Poem)
    whole()
    assert found(poems, "joy") == [1, 2]
    poems.execute_sql("INSERT INTO poem (title, lines) VALUES ('Joyless', -1), ('Joy again', 20)")
    poems.execute_sql("DELETE FROM poem WHERE id = 2")
    assert found(poems, "joy") == [1, 4]
    assert poems.execute_sql("SELECT id FROM long_poem ORDER BY id").fetchall() == [(1,), (4,)]
    assert draft.changes("story") == ([], [])
    assert (
        '        CREATE TRIGGER "poem_added" AFTER INSERT ON "poem" BEGIN\n            -- the index' in path.read_text()
    )

    router.StreamRouter(poems, "story").rollback()
    beside()
    whole()
    assert poems.get_tables() == ["migrations_story", "poem"]
    assert poems.execute_sql("SELECT count(*) FROM poem").fetchone() == (3,)
    assert unchecked.up(poems) == ["story/002_chapter"]
    assert found(poems, "joy") == [1, 4]


def test_statements_come_in_an_order_that_the_engine_takes(poems, models, beside):
    beside(ADDED, LONG, SEARCH)
    models(Poem)
    up, down = draft.changes("story")
    assert [sql.split(" ON ")[0].split(" AS ")[0].split(" USING ")[0].split("\n")[0] for sql in up] == [
        'CREATE VIRTUAL TABLE "poem_search"',
        'CREATE VIEW "long_poem"',
        'CREATE TRIGGER "poem_added" AFTER INSERT',
        'INSERT INTO "poem_search" ("poem_search") VALUES (\'rebuild\')',
    ]
    assert down == ['DROP TABLE "poem_search"', 'DROP VIEW "long_poem"', 'DROP TRIGGER "poem_added"']


def test_index_of_a_table_that_is_made_with_it_needs_no_filling(make, models, beside):
    beside(SEARCH)
    models(Poem)
    assert [sql.split(" (")[0] for sql in draft.changes("story")[0]] == [
        'CREATE TABLE "poem"',
        'CREATE VIRTUAL TABLE "poem_search" USING fts5',
    ]


@pytest.mark.parametrize("changed", [RatedPoem, Ballad])
def test_rebuild_takes_views_triggers_and_indexes_along(changed, poems, make, whole, beside):
    beside(SEARCH, LONG, LONGEST, ADDED, DELETED)
    make(Poem)
    make(changed)
    whole()
    assert found(poems, "joy") == [1, 2]
    assert poems.execute_sql("SELECT title FROM longest_poem").fetchall() == [("Ode to Joy",)]
    poems.execute_sql("INSERT INTO poem (title, lines) VALUES ('Joyful joy', 1)")
    poems.execute_sql("DELETE FROM poem WHERE id = 1")
    assert found(poems, "joy") == [2, 3]
    poems.execute_sql("INSERT INTO poem_search (poem_search, rank) VALUES ('integrity-check', 1)")

    router.StreamRouter(poems, "story").rollback()
    assert names(poems) == ["long_poem", "longest_poem", "poem_added", "poem_deleted"]
    assert found(poems, "joy") == [2, 3]


def test_added_column_leaves_views_and_triggers_alone(poems, make, models, beside):
    class Dated(Poem):
        year = peewee.IntegerField(null=True)

        class Meta:
            table_name = "poem"

    beside(SEARCH, LONG, ADDED)
    make(Poem)
    models(Dated)
    assert draft.changes("story")[0] == ['ALTER TABLE "poem" ADD COLUMN "year" INTEGER']


def test_changed_objects_are_dropped_and_made_again(poems, make, whole, beside):
    beside(SEARCH, LONG, ADDED)
    make(Poem)
    beside(
        SEARCH.replace("(title,", "(title, lines, "),
        LONG.replace("14", "2"),
        ADDED.replace("rowid, title", "rowid, title, lines").replace("new.title", "new.title, new.lines"),
    )
    make(Poem)
    whole()
    assert found(poems, "lines: 96") == [1]
    assert poems.execute_sql("SELECT count(*) FROM long_poem").fetchone() == (2,)
    router.StreamRouter(poems, "story").rollback()
    beside(SEARCH, LONG, ADDED)
    whole()
    assert found(poems, "joy") == [1, 2]


def test_layout_and_comments_of_a_declaration_are_no_change(poems, make, models, beside):
    beside(ADDED, SEARCH)
    make(Poem)
    beside(
        " ".join(ADDED.replace("-- the index doesn't follow by itself\n", "").split()), SEARCH.replace(", ", ",\n  ")
    )
    assert draft.changes("story") == ([], [])


def test_table_and_what_names_it_go_together(poems, make, whole, beside):
    beside(SEARCH, LONG, ADDED)
    make(Poem)
    beside()
    make()
    assert poems.get_tables() == ["migrations_story"]
    router.StreamRouter(poems, "story").rollback()
    assert names(poems) == ["long_poem", "poem_added"]
