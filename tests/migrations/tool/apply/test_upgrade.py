"""`up`: a proven backup, one checked transaction per migration, and after a failure everything as it was."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from migrations.tool import lease
from migrations.tool.apply import backfill, preflight, state, upgrade
from migrations.tool.backup import file, make, restore
from shared_schema.database import Database
from shared_schema.database.server import Limits
from shared_schema.releases import streams
from tests import servers
from tests.migrations import unchecked

pytestmark = pytest.mark.only("file", "server")

FIRST = """
    migrator.sql("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT) STRICT")
    migrator.sql(
        "CREATE TABLE child (id INTEGER PRIMARY KEY,"
        " parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE) STRICT"
    )
"""
NO_FIRST = """
    migrator.sql("DROP TABLE child")
    migrator.sql("DROP TABLE parent")
"""
REBUILD = """
    migrator.sql("CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT, born INTEGER) STRICT")
    migrator.sql("INSERT INTO new_parent (id, name) SELECT id, name FROM parent")
    migrator.sql("DROP TABLE parent")
    migrator.sql("ALTER TABLE new_parent RENAME TO parent")
"""
NO_REBUILD = """
    migrator.sql("ALTER TABLE parent DROP COLUMN born")
"""


NO_UPPER = """
    migrator.sql("ALTER TABLE parent DROP COLUMN upper")
"""


@pytest.fixture
def family(database, story):
    """Two parents and three children, in a stream whose first migration has been applied."""
    story(FIRST, NO_FIRST)
    upgrade.up(database)
    database.execute_sql("INSERT INTO parent VALUES (1, 'Alice'), (2, 'Bob')")
    database.execute_sql("INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)")
    return database


@pytest.fixture
def backups(tmp_path):
    return tmp_path / "backups"


def people(db):
    return db.execute_sql(
        "SELECT parent.name, count(child.id) FROM parent LEFT JOIN child ON parent_id = parent.id GROUP BY 1 ORDER BY 1"
    ).fetchall()


def same(db, before):
    """Schema, histories and rows; the lease comes and goes."""
    now = state.read(db)
    assert (now.objects, now.histories) == (before.objects, before.histories)
    return state.changes(before.rows, now.rows) == {}


FAMILY = [("Alice", 2), ("Bob", 1)]


def test_up_makes_a_proven_backup_first_and_says_what_it_did(family, story, backups):
    story(REBUILD, NO_REBUILD)
    report = upgrade.up(family, backups=backups, source="here")
    assert [each.migration for each in report.done] == ["story/002_chapter"]
    assert report.done[0].rows == {}
    assert people(family) == FAMILY
    said = make.prove(report.backup)
    assert (said.tables["parent"].rows, said.streams) == (2, {"story": "001_chapter"})
    assert not any("born" in sql for sql in said.schema)


def test_nothing_to_do_makes_no_backup_and_takes_no_lease(family, backups, settings):
    other = Database(settings)
    with lease.held(other):
        assert upgrade.up(family, backups=backups) == upgrade.Report()
    other.close()
    assert not backups.exists()


def test_second_operator_is_refused_before_anything_is_done(family, story, backups, settings):
    story(REBUILD, NO_REBUILD)
    other = Database(settings)
    with lease.held(other), pytest.raises(lease.Held):
        upgrade.up(family, backups=backups)
    other.close()
    assert streams.applied(family, "story") == ["001_chapter"]
    assert not backups.exists()


def test_up_to_a_name_stops_there(family, story):
    story(REBUILD, NO_REBUILD)
    story('migrator.sql("CREATE TABLE more (n INTEGER) STRICT")', 'migrator.sql("DROP TABLE more")')
    assert [each.migration for each in upgrade.up(family, "story", to="002_chapter").done] == ["story/002_chapter"]
    assert streams.pending(family, ["story"]) == {"story": ["003_chapter"]}
    with pytest.raises(upgrade.NoSuchMigration, match="story has no migration 009_chapter"):
        upgrade.up(family, "story", to="009_chapter")
    with pytest.raises(upgrade.NoSuchMigration, match="of which stream"):
        upgrade.up(family, to="003_chapter")


WRONG = {
    "an error of Python": (
        "if not fake and database.execute_sql('SELECT count(*) FROM child').fetchone()[0] == 3:\n        1 / 0",
        "division by zero",
    ),
    "a constraint": ("migrator.sql(\"INSERT INTO parent VALUES (1, 'again')\")", "UNIQUE"),
    "rows that would refer to nothing": (
        "migrator.run(lambda: database.execute_sql('DELETE FROM ' + 'parent WHERE id = 1'))",
        "refer to nothing|would be lost",
    ),
    "rows lost without a word": (
        "migrator.run(lambda: database.execute_sql('DELETE FROM ' + 'child WHERE id > 0'))",
        r"rows would be lost: child 3 → 0",
    ),
    "another result than at the rehearsal": (
        "if not fake and database.execute_sql('SELECT count(*) FROM child').fetchone()[0] == 3:\n"
        '        migrator.sql("CREATE TABLE only_here (n INTEGER) STRICT")',
        "not what the rehearsal led to: only_here",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_failure_is_rolled_back_and_looked_at(wrong, family, story, backups, monkeypatch):
    """The rehearsal is blind here, as to what only the real rows show."""
    code, message = WRONG[wrong]
    if "another" not in wrong:
        monkeypatch.setattr(preflight.lint, "errors", lambda _: [])
    before = state.read(family)
    story(f'migrator.sql("CREATE TABLE extra (n INTEGER) STRICT")\n    {code}', 'migrator.sql("DROP TABLE extra")')
    with pytest.raises(upgrade.Failed, match=message) as failure:
        upgrade.up(family, backups=backups)
    assert "It was rolled back: schema and histories are as before, every table has the rows it had." in str(
        failure.value
    )
    assert same(family, before)
    assert people(family) == FAMILY
    assert lease.holder(family) is None
    assert family.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)
    assert len(list(backups.iterdir())) == 1


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


@pytest.mark.parametrize(
    "ending", [["COMMIT"], ["COMMIT", "BEGIN"], ["end transaction", "begin immediate"], ["ROLLBACK", "BEGIN"]]
)
def test_migration_that_ends_the_transaction_itself_is_refused(ending, family, story):
    """Ended and begun anew nothing would fail, and what comes before it could not be undone."""
    calls = "".join(f'\n    migrator.sql("{sql}")' for sql in ending)
    path = story(f'migrator.sql("CREATE TABLE more (n INTEGER) STRICT"){calls}', 'migrator.sql("DROP TABLE more")')
    path.write_text("ALLOW = {'refused': 'no'}\n" + path.read_text())
    with pytest.raises(preflight.Refused, match="begins or ends a transaction itself"):
        upgrade.up(family)
    assert "more" not in state.read(family).objects


def test_who_loses_the_lease_commits_nothing(family, story, backups, settings, monkeypatch):
    other = Database(settings)
    real = make.proven

    def slow(*arguments):
        other.execute_sql("UPDATE migration_lease SET token = 'other', holder = 'elsewhere/1'")
        return real(*arguments)

    monkeypatch.setattr(make, "proven", slow)
    story(REBUILD, NO_REBUILD)
    before = state.read(family)
    with pytest.raises(upgrade.Failed, match="another operator has taken over"):
        upgrade.up(family, backups=backups)
    assert same(family, before)
    other.execute_sql("DELETE FROM migration_lease")
    other.close()


def test_backup_that_cannot_be_proven_stops_everything(family, story, backups, monkeypatch):
    def corrupt(*_):
        raise file.Corrupt("it does not give back the database")

    monkeypatch.setattr(make, "prove", corrupt)
    story(REBUILD, NO_REBUILD)
    with pytest.raises(file.Corrupt):
        upgrade.up(family, backups=backups)
    assert streams.applied(family, "story") == ["001_chapter"]


def test_full_disk_is_seen_before(family, story, backups, monkeypatch):
    monkeypatch.setattr(preflight, "_free", lambda _: 10)
    story(REBUILD, NO_REBUILD)
    with pytest.raises(preflight.Refused, match="MB free and needs"):
        upgrade.up(family, backups=backups)


def test_steps_of_another_release_that_are_ahead_are_left_alone(family, story):
    """The other team has applied a step that we do not have as a file, and we have one of our own."""
    family.execute_sql("INSERT INTO migrations_story (name) VALUES ('002_theirs')")
    story(REBUILD, NO_REBUILD).rename(streams.directory("story") / "003_ours.py")
    assert [each.migration for each in upgrade.up(family).done] == ["story/003_ours"]
    assert streams.applied(family, "story") == ["001_chapter", "002_theirs", "003_ours"]


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


def test_restore_takes_an_operator_back_behind_a_migration(family, story, backups):
    story(REBUILD, NO_REBUILD)
    before = state.read(family)
    report = upgrade.up(family, backups=backups)
    family.execute_sql("DELETE FROM child")
    restore.restore(family, report.backup)
    assert (state.read(family).objects, people(family)) == (before.objects, FAMILY)
    assert streams.pending(family, ["story"]) == {"story": ["002_chapter"]}


def test_router_leaves_no_lease_behind_and_needs_none(family):
    assert unchecked.up(family) == []
    assert lease.holder(family) is None


@pytest.mark.only("server")
@pytest.mark.parametrize("back", [False, True])
def test_commit_whose_answer_is_lost_counts_as_done(back, family, story, settings):
    """The lease's renewal is the last step; the request after its savepoint is the COMMIT, cut when it is sent."""
    story(REBUILD, NO_REBUILD)
    if back:
        upgrade.up(family)
    with servers.Proxy(urlsplit(settings.url).port) as proxy:
        through = Database(replace(settings, url=proxy.url, limits=Limits(1, 2, 3)))

        said = []

        def note(event):
            said.append(event.sql)
            if event.sql.startswith("RELEASE") and said[-2].startswith("UPDATE migration_lease"):
                proxy.cut_after_request()

        through.query_hooks.append(note)
        report = upgrade.down(through, "story") if back else upgrade.up(through)
        through.close()
    assert [each.migration for each in report.done] == ["story/002_chapter"]
    assert streams.applied(family, "story") == ["001_chapter"] + ["002_chapter"] * (not back)
    assert people(family) == FAMILY


@pytest.mark.only("server")
def test_server_that_goes_away_in_the_middle_is_an_operators_case_and_the_next_up_does_it(family, story, settings):
    story(REBUILD, NO_REBUILD)
    with servers.Proxy(urlsplit(settings.url).port) as proxy:
        through = Database(replace(settings, url=proxy.url, limits=Limits(0.5, 1, 2)))
        through.query_hooks.append(lambda event: proxy.refuse() if "INSERT INTO new_parent" in event.sql else None)
        with pytest.raises(upgrade.Unclear, match="cannot be asked what became of it"):
            upgrade.up(through)
        through.close()
    family.execute_sql("UPDATE migration_lease SET expires_at = 0")
    assert [each.migration for each in upgrade.up(family).done] == ["story/002_chapter"]
    assert people(family) == FAMILY
