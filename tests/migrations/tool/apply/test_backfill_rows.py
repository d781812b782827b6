"""A backfill that fails on real rows names them, says what is filled, and how to go on."""

import pytest

from migrations.tool import exits
from migrations.tool.apply import backfill, upgrade
from tests.migrations.tool.apply.family import NO_UPPER

pytestmark = pytest.mark.only("file", "server")


@pytest.fixture
def upper(family, story):
    """A migration with a backfill that the name of one real row breaks; nothing is known of it before."""
    added = "migrator.sql(\"ALTER TABLE parent ADD COLUMN upper TEXT CHECK (upper <> 'BOB')\")"
    path = story(added, NO_UPPER)
    path.write_text('BACKFILLS = [{"table": "parent", "set": "upper = upper(name)"}]\n' + path.read_text())
    return family


FAILED = [
    "the backfill story/002_chapter/0 failed: CHECK constraint failed: upper <> 'BOB'",
    "1 row of \"parent\" breaks CHECK (upper <> 'BOB'): id 2",
]


def failed(db, **options):
    with pytest.raises(backfill.Failed) as raised:
        upgrade.up(db, **options)
    return raised.value, exits.text(raised.value).splitlines()


def test_the_rows_of_the_chunk_are_named_and_the_migration_stays(upper, backups):
    error, lines = failed(upper, backups=backups)
    assert error.exit_code == exits.HALF_DONE
    assert lines[:2] == FAILED
    assert lines[2] == (
        "0 rows are filled, none from the first key on. Every `up` goes on there before it does anything else: "
        "mend the rows first."
    )
    assert lines[3] == "Done, and it stays: story/002_chapter."
    assert "`down story --to 001_chapter`, which rolls back what was done" in lines[5]


def test_every_later_up_says_how_to_get_out_and_both_ways_lead_out(upper, backups):
    failed(upper)
    error, lines = failed(upper, backups=backups)
    (backup,) = backups.iterdir()
    assert error.exit_code == exits.NOTHING_DONE
    assert lines[:2] == FAILED
    assert lines[3:] == [
        "Nothing was changed.",
        f"The backup from before it: {backup}",
        "The way on: mend story/002_chapter or the rows, and run `up` again; or `down story`, which takes back "
        "story/002_chapter with its backfill.",
    ]
    upper.execute_sql("UPDATE parent SET name = 'Rob' WHERE id = 2")
    assert upgrade.up(upper).backfilled == {"story/002_chapter/0": 2}
    assert upper.execute_sql("SELECT upper FROM parent ORDER BY id").fetchall() == [("ALICE",), ("ROB",)]


def test_down_takes_the_stuck_backfill_along(upper):
    failed(upper)
    upgrade.down(upper, "story")
    assert backfill.unfinished(upper) == []


def test_only_the_rows_of_the_chunk_count_and_what_was_filled_before_is_said(upper, monkeypatch):
    for name in ("_FIRST_ROWS", "_MOST_ROWS"):
        monkeypatch.setattr(backfill, name, 1)
    upper.execute_sql("INSERT INTO parent VALUES (3, 'Bob')")
    error, lines = failed(upper)
    assert error.values["backfilled"] == {"story/002_chapter/0": 1}
    assert lines[1] == FAILED[1]
    assert lines[2].startswith("1 rows are filled, none beyond key 1.")
    assert upper.execute_sql("SELECT upper FROM parent ORDER BY id").fetchall() == [("ALICE",), (None,), (None,)]


def test_a_reference_to_nothing_is_named(family, story):
    path = story("pass")
    path.write_text('BACKFILLS = [{"table": "child", "set": "parent_id = 77", "where": "id > 1"}]\n' + path.read_text())
    _, lines = failed(family)
    assert lines[:2] == [
        "the backfill story/002_chapter/0 failed: FOREIGN KEY constraint failed",
        '2 rows of "child" refer by "parent_id" to rows of "parent" that are not there: ids 2, 3 (77)',
    ]
