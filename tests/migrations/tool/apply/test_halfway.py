"""A failure after something was committed says what is done and stays, where the backup is, and the way on."""

import pytest

from migrations.tool import exits, lease
from migrations.tool.apply import backfill, failure, run, upgrade
from migrations.tool.backup import make
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import NO_REBUILD, NO_UPPER

pytestmark = pytest.mark.only("file", "server")
BORN = 'migrator.sql("ALTER TABLE parent ADD COLUMN born INTEGER")'
UNIQUE = 'migrator.sql("CREATE UNIQUE INDEX parent_name ON parent (name)")'
NO_UNIQUE = 'migrator.sql("DROP INDEX parent_name")'
UPPER = 'BACKFILLS = [{"table": "parent", "set": "upper = upper(name)"}]\n'


@pytest.fixture
def twins(family):
    """Two parents of one name: a unique index over it fails."""
    family.execute_sql("INSERT INTO parent VALUES (3, 'Alice')")
    return family


def with_backfill(path):
    path.write_text(UPPER + path.read_text())
    return path


def allowed(path):
    """A unique key is a contract step, and the linter says so."""
    path.write_text("ALLOW = {'contract': 'nobody writes equal names'}\n" + path.read_text())


def raised_by(call):
    with pytest.raises(exits.Stopped) as raised:
        call()
    return raised.value, exits.text(raised.value).splitlines()


def test_what_was_committed_before_the_failure_is_listed_with_the_backup_and_the_way_on(twins, story, backups):
    with_backfill(story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER))
    allowed(story(UNIQUE, NO_UNIQUE))
    error, lines = raised_by(lambda: upgrade.up(twins, "story", backups=backups))
    (backup,) = backups.iterdir()
    assert (error.exit_code, type(error)) == (exits.HALF_DONE, failure.Failed)
    assert lines[0].startswith("story/003_chapter failed: UNIQUE constraint failed: parent.name")
    assert lines[-3:] == [
        "Done, and it stays: story/002_chapter; story/002_chapter/0: 3 rows filled.",
        f"The backup from before it: {backup}",
        "The way on: mend story/003_chapter or the rows, and run `up story` again, which goes on there; or "
        "`down story --to 001_chapter`, which rolls back what was done; or "
        f"`restore {backup}`, which also loses what others have written since.",
    ]
    assert error.values["failed"] == "story/003_chapter"
    assert [done["migration"] for done in error.values["done"]] == ["story/002_chapter"]
    assert (error.values["backfilled"], error.values["backup"]) == ({"story/002_chapter/0": 3}, backup)
    assert len(error.values["wayOn"]) == 3
    assert streams.applied(twins, "story") == ["001_chapter", "002_chapter"]
    upgrade.down(twins, "story", to="001_chapter")
    assert streams.applied(twins, "story") == ["001_chapter"]


def test_where_nothing_was_committed_the_backup_is_named_all_the_same(twins, story, backups):
    allowed(story(f"{BORN}\n    {UNIQUE}", f"{NO_UNIQUE}\n    {NO_REBUILD.strip()}"))
    error, lines = raised_by(lambda: upgrade.up(twins, backups=backups))
    (backup,) = backups.iterdir()
    assert error.exit_code == exits.NOTHING_DONE
    assert lines[-3:] == [
        "Nothing was changed.",
        f"The backup from before it: {backup}",
        "The way on: mend story/002_chapter or the rows, and run `up` again.",
    ]
    assert (error.values["done"], error.values["backup"]) == ([], backup)


def test_a_way_back_is_named_only_where_there_is_one(twins, story, backups):
    path = story(BORN, NO_REBUILD)
    text = path.read_text()
    path.write_text("NO_WAY_BACK = 'the letters have been sent'\n" + text[: text.index("def rollback")])
    allowed(story(UNIQUE, NO_UNIQUE))
    _, lines = raised_by(lambda: upgrade.up(twins, backups=backups))
    assert "down" not in lines[-1]
    assert "restore" in lines[-1]


def test_without_a_backup_none_is_offered(twins, story):
    story(BORN, NO_REBUILD)
    allowed(story(UNIQUE, NO_UNIQUE))
    error, lines = raised_by(lambda: upgrade.up(twins, to="003_chapter", stream="story"))
    assert error.exit_code == exits.HALF_DONE
    assert lines[-1] == (
        "The way on: mend story/003_chapter or the rows, and run `up story --to 003_chapter` again, which goes on "
        "there; or `down story --to 001_chapter`, which rolls back what was done."
    )


def test_rollbacks_that_fail_half_way_are_told_like_migrations(family, story, backups):
    allowed(story(UNIQUE, NO_UNIQUE))
    allowed(story('migrator.sql("DROP INDEX parent_name")', UNIQUE))
    story(BORN, NO_REBUILD)
    upgrade.up(family)
    family.execute_sql("INSERT INTO parent (id, name) VALUES (3, 'Alice')")
    error, lines = raised_by(lambda: upgrade.down(family, "story", to="001_chapter", backups=backups))
    (backup,) = backups.iterdir()
    assert error.exit_code == exits.HALF_DONE
    assert lines[-3:] == [
        "Done, and it stays: story/004_chapter.",
        f"The backup from before it: {backup}",
        "The way on: mend story/003_chapter or the rows, and run `down story --to 001_chapter` again, which goes on "
        "there; or `up story`, which brings forward again what was rolled back; or "
        f"`restore {backup}`, which also loses what others have written since.",
    ]
    assert streams.applied(family, "story") == ["001_chapter", "002_chapter", "003_chapter"]


def test_a_lease_that_is_lost_in_a_backfill_leaves_its_migration_done(family, story, settings, backups, monkeypatch):
    with_backfill(story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER))
    other = LibsqlDatabase(settings)
    real = backfill.run

    def robbed(*arguments):
        other.execute_sql("UPDATE migration_lease SET token = 'other', holder = 'elsewhere/1'")
        return real(*arguments)

    monkeypatch.setattr(backfill, "run", robbed)
    error, lines = raised_by(lambda: upgrade.up(family, backups=backups))
    assert (error.exit_code, type(error), lines[0]) == (
        exits.HALF_DONE,
        lease.Lost,
        "another operator has taken over",
    )
    assert lines[1] == "Done, and it stays: story/002_chapter."
    assert lines[-1].startswith("The way on: run `up` again, which goes on there; or `down story --to 001_chapter`")
    other.execute_sql("DELETE FROM migration_lease")
    other.close()


def test_a_failure_before_the_backup_says_nothing_more(family, story, backups, monkeypatch):
    story(BORN, NO_REBUILD)
    monkeypatch.setattr(make, "proven", lambda *_: (_ for _ in ()).throw(failure.Failed("no backup")))
    error, lines = raised_by(lambda: upgrade.up(family, backups=backups))
    assert (error.exit_code, lines, error.values) == (exits.NOTHING_DONE, ["no backup"], {})


def test_what_is_not_known_stays_an_operators_case_and_what_is_done_is_listed(family, story, backups, monkeypatch):
    """The second of two fails, and meanwhile somebody else has changed the schema."""
    real = run.StreamRouter.run_one

    def changed(self, name, migrator, *, fake=True, **options):
        if name != "003_chapter" or fake:
            return real(self, name, migrator, fake=fake, **options)
        family.execute_sql("CREATE TABLE elsewhere (n INTEGER)")
        raise RuntimeError("lost on the way")

    story(BORN, NO_REBUILD)
    story('migrator.sql("CREATE TABLE more (n INTEGER)")', 'migrator.sql("DROP TABLE more")')
    monkeypatch.setattr(run, "StreamRouter", type("Router", (run.StreamRouter,), {"run_one": changed}))
    error, lines = raised_by(lambda: upgrade.up(family, backups=backups))
    (backup,) = backups.iterdir()
    assert (error.exit_code, type(error)) == (exits.LOOK, failure.Unclear)
    assert lines[-3:] == [
        "Done, and it stays: story/002_chapter.",
        f"The backup from before it: {backup}",
        "The way on: when the database can be reached again, `status` says what it has had; then run the command "
        "again.",
    ]
    assert error.values["failed"] == "story/003_chapter"
