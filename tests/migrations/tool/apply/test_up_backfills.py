"""`up` finishes the backfills that are its own to finish."""

import pytest

from migrations.tool.apply import backfill, upgrade
from migrations.tool.backup import make
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
    assert [done.migration for done in report.done] == ["story/003_chapter"]


def test_backfill_fills_and_reports(family, story):
    path = story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER)
    path.write_text('BACKFILLS = [{"table": "parent", "set": "upper = upper(name)"}]\n' + path.read_text())
    reports = []
    report = upgrade.up(family, progress=lambda *report: reports.append(report))
    assert report.backfilled == {"story/002_chapter/0": 2}
    assert family.execute_sql("SELECT upper FROM parent ORDER BY 1").fetchall() == [("ALICE",), ("BOB",)]
    assert ("backfill story/002_chapter", 2, 2) in reports
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


UPPER = 'BACKFILLS = [{"table": "parent", "set": "upper = upper(name)"}]\n'


@pytest.fixture
def half_done(family, story, monkeypatch):
    """A migration that was committed, and killed before its backfill began."""
    path = story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER)
    path.write_text(UPPER + path.read_text())
    with monkeypatch.context() as killed:
        killed.setattr(backfill, "run", lambda *_: 0)
        upgrade.up(family)
    return path


def test_up_that_only_finishes_a_backfill_makes_a_backup_too(half_done, family, backups):
    report = upgrade.up(family, backups=backups)
    assert (report.done, report.backfilled) == ([], {"story/002_chapter/0": 2})
    assert make.prove(report.backup).tables["parent"].rows == 2
    assert upgrade.up(family, backups=backups) == upgrade.Report()
    assert list(backups.iterdir()) == [report.backup]


def test_backfill_without_its_file_waits_for_the_release_that_has_it(half_done, family, story):
    half_done.unlink()
    story('migrator.sql("CREATE TABLE more (n INTEGER) STRICT")', 'migrator.sql("DROP TABLE more")').rename(
        half_done.with_name("003_chapter.py")
    )
    report = upgrade.up(family)
    assert [done.migration for done in report.done] == ["story/003_chapter"]
    assert report.waiting == ["the backfill of story/002_chapter waits for the release that has it"]
    assert family.execute_sql("SELECT upper FROM parent").fetchall() == [(None,), (None,)]
    assert [todo.name for todo in backfill.unfinished(family)] == ["002_chapter"]


def test_backfill_of_a_needed_stream_is_finished_by_whoever_needs_it(half_done, family, monkeypatch):
    (half_done.parents[1] / "later").mkdir()
    monkeypatch.setattr(streams, "NEEDS", {"story": (), "later": ("story",)})
    assert upgrade.up(family, "later").backfilled == {"story/002_chapter/0": 2}
    assert family.execute_sql("SELECT upper FROM parent ORDER BY 1").fetchall() == [("ALICE",), ("BOB",)]
