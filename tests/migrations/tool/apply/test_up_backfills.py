"""`up` finishes the backfills that are its own to finish."""

import pytest

from migrations.tool.apply import backfill, upgrade
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import NO_UPPER

pytestmark = pytest.mark.only("file", "server")


def test_backfills_follow_their_migration_and_are_finished_first_the_next_time(family, story, monkeypatch):
    path = story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER)
    path.write_text('BACKFILLS = [{"table": "parent", "set": "upper = upper(name)"}]\n' + path.read_text())

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(backfill, "_chunk", killed)
        upgrade.up(family)
    assert streams.pending(family, ["story"]) == {"story": []}
    (left,) = backfill.unfinished(family)
    assert (left.name, left.rows) == ("002_chapter", 0)
    story('migrator.sql("CREATE TABLE more (n INTEGER) STRICT")', 'migrator.sql("DROP TABLE more")')
    report = upgrade.up(family)
    assert report.backfilled == {"story/002_chapter/0": 2}
    assert [each.migration for each in report.done] == ["story/003_chapter"]


def test_backfill_fills_and_reports(family, story):
    path = story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER)
    path.write_text('BACKFILLS = [{"table": "parent", "set": "upper = upper(name)"}]\n' + path.read_text())
    told = []
    report = upgrade.up(family, progress=lambda *each: told.append(each))
    assert report.backfilled == {"story/002_chapter/0": 2}
    assert family.execute_sql("SELECT upper FROM parent ORDER BY 1").fetchall() == [("ALICE",), ("BOB",)]
    assert ("backfill story/002_chapter", 2, 2) in told
    assert upgrade.up(family) == upgrade.Report()


def test_backfill_of_the_other_team_is_left_to_them(family, story, monkeypatch):
    """Killed in the middle of theirs; ours has nothing to do with it."""
    path = story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER)
    path.write_text('BACKFILLS = [{"table": "parent", "set": "upper = upper(name)"}]\n' + path.read_text())
    with monkeypatch.context() as killed:
        killed.setattr(backfill, "run", lambda *_: 0)
        upgrade.up(family)
    (path.parents[1] / "other").mkdir()
    monkeypatch.setattr(streams, "NEEDS", {"story": (), "other": ()})
    monkeypatch.setattr(streams, "directory", lambda stream, there=path.parents[1]: there / stream)
    assert upgrade.up(family, "other") == upgrade.Report()
    assert upgrade.up(family, "story").backfilled == {"story/002_chapter/0": 2}
