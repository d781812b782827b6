"""`down` rolls the last migration back, or says why it does not."""

import pytest

from migrations.tool import lease
from migrations.tool.apply import failure, preflight, state, upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import FAMILY, NO_REBUILD, REBUILD, accept_edits, people, same

pytestmark = pytest.mark.only("file", "server")


def test_down_leads_back_and_up_again(family, story, backups):
    story(REBUILD, NO_REBUILD)
    before = state.read(family)
    upgrade.up(family)
    after = state.read(family)
    report = upgrade.down(family, "story", backups=backups)
    assert ([done.migration for done in report.done], report.backup.exists()) == (["story/002_chapter"], True)
    assert people(family) == FAMILY
    assert "born" not in state.read(family).objects["parent"]
    assert state.read(family).histories == before.histories
    upgrade.up(family)
    assert same(family, after)
    assert people(family) == FAMILY


def test_down_of_what_has_no_way_back_says_why(family, story):
    path = story('migrator.sql("CREATE TABLE more (n INTEGER) STRICT")')
    text = path.read_text()
    path.write_text("NO_WAY_BACK = 'the letters have been sent'\n" + text[: text.index("def rollback")])
    upgrade.up(family)
    with pytest.raises(upgrade.NoWayBack, match="the letters have been sent"):
        upgrade.down(family, "story")
    path.unlink()
    with pytest.raises(upgrade.NoWayBack, match="not in this release"):
        upgrade.down(family, "story")
    family.execute_sql("DELETE FROM migrations_story")
    with pytest.raises(upgrade.NoWayBack, match="nothing of story has been applied"):
        upgrade.down(family, "story")


def test_down_that_would_leave_references_to_nothing_is_undone(family, story):
    """The other stream's table refers to ours; it has no rows yet, so the engine alone would let it pass."""
    family.execute_sql("CREATE TABLE theirs (id INTEGER PRIMARY KEY, child_id INTEGER REFERENCES child (id)) STRICT")
    before = state.read(family)
    with pytest.raises((failure.Failed, preflight.Refused), match=r"theirs|gone"):
        upgrade.down(family, "story")
    assert same(family, before)


def test_down_without_a_rollback_and_without_a_reason_is_refused(family, story):
    path = story('migrator.sql("CREATE TABLE more (n INTEGER) STRICT")')
    text = path.read_text()
    path.write_text("ALLOW = {'no-way-back': 'a trial'}\n" + text[: text.index("def rollback")])
    upgrade.up(family)
    with pytest.raises(upgrade.NoWayBack, match="story/002_chapter does not go back: it has no rollback"):
        upgrade.down(family, "story")
    path.write_text("NO_WAY_BACK = 'the letters have been sent'\n" + text)
    accept_edits(family)
    with pytest.raises(upgrade.NoWayBack, match="the letters have been sent"):
        upgrade.down(family, "story")
    assert "more" in state.read(family).objects


def test_down_takes_the_migration_that_was_applied_last_and_not_the_highest(family, story):
    """002 came from another branch and was applied after 003."""
    second = story('migrator.sql("CREATE TABLE second (n INTEGER) STRICT")', 'migrator.sql("DROP TABLE second")')
    story('migrator.sql("CREATE TABLE third (n INTEGER) STRICT")', 'migrator.sql("DROP TABLE third")')
    text = second.read_text()
    second.unlink()
    upgrade.up(family)
    second.write_text(text)
    upgrade.up(family)
    assert streams.applied(family, "story") == ["001_chapter", "003_chapter", "002_chapter"]
    assert [done.migration for done in upgrade.down(family, "story").done] == ["story/002_chapter"]
    assert {"second", "third"} & state.read(family).objects.keys() == {"third"}


def test_down_that_fails_at_the_rehearsal_begins_nothing(family, story, backups):
    path = story(REBUILD, NO_REBUILD)
    upgrade.up(family)
    path.write_text(path.read_text().replace("DROP COLUMN born", "DROP COLUMN never"))
    accept_edits(family)
    with pytest.raises(preflight.Refused, match="no such column"):
        upgrade.down(family, "story", backups=backups)
    assert not backups.exists()
    assert lease.holder(family) is None


def test_down_that_leads_elsewhere_than_its_rehearsal_is_undone(family, story):
    path = story(REBUILD, NO_REBUILD)
    upgrade.up(family)
    before = state.read(family)
    accept_edits(family)
    on_real_rows = "if not fake and database.execute_sql('SELECT count(*) FROM child').fetchone()[0] == 3:"
    path.write_text(
        path.read_text() + f'    {on_real_rows}\n        migrator.sql("CREATE TABLE only_here (n INTEGER)")\n'
    )
    with pytest.raises(failure.Failed, match="not what the rehearsal led to: only_here"):
        upgrade.down(family, "story")
    assert same(family, before)


def test_down_is_refused_while_another_operator_is_at_work(family, story, settings, backups):
    story(REBUILD, NO_REBUILD)
    upgrade.up(family)
    other = LibsqlDatabase(settings)
    with lease.held(other), pytest.raises(lease.Held):
        upgrade.down(family, "story", backups=backups)
    other.close()
    assert streams.applied(family, "story") == ["001_chapter", "002_chapter"]
    assert not backups.exists()
