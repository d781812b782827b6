"""Drafts as `new` writes them go up and down through every look of `up`, on files and on a server."""

import pytest

from migrations.tool import drift
from migrations.tool.apply import upgrade
from migrations.tool.develop import ask, draft
from migrations.tool.schema import definition
from tests.migrations.tool.develop.test_objects import (
    ADDED,
    DELETED,
    LONG,
    LONGEST,
    SEARCH,
    Ballad,
    Poem,
    RatedPoem,
    found,
)

pytestmark = pytest.mark.only("file", "server")
NOTES = "CREATE VIRTUAL TABLE note USING fts5 (text)"


class Anthem(Ballad):
    class Meta:
        table_name = "anthem"


@pytest.fixture
def chapter(database, story, models, beside):
    """`chapter(Model, objects, renames)`: declare, draft, bring it up, and go back and forth once."""

    others = set(definition.objects(database))

    def write(model, objects=(), renames=()):
        models(model)
        beside(*objects)
        path = draft.write("story", "chapter", "Chapter.", draft.of("story", ask.Answers(renames)))
        assert _names(upgrade.up(database)) == [f"story/{path.stem}"]
        if path.stem != "001_chapter":
            assert _names(upgrade.down(database, "story")) == [f"story/{path.stem}"]
            assert _names(upgrade.up(database)) == [f"story/{path.stem}"]
        assert draft.changes("story") == ([], [])
        assert [entry for entry in drift.database(database) if entry.where in _own(database) - others] == []

    return write


def _names(report):
    return [done.migration for done in report.done]


def _own(database):
    return {"poem", "anthem", *definition.objects(database)}


def test_year_of_a_table_with_a_search(chapter, database):
    chapter(Poem)
    database.execute_sql("INSERT INTO poem (title, lines) VALUES ('Ode to Joy', 96), ('Joy', 3)")
    chapter(Poem, (SEARCH, LONG, LONGEST, ADDED, DELETED, NOTES))
    assert found(database, "joy") == [1, 2]
    database.execute_sql("INSERT INTO note (text) VALUES ('good')")
    chapter(RatedPoem, (SEARCH, LONG, LONGEST, ADDED, DELETED, NOTES))
    database.execute_sql("DELETE FROM poem WHERE id = 2")
    database.execute_sql("INSERT INTO poem (title, lines) VALUES ('Joyful', 15), ('All joy', 1)")
    assert found(database, "joy") == [1, 3]
    chapter(RatedPoem, (SEARCH, LONG, ADDED, DELETED, NOTES.replace("text", "text, author")))
    assert database.execute_sql("SELECT text, author FROM note").fetchall() == [("good", None)]
    assert database.execute_sql("SELECT title FROM long_poem ORDER BY 1").fetchall() == [("Joyful",), ("Ode to Joy",)]


def test_table_with_a_search_gets_another_name(chapter, database):
    def renamed(*created):
        return [sql.replace('"poem"', '"anthem"').replace("'poem'", "'anthem'") for sql in created]

    chapter(Ballad)
    database.execute_sql("INSERT INTO poem (title) VALUES ('Ode to Joy')")
    chapter(Ballad, (SEARCH, LONG, ADDED))
    chapter(Anthem, renamed(SEARCH, LONG, ADDED), ["poem:anthem"])
    database.execute_sql("INSERT INTO anthem (title) VALUES ('Joy')")
    assert found(database, "joy") == [1, 2]
    assert database.execute_sql("SELECT count(*) FROM long_poem").fetchone() == (2,)
