"""`down`: the last migration is rolled back, or it is said why not."""

import pytest

from migrations.tool.apply import preflight, state, upgrade
from tests.migrations.tool.apply.family import FAMILY, NO_REBUILD, REBUILD, people, same

pytestmark = pytest.mark.only("file", "server")


def test_down_leads_back_and_up_again(family, story, backups):
    story(REBUILD, NO_REBUILD)
    before = state.read(family)
    upgrade.up(family)
    after = state.read(family)
    report = upgrade.down(family, "story", backups=backups)
    assert ([each.migration for each in report.done], report.backup.exists()) == (["story/002_chapter"], True)
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
    with pytest.raises((upgrade.Failed, preflight.Refused), match=r"theirs|gone"):
        upgrade.down(family, "story")
    assert same(family, before)
