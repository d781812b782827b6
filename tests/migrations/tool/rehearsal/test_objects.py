"""Rehearsal with virtual tables, views and triggers: they do on the scratch database what they do on the real one."""

import pytest

from migrations.tool import rehearsal
from migrations.tool.rehearsal import scratch
from migrations.tool.schema import structure
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests import servers
from tests.migrations import unchecked

FIRST = (
    "CREATE TABLE poem (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT",
    "CREATE VIRTUAL TABLE poem_search USING fts5 (title, content='poem', content_rowid='id')",
    "CREATE VIRTUAL TABLE note USING fts5 (text)",
    "CREATE VIRTUAL TABLE place USING rtree (id, west, east)",
    "CREATE VIEW poem_title AS SELECT title FROM poem",
    """CREATE TRIGGER poem_changed AFTER UPDATE ON poem BEGIN
        INSERT INTO poem_search (poem_search, rowid, title) VALUES ('delete', old.id, old.title);
        INSERT INTO poem_search (rowid, title) VALUES (new.id, new.title);
    END""",
)


def calls(*statements):
    return "".join(f"\n    migrator.sql({sql!r})" for sql in statements)


@pytest.fixture(params=["file", "server"])
def live(request, story, db, tmp_path):
    """A database, on a file and on a server, that has had all of them, with a row in each table."""
    story(calls(*FIRST))
    if request.param == "file":
        yield filled(db)
        return
    servers.needed()
    with servers.Sqld(tmp_path / "server", auth=False) as running:
        server = LibsqlDatabase(running.url)
        yield filled(server)
        server.close()


def filled(db):
    unchecked.up(db)
    db.execute_sql("INSERT INTO poem VALUES (1, 'Ode to Joy')")
    db.execute_sql("INSERT INTO poem_search (poem_search) VALUES ('rebuild')")
    return db


def pending(db):
    return [streams.read("story", name) for name in streams.pending(db, ["story"])["story"]]


def test_triggers_of_an_index_run_in_rehearsal_as_they_do_later(live, story):
    story(calls("UPDATE poem SET title = 'Ode' WHERE id = 1"))
    (rehearsed,) = rehearsal.rehearse(live, pending(live))
    assert rehearsed.error is None
    unchecked.up(live)
    assert live.execute_sql("SELECT rowid FROM poem_search WHERE poem_search MATCH 'ode'").fetchall() == [(1,)]


def test_scratch_has_the_objects_and_a_row_in_every_table_that_keeps_rows(live):
    copy, untrue = scratch.make(scratch.image(live), sample_rows=True)
    assert structure.texts(structure.objects(copy)) == structure.texts(structure.objects(live))
    counts = [copy.execute_sql(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("poem", "note", "place")]
    assert (counts, untrue) == ([1, 1, 1], frozenset())
    assert copy.execute_sql("SELECT rowid FROM poem_search WHERE poem_search MATCH '1'").fetchall() == [(1,)]
    copy.close()


def test_index_whose_table_is_gone_stops_no_rehearsal(live, story):
    live.execute_sql("DROP TRIGGER poem_changed")
    live.execute_sql("DROP VIEW poem_title")
    live.execute_sql("DROP TABLE poem")
    story(calls("CREATE TABLE verse (n INTEGER)"))
    (rehearsed,) = rehearsal.rehearse(live, pending(live))
    assert rehearsed.error is None


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ("vector F32_BLOB(3)", "libsql_vector_idx(vector)"),
        ("data TEXT CHECK (data IN ('x', '{}'))", "data -> '$.author'"),
    ],
)
def test_index_that_no_made_up_row_fits_stops_no_rehearsal(column, index, live, story):
    story(calls(f"CREATE TABLE verse (id INTEGER PRIMARY KEY, {column})", f"CREATE INDEX near ON verse ({index})"))
    unchecked.up(live)
    story(calls("ALTER TABLE verse ADD COLUMN n INTEGER", "CREATE INDEX verse_n ON verse (n)"))
    (rehearsed,) = rehearsal.rehearse(live, pending(live))
    assert rehearsed.error is None
    unchecked.up(live)
    assert rehearsed.schema == structure.texts(structure.objects(live))


def test_trigger_with_several_statements_runs_as_one(live, story):
    story(
        calls(
            """CREATE TRIGGER "poem_added" AFTER INSERT ON "poem" BEGIN -- it's one statement
                INSERT INTO poem_search (rowid, title) VALUES (new.id, new.title);
                UPDATE poem SET title = CASE WHEN title = '; END;' THEN '' ELSE title END WHERE id = new.id; /* END; */
            END;"""
        )
    )
    (rehearsed,) = rehearsal.rehearse(live, pending(live))
    assert rehearsed.error is None
    unchecked.up(live)
    assert rehearsed.schema == structure.texts(structure.objects(live))
    live.execute_sql("INSERT INTO poem VALUES (2, 'Joy'), (3, '; END;')")
    assert live.execute_sql("SELECT title FROM poem ORDER BY id").fetchall() == [("Ode to Joy",), ("Joy",), ("",)]


def test_statement_behind_a_trigger_is_refused(live, story):
    story(calls("CREATE TRIGGER t AFTER INSERT ON poem BEGIN SELECT 1; END; DROP TABLE poem"))
    (rehearsed,) = rehearsal.rehearse(live, pending(live))
    assert "several statements" in rehearsed.error


@pytest.mark.parametrize("module", ["fts3", "fts4", "fts5", "rtree", "rtree_i32", "geopoly", "nonsense"])
def test_module_of_a_virtual_table_is_there_on_both_engines_or_on_neither(module, live):
    """So a rehearsal, which runs on the driver's engine, knows what a server can do."""
    own = LibsqlDatabase("file::memory:")
    there = "SELECT count(*) FROM pragma_module_list WHERE name = ?"
    counts = [one.execute_sql(there, (module,)).fetchone() for one in (live, own)]
    assert counts == [(int(module != "nonsense"),)] * 2
    own.close()
