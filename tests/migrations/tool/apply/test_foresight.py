"""`plan` ends with the exit code that `up` would end with now."""

import pytest

from migrations.tool import exits, lease
from migrations.tool.apply import foresight, preflight, state, upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import deployments
from shared_schema.releases.deployments import Process
from tests.migrations.tool.apply.family import NO_REBUILD, REBUILD, same

pytestmark = pytest.mark.only("file", "server")
DROPPED = "PHASE = 'contract'\nNO_WAY_BACK = 'it is gone'\nALLOW = {'data-loss': 'a test'}\n"


def foreseen(db, code):
    """What `up` would do; it changes nothing and has this exit code."""
    before = state.read(db)
    ahead = foresight.of(db, None, None, None)
    assert ahead.code == code
    assert same(db, before)
    return ahead


def test_nothing_to_do_and_something_to_do_are_zero(family, story):
    assert foresight.lines(foreseen(family, exits.OK)) == []
    story(REBUILD, NO_REBUILD)
    ahead = foreseen(family, exits.OK)
    assert (foresight.lines(ahead)[0], ahead.runs) == ("story/002_chapter (expand): ", 1)


def test_what_must_wait_for_a_deployment_is_three_and_shown_last(family, story):
    path = story('migrator.sql("DROP TABLE child")')
    text = path.read_text()
    path.write_text(DROPPED + text[: text.index("def rollback")])
    deployments.beat(family, Process("a:1", "story", "a", "1.0", {"story": {"001_chapter": "expand"}}, 90))
    ahead = foreseen(family, exits.LATER)
    assert (ahead.runs, [str(result.migration) for result in ahead.rehearsed]) == (0, ["story/002_chapter"])
    lines = foresight.lines(ahead)
    assert "    DROP TABLE child;" in lines
    assert lines[-1].startswith("story/002_chapter waits: story 1.0 on host a, seen ")
    assert len(upgrade.up(family).waiting) == 1


def test_a_lease_that_is_held_is_three(family, story, settings):
    story(REBUILD, NO_REBUILD)
    other = LibsqlDatabase(settings)
    with lease.held(other):
        ahead = foresight.of(family, None, None, None)
        assert (ahead.code, ahead.waiting) == (exits.LATER, [lease.holder(family)])
    other.close()


@pytest.mark.parametrize(
    ("up", "line"),
    [
        ('migrator.sql("DROP TABLE nowhere")', "refused: story/002_chapter: no such table: nowhere"),
        ('migrator.sql("DELETE FROM child")', "error: data-loss: "),
        (
            'migrator.sql("CREATE UNIQUE INDEX child_parent ON child (parent_id)")',
            'refused: story/002_chapter: 2 rows of "child" share parent_id: ids 1, 2 (1)',
        ),
    ],
)
def test_what_up_would_refuse_is_four(up, line, family, story):
    story(up)
    ahead = foreseen(family, exits.NOTHING_DONE)
    assert any(entry.strip().startswith(line) for entry in foresight.lines(ahead))
    with pytest.raises(preflight.Refused) as raised:
        upgrade.up(family)
    assert str(raised.value).splitlines() == ahead.wrong


def test_what_fails_for_a_sample_row_alone_is_said(family, story):
    long = """
    migrator.sql("CREATE TABLE long (id INTEGER PRIMARY KEY, text TEXT CHECK (length(text) > 2)) STRICT")
    migrator.sql("INSERT INTO long SELECT id, name FROM parent")
"""
    story(long, 'migrator.sql("DROP TABLE long")')
    said = (
        'not tried on rows: story/002_chapter, because the sample row of "parent" fails in it: CHECK constraint '
        "failed: length(text) > 2 (INSERT INTO long SELECT id, name FROM parent)"
    )
    ahead = foreseen(family, exits.OK)
    assert (ahead.notes, f"    {said}" in foresight.lines(ahead)) == ([said], True)
    assert upgrade.up(family).notes == [said]
    assert family.execute_sql("SELECT text FROM long").fetchall() == [("Alice",), ("Bob",)]
