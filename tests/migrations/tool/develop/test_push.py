"""`push` saves a development database before it changes it, and loses no value without being told."""

import peewee
import pytest

from migrations.tool import exits
from migrations.tool.backup import restore
from migrations.tool.develop import ask, push
from migrations.tool.schema import definition, references
from shared_schema.database import LibsqlDatabase
from shared_schema.fields import counter, refers_to
from tests import servers
from tests.migrations.tool.develop.test_objects import ADDED, LONG, SEARCH, Ballad, Poem, found


class Titled(Poem):
    """The title under another name."""

    title = None
    id = peewee.AutoField()
    heading = peewee.TextField()
    lines = counter()

    class Meta:
        table_name = "poem"


class Bare(Poem):
    """No lines any more."""

    lines = None

    class Meta:
        table_name = "poem"


@pytest.fixture
def declare(story, monkeypatch, beside):
    """`declare(Model, …)`: these models and no others, of all owners."""
    for owner in list(definition.OWNERS):
        monkeypatch.delitem(definition.OWNERS, owner)
    return lambda *models: monkeypatch.setitem(definition.OWNERS, "story", list(models))


@pytest.fixture
def pushed(declare, db, tmp_path):
    """`pushed(Model, …, drop=…)`: declare them and push."""

    def pushing(*models, renames=(), drop=(), **options):
        declare(*models)
        return push.push(db, tmp_path / "backups", "dev", answers=ask.Answers(renames, **options), drop=drop)

    return pushing


@pytest.fixture
def poems(pushed, db):
    pushed(Poem)
    db.execute_sql("INSERT INTO poem (title, lines) VALUES ('Ode', 96), ('Joy', 3)")
    return db


def rows(db):
    return db.execute_sql("SELECT * FROM poem").fetchall()


def test_empty_database_gets_everything_and_no_backup(pushed, beside, db, tmp_path):
    beside(SEARCH, LONG, ADDED)
    first = pushed(Poem)
    assert [sql.split(" (")[0].split(" ON ")[0].split(" AS ")[0] for sql in first.statements] == [
        'CREATE TABLE "poem"',
        'CREATE VIRTUAL TABLE "poem_search" USING fts5',
        'CREATE VIEW "long_poem"',
        'CREATE TRIGGER "poem_added" AFTER INSERT',
    ]
    assert first.backup is None
    assert pushed(Poem) == push.Pushed([])
    assert not (tmp_path / "backups").exists()
    db.execute_sql("INSERT INTO poem (title, lines) VALUES ('Ode', 96)")
    assert found(db, "ode") == [1]


def test_backup_from_before_gives_everything_back(poems, pushed, tmp_path):
    before = rows(poems)
    done = pushed(Bare, drop=["poem.lines"])
    assert done.statements == ['ALTER TABLE "poem" DROP COLUMN "lines"']
    assert done.backup.parent == tmp_path / "backups"
    copy = LibsqlDatabase(f"file:{tmp_path}/copy.db")
    restore.restore(copy, done.backup)
    assert rows(copy) == before
    copy.close()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE poem SET lines = 1", "poem.lines has a value in 2 rows"),
        ("DELETE FROM poem WHERE id = 2", "poem.lines has a value in 1 row"),
    ],
)
def test_column_with_values_is_not_dropped_without_being_told(change, expected, poems, pushed, tmp_path):
    poems.execute_sql(change)
    before = rows(poems)
    with pytest.raises(ask.Unanswered) as stopped:
        pushed(Bare)
    assert str(stopped.value) == (
        f"{expected} and would be lost: say --drop poem.lines if nobody misses it. Nothing was changed."
    )
    assert stopped.value.exit_code == exits.USAGE
    assert (rows(poems), (tmp_path / "backups").exists()) == (before, False)


def test_column_without_a_value_goes_by_itself(poems, pushed):
    class Dated(Poem):
        year = peewee.IntegerField(null=True)

        class Meta:
            table_name = "poem"

    pushed(Dated)
    assert pushed(Poem).statements == ['ALTER TABLE "poem" DROP COLUMN "year"']


def test_drop_of_what_would_not_go_is_refused(poems, pushed):
    with pytest.raises(ask.Unanswered, match=r"--drop poem\.title: nothing of this name would go"):
        pushed(Bare, drop=["poem.lines", "poem.title"])


def test_rename_is_asked_about_and_keeps_the_values(poems, pushed):
    before = rows(poems)
    with pytest.raises(ask.Unanswered, match=r"say --rename poem\.title:heading if it is the same one"):
        pushed(Titled)
    assert pushed(Titled, renames=["poem.title:heading"]).statements == [
        'ALTER TABLE "poem" RENAME COLUMN "title" TO heading'
    ]
    assert rows(poems) == before


def test_no_rename_still_loses_nothing(poems, pushed):
    with pytest.raises(ask.Unanswered, match=r"poem\.title has a value in 2 rows and would be lost"):
        pushed(Titled, no_rename=True)


def test_table_under_another_name_is_asked_about(poems, pushed):
    class Verse(Poem):
        class Meta:
            table_name = "verse"

    before = rows(poems)
    with pytest.raises(ask.Unanswered, match="say --rename poem:verse"):
        pushed(Verse)
    pushed(Verse, renames=["poem:verse"])
    assert poems.execute_sql("SELECT * FROM verse").fetchall() == before
    assert "poem" not in poems.get_tables()


def test_tables_and_objects_that_nobody_declares_stay(poems, pushed):
    poems.execute_sql("CREATE TABLE mine (n INTEGER)")
    poems.execute_sql("CREATE VIEW many AS SELECT title FROM poem WHERE lines > 14")
    pushed(Ballad)
    assert poems.execute_sql("SELECT title FROM many").fetchall() == [("Ode",)]
    assert "mine" in poems.get_tables()
    assert pushed(Ballad, drop=["many"]).statements == ['DROP VIEW "many"']


def test_children_of_a_rebuilt_table_stay_and_orphans_stop_it(poems, pushed):
    class Reader(peewee.Model):
        id = peewee.AutoField()
        poem_id = refers_to("poem", "CASCADE")

        class Meta:
            table_name = "reader"

    pushed(Poem, Reader)
    poems.execute_sql("INSERT INTO reader (poem_id) VALUES (1), (2)")
    pushed(Ballad, Reader)
    assert poems.execute_sql("SELECT count(*) FROM reader").fetchone() == (2,)
    poems.execute_sql("PRAGMA foreign_keys = off")
    poems.execute_sql("DELETE FROM poem WHERE id = 2")
    before = rows(poems)
    with pytest.raises(
        references.BrokenReferences,
        match='1 row of "reader" would refer by "poem_id"',
    ):
        pushed(Poem, Reader)
    assert rows(poems) == before


def test_server_is_refused(declare, tmp_path):
    servers.needed()
    declare(Poem)
    with servers.Sqld(tmp_path / "server", auth=False) as running:
        server = LibsqlDatabase(running.url)
        with pytest.raises(push.Refused, match="push is for a file of your own"):
            push.push(server, tmp_path / "backups")
        assert server.get_tables() == []
        server.close()
