"""Drift is named by table and column: models, migrations, a database, its histories and the files, side by side."""

import peewee
import pytest

from migrations.tool import drift
from migrations.tool.drift import Drift
from migrations.tool.schema import definition
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests import servers
from tests.migrations import unchecked

FIRST = """
    migrator.sql('CREATE TABLE "poet" ("id" INTEGER NOT NULL PRIMARY KEY, "name" TEXT NOT NULL) STRICT')
    migrator.sql('CREATE INDEX "poet_name" ON "poet" ("name")')
"""


class Poet(peewee.Model):
    id = peewee.AutoField()
    name = peewee.TextField(index=True)

    class Meta:
        strict_tables = True
        legacy_table_names = False


@pytest.fixture
def poets(story, monkeypatch):
    """A stream with one table, and its model."""
    for owner in list(definition.OWNERS):
        monkeypatch.delitem(definition.OWNERS, owner)
    monkeypatch.setitem(definition.OWNERS, "story", [Poet])
    story(FIRST)
    return story


@pytest.fixture
def live(poets, db):
    """A database that has had it."""
    unchecked.up(db)
    return db


def messages(drifts):
    return [entry.message for entry in drifts]


def test_this_repository_has_no_drift(db):
    assert drift.models() == []
    unchecked.up(db)
    assert drift.database(db) == []


def test_empty_database_has_no_drift(db):
    assert drift.database(db) == []


def test_models_and_migrations_agree(poets):
    assert drift.models() == []


class Sage(Poet):
    born = peewee.IntegerField(null=True)

    class Meta:
        table_name = "poet"


class Namesake(Poet):
    name = peewee.TextField(null=True)

    class Meta:
        table_name = "poet"


class Loose(Poet):
    class Meta:
        table_name = "poet"
        strict_tables = False


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ([Sage], ['table "poet": column "born" is missing']),
        (
            [Namesake],
            ['index "poet_name" should not be there', 'table "poet": column "name" is TEXT NOT NULL, should be TEXT'],
        ),
        ([Loose], ['table "poet": the end is STRICT, should be nothing']),
        ([], ['table "poet" should not be there']),
    ],
)
def test_model_without_its_migration_is_named(models, expected, poets, monkeypatch):
    monkeypatch.setitem(definition.OWNERS, "story", models)
    drifts = drift.models()
    assert {entry.kind for entry in drifts} == {"models"}
    assert messages(drifts) == expected


def test_migration_that_fails_on_an_empty_database_is_named(poets):
    poets('migrator.sql("DROP TABLE nowhere")')
    assert messages(drift.models()) == ["story/002_chapter fails on an empty database: no such table: nowhere"]


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ("ALTER TABLE poet ADD COLUMN born INTEGER", "poet", 'table "poet": column "born" should not be there'),
        ("ALTER TABLE poet RENAME COLUMN name TO title", "poet", 'table "poet": column "name" is missing'),
        ("DROP INDEX poet_name", "poet", 'index "poet_name" is missing'),
        ("CREATE INDEX other ON poet (name)", "poet", 'index "other" should not be there'),
        ("CREATE TRIGGER t AFTER DELETE ON poet BEGIN SELECT 1; END", "poet", 'trigger "t" should not be there'),
        ("DROP TABLE poet", "poet", 'table "poet" is missing'),
    ],
)
def test_change_by_hand_is_named(change, where, message, live):
    assert drift.database(live) == []
    live.execute_sql(change)
    assert Drift("database", where, message) in drift.database(live)


def test_index_with_other_columns_is_named(live):
    live.execute_sql("DROP INDEX poet_name")
    live.execute_sql("CREATE INDEX poet_name ON poet (name DESC)")
    (entry,) = drift.database(live)
    assert entry.message == (
        'index "poet_name" is CREATE INDEX poet_name ON poet (name DESC), '
        'should be CREATE INDEX "poet_name" ON "poet" ("name")'
    )


def test_comments_and_layout_are_no_drift(live):
    live.execute_sql("DROP TABLE poet")
    live.execute_sql(
        """CREATE TABLE "poet" (  -- those who write, or (would like to
            "id" INTEGER NOT NULL PRIMARY KEY, /* a number, nothing else */
            "name" TEXT NOT NULL
        ) STRICT"""
    )
    live.execute_sql('CREATE INDEX "poet_name" ON "poet" ("name")')
    assert drift.database(live) == []


def test_column_at_another_place_is_named(live):
    live.execute_sql("DROP TABLE poet")
    live.execute_sql('CREATE TABLE "poet" ("name" TEXT NOT NULL, "id" INTEGER NOT NULL PRIMARY KEY) STRICT')
    assert 'table "poet": the columns stand in another order' in messages(drift.database(live))[1]


def test_tables_of_others_are_a_note(live):
    live.execute_sql("CREATE TABLE somebody_elses (n INTEGER)")
    live.execute_sql("CREATE INDEX somebody ON somebody_elses (n)")
    drifts = drift.database(live)
    assert drifts == [Drift("note", "somebody_elses", 'table "somebody_elses" should not be there')]
    assert drift.errors(drifts) == []


def test_tables_of_the_tool_are_nothing_to_speak_of(live):
    live.execute_sql("CREATE TABLE migration_lease (holder TEXT)")
    live.execute_sql("CREATE INDEX migration_lease_holder ON migration_lease (holder)")
    assert drift.database(live) == []


def test_pending_migrations_are_no_drift(poets, live):
    poets('migrator.sql("CREATE TABLE later (n INTEGER)")')
    assert drift.database(live) == []


def test_table_of_a_pending_migration_is_drift(poets, live):
    poets('migrator.sql("CREATE TABLE later (n INTEGER)")')
    live.execute_sql("CREATE TABLE later (n INTEGER)")
    assert drift.database(live) == [Drift("database", "later", 'table "later" should not be there')]


def test_what_is_wrong_with_a_history_is_drift_and_its_notes_are_notes(poets, live):
    path = poets('migrator.sql("CREATE TABLE later (n INTEGER)")')
    unchecked.up(live)
    path.unlink()
    first = streams.directory("story") / "001_chapter.py"
    first.write_text(first.read_text() + "\n# a thought too late\n")
    edited, elsewhere, table = drift.database(live)
    assert (edited.kind, edited.where, edited.message[:46]) == (
        "history",
        "story",
        "001_chapter was edited after it was applied. P",
    )
    assert elsewhere == Drift("note", "story", "002_chapter was applied by a release that has more files than this one")
    assert table == Drift("note", "later", 'table "later" should not be there')


def test_branches_that_met_in_another_order_are_no_drift_for_ever(poets, live):
    """The models list the columns in the order of the files, and the database has them in the order of the branches."""
    later = poets("""migrator.sql('ALTER TABLE "poet" ADD COLUMN "died" INTEGER')""")
    later = later.rename(later.with_name("003_died.py"))
    unchecked.up(live)
    born = later.with_name("002_born.py")
    born.write_text(later.read_text().replace("died", "born"))
    (late,) = drift.database(live)
    assert (late.kind, late.message[:47]) == ("history", "002_born is pending, and 003_died has been appl")
    unchecked.up(live)
    assert drift.database(live) == [Drift("note", "story", "002_born was applied after 003_died")]
    assert drift.errors(drift.database(live)) == []


def test_streams_are_compared_in_the_order_in_which_they_met(story, tmp_path, monkeypatch, db):
    """A rename in one stream reaches the references of those tables of another that were there already."""
    monkeypatch.setattr(streams, "NEEDS", {"base": (), "story": ("base",)})
    (tmp_path / "base").mkdir()
    first, later = (tmp_path / "base" / f"00{n}_land.py" for n in (1, 2))
    text = 'def migrate(migrator, database, *, fake=False):\n    migrator.sql("{}")\n'
    first.write_text(text.format("CREATE TABLE land (id INTEGER PRIMARY KEY)"))
    story('migrator.sql("CREATE TABLE town (land_id INTEGER REFERENCES land (id))")')
    unchecked.up(db)
    later.write_text(text.format("ALTER TABLE land RENAME TO country"))
    unchecked.up(db)
    db.execute_sql("UPDATE migrations_base SET migrated_at = migrated_at + 60 WHERE name = '002_land'")
    assert drift.database(db) == []
    db.execute_sql("UPDATE migrations_base SET migrated_at = migrated_at - 120 WHERE name = '002_land'")
    assert messages(drift.database(db)) == [
        'table "town": column "land_id" is INTEGER REFERENCES "country" (id), should be INTEGER REFERENCES land (id)'
    ]


def test_check_of_a_server_takes_two_requests(poets, tmp_path):
    servers.needed()
    with servers.Sqld(tmp_path / "server", auth=False) as running:
        server = LibsqlDatabase(running.url)
        unchecked.up(server)
        statements = []
        server.query_hooks.append(lambda event: statements.append(event.sql))
        assert drift.database(server) == []
        assert len(statements) == 2
        server.execute_sql("ALTER TABLE poet ADD COLUMN born INTEGER")
        assert drift.database(server) == [Drift("database", "poet", 'table "poet": column "born" should not be there')]
        server.close()
