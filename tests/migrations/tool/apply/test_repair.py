"""A history that is not true is repaired by a mark, with its reason; nothing but the history changes."""

import getpass
import socket

import pytest

from migrations.tool import exits, history, lease
from migrations.tool.apply import backfill, repair, state, upgrade
from migrations.tool.schema import structure
from shared_schema.releases import streams

pytestmark = pytest.mark.only("file", "server")
BY = f"{getpass.getuser()}@{socket.gethostname()}"
NAME = """
    migrator.sql("ALTER TABLE parent ADD COLUMN nick TEXT")
"""
NO_NAME = """
    migrator.sql("ALTER TABLE parent DROP COLUMN nick")
"""


def file(name):
    return streams.directory("story") / f"{name}.py"


def repairs(database):
    return [
        (entry.name, entry.mark, entry.was, entry.reason, entry.operator) for entry in repair.read(database, "story")
    ]


def rows(database):
    """Every table with its rows but those of the tool."""
    names = [entry.name for entry in structure.objects(database) if entry.kind == "table"]
    return {name: size for name, size in structure.sizes(database, names).items() if not structure.of_tool(name)}


def test_what_was_done_by_hand_is_marked_applied(family, story, database):
    story(NAME, NO_NAME)
    database.execute_sql("ALTER TABLE parent ADD COLUMN nick TEXT")
    before, file_ = rows(database), streams.read("story", "002_chapter")
    repair.mark(database, "story", "002_chapter", "applied", "the DBA ran it")
    assert rows(database) == before
    (_, applied) = streams.history(database, "story")
    assert (applied.name, applied.phase, applied.checksum) == ("002_chapter", "expand", file_.checksum)
    assert abs(applied.migrated_at - streams.history(database, "story")[0].migrated_at) < 60
    assert repairs(database) == [("002_chapter", "applied", None, "the DBA ran it", BY)]
    assert upgrade.up(database).done == []
    assert upgrade.down(database, "story").done[0].migration == "story/002_chapter"


def test_the_phase_of_a_contract_step_is_marked_with_it(family, story, database):
    path = story(NAME, NO_NAME)
    path.write_text(f'PHASE = "contract"\n{path.read_text()}')
    repair.mark(database, "story", "002_chapter", "applied", "by hand")
    assert [applied.phase for applied in streams.history(database, "story")] == ["expand", "contract"]


def test_what_was_undone_by_hand_is_marked_pending_and_runs_again(family, story, database):
    path = story(NAME, NO_NAME)
    path.write_text(f'BACKFILLS = [{{"table": "parent", "set": "nick = name"}}]\n{path.read_text()}')
    upgrade.up(database)
    database.execute_sql("ALTER TABLE parent DROP COLUMN nick")
    repair.mark(database, "story", "002_chapter", "pending", "the column was dropped by hand")
    assert streams.applied(database, "story") == ["001_chapter"]
    report = upgrade.up(database)
    assert ([done.migration for done in report.done], report.backfilled) == (
        ["story/002_chapter"],
        {"story/002_chapter/0": 2},
    )
    assert database.execute_sql("SELECT nick FROM parent ORDER BY id").fetchall() == [("Alice",), ("Bob",)]


def test_an_edit_that_changes_nothing_is_marked_edited(family, database):
    path = file("001_chapter")
    path.write_text(f'"""Better words."""\n{path.read_text()}')
    assert [fault.kind for fault in history.read(database, ["story"])] == ["edited"]
    repair.mark(database, "story", "001_chapter", "edited", "only the docstring")
    assert history.read(database, ["story"]) == []
    (applied,) = streams.history(database, "story")
    assert applied.checksum == streams.read("story", "001_chapter").checksum
    assert repairs(database) == [("001_chapter", "edited", None, "only the docstring", BY)]


def test_a_renamed_migration_keeps_its_place_and_its_backfills(family, story, database):
    path = story(NAME, NO_NAME)
    path.write_text(f'BACKFILLS = [{{"table": "parent", "set": "nick = name"}}]\n{path.read_text()}')
    upgrade.up(database)
    story("pass")
    upgrade.up(database)
    when = [applied.migrated_at for applied in streams.history(database, "story")]
    path.rename(file("004_nick"))
    repair.mark(database, "story", "004_nick", "renamed", "two had number 2", "002_chapter")
    assert [applied.name for applied in streams.history(database, "story")] == [
        "001_chapter",
        "004_nick",
        "003_chapter",
    ]
    assert [applied.migrated_at for applied in streams.history(database, "story")] == when
    names = database.execute_sql(f"SELECT name FROM {backfill.TABLE} WHERE name LIKE '%nick' OR name LIKE '%chapter'")
    assert names.fetchall() == [("004_nick",)]
    assert repairs(database) == [("004_nick", "renamed", "002_chapter", "two had number 2", BY)]
    assert upgrade.pending(database, "story") == []


WRONG = [
    ("001_chapter", "applied", None, "the history has story/001_chapter already"),
    ("009_nowhere", "applied", None, "story has no migration 009_nowhere"),
    ("002_chapter", "pending", None, "the history does not have story/002_chapter"),
    ("002_chapter", "edited", None, "the history does not have story/002_chapter"),
    ("009_nowhere", "edited", None, "story has no migration 009_nowhere"),
    ("002_chapter", "renamed", None, "story/002_chapter was renamed from what? Say --was"),
    ("002_chapter", "renamed", "001_chapter", "story/001_chapter still has a file of its own: it was not renamed"),
    ("002_chapter", "renamed", "000_other", "the history does not have story/000_other"),
    ("001_chapter", "renamed", "000_other", "the history has story/001_chapter already"),
]


@pytest.mark.parametrize(("name", "mark", "was", "message"), WRONG)
def test_a_mark_that_is_not_so_changes_nothing(name, mark, was, message, family, story, database):
    story(NAME, NO_NAME)
    before = state.read(database)
    with pytest.raises(repair.NotSo) as refused:
        repair.mark(database, "story", name, mark, "because", was)
    assert (str(refused.value), refused.value.exit_code) == (message, exits.NOTHING_DONE)
    assert state.read(database).histories == before.histories
    assert repairs(database) == []


def test_nobody_repairs_while_another_migrates(family, story, database):
    story(NAME, NO_NAME)
    with lease.held(database), pytest.raises(lease.Held):
        repair.mark(database, "story", "002_chapter", "applied", "because")
    assert streams.applied(database, "story") == ["001_chapter"]


def test_who_has_lost_the_lease_marks_nothing(family, story, database):
    story(NAME, NO_NAME)

    def take_it_away(event):
        if repair.TABLE in event.sql and event.sql.lstrip().startswith("CREATE"):
            database.execute_sql(f"UPDATE {lease.TABLE} SET token = 'of another'")

    database.query_hooks.append(take_it_away)
    with pytest.raises(lease.Lost):
        repair.mark(database, "story", "002_chapter", "applied", "because")
    database.query_hooks.remove(take_it_away)
    database.execute_sql(f"DELETE FROM {lease.TABLE}")
    assert streams.applied(database, "story") == ["001_chapter"]
    assert repairs(database) == []


def test_repairs_of_other_streams_are_not_shown(family, database):
    assert repair.read(database, "story") == []
    path = file("001_chapter")
    path.write_text(f"{path.read_text()}\n")
    repair.mark(database, "story", "001_chapter", "edited", "a line")
    assert [entry.reason for entry in repair.read(database, "story")] == ["a line"]
    assert repair.read(database, "shared") == []
