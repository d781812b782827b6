"""`up`: a proven backup, then each migration, up to where it is asked to go."""

import pytest

from migrations.tool import lease
from migrations.tool.apply import preflight, state, upgrade
from migrations.tool.backup import file, make, restore, space
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import FAMILY, NO_REBUILD, REBUILD, people

pytestmark = pytest.mark.only("file", "server")


def test_up_makes_a_proven_backup_first_and_says_what_it_did(family, story, backups):
    story(REBUILD, NO_REBUILD)
    report = upgrade.up(family, backups=backups, source="here")
    assert [done.migration for done in report.done] == ["story/002_chapter"]
    assert report.done[0].rows == {}
    assert people(family) == FAMILY
    manifest = make.prove(report.backup)
    assert (manifest.tables["parent"].rows, manifest.streams) == (2, {"story": "001_chapter"})
    assert not any("born" in sql for sql in manifest.schema)


def test_nothing_to_do_makes_no_backup_and_takes_no_lease(family, backups, settings):
    other = LibsqlDatabase(settings)
    with lease.held(other):
        assert upgrade.up(family, backups=backups) == upgrade.Report()
    other.close()
    assert not backups.exists()


def test_second_operator_is_refused_before_anything_is_done(family, story, backups, settings):
    story(REBUILD, NO_REBUILD)
    other = LibsqlDatabase(settings)
    with lease.held(other), pytest.raises(lease.Held):
        upgrade.up(family, backups=backups)
    other.close()
    assert streams.applied(family, "story") == ["001_chapter"]
    assert not backups.exists()


def test_up_to_a_name_stops_there(family, story):
    story(REBUILD, NO_REBUILD)
    story('migrator.sql("CREATE TABLE more (n INTEGER) STRICT")', 'migrator.sql("DROP TABLE more")')
    assert [done.migration for done in upgrade.up(family, "story", to="002_chapter").done] == ["story/002_chapter"]
    assert streams.pending(family, ["story"]) == {"story": ["003_chapter"]}
    with pytest.raises(upgrade.NoSuchMigration, match="story has no migration 009_chapter"):
        upgrade.up(family, "story", to="009_chapter")
    with pytest.raises(upgrade.NoSuchMigration, match="of which stream"):
        upgrade.up(family, to="003_chapter")


def test_refused_at_the_rehearsal_nothing_is_begun(family, story, backups):
    story('migrator.sql("ALTER TABLE parent ADD COLUMN born INTEGER NOT NULL")', NO_REBUILD)
    with pytest.raises(preflight.Refused, match="NOT NULL"):
        upgrade.up(family, backups=backups)
    assert not backups.exists()


def test_loss_that_is_meant_is_allowed_with_its_reason(family, story):
    path = story('migrator.sql("DELETE FROM child WHERE id = 3")', "pass")
    with pytest.raises(preflight.Refused, match="data-loss"):
        upgrade.up(family)
    path.write_text("ALLOW = {'data-loss': 'a child of nobody we know'}\n" + path.read_text())
    assert upgrade.up(family).done[0].rows == {"child": (3, 2)}


def test_backup_that_cannot_be_proven_stops_everything(family, story, backups, monkeypatch):
    def corrupt(*_):
        raise file.Corrupt("it does not give back the database")

    monkeypatch.setattr(make, "prove", corrupt)
    story(REBUILD, NO_REBUILD)
    with pytest.raises(file.Corrupt):
        upgrade.up(family, backups=backups)
    assert streams.applied(family, "story") == ["001_chapter"]


def test_full_disk_is_seen_before(family, story, backups, monkeypatch):
    monkeypatch.setattr(space, "_free", lambda _: 10)
    story(REBUILD, NO_REBUILD)
    with pytest.raises(preflight.Refused, match="MB free and needs"):
        upgrade.up(family, backups=backups)


def test_steps_of_another_release_that_are_ahead_are_left_alone(family, story):
    """The other team has applied a step that we do not have as a file, and we have one of our own."""
    family.execute_sql("INSERT INTO migrations_story (name) VALUES ('002_theirs')")
    story(REBUILD, NO_REBUILD).rename(streams.directory("story") / "003_ours.py")
    assert [done.migration for done in upgrade.up(family).done] == ["story/003_ours"]
    assert streams.applied(family, "story") == ["001_chapter", "002_theirs", "003_ours"]


def test_restore_takes_an_operator_back_behind_a_migration(family, story, backups):
    story(REBUILD, NO_REBUILD)
    before = state.read(family)
    report = upgrade.up(family, backups=backups)
    family.execute_sql("DELETE FROM child")
    restore.restore(family, report.backup)
    assert (state.read(family).objects, people(family)) == (before.objects, FAMILY)
    assert streams.pending(family, ["story"]) == {"story": ["002_chapter"]}
