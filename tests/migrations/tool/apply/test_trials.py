"""Backfills are tried at the rehearsal: one that can never run stops everything before anything is done."""

import pytest

from migrations.tool import lint, rehearsal
from migrations.tool.apply import backfill, preflight, state, upgrade
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import NO_UPPER, accept_edits, same

pytestmark = pytest.mark.only("file", "server")
TABLE = (
    'migrator.sql("CREATE TABLE heap (id INTEGER PRIMARY KEY, n INTEGER, code TEXT NOT NULL UNIQUE,'
    ' small INTEGER CHECK (small < 9)) STRICT")\n'
    '    migrator.sql("CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) STRICT")'
)
NO_TABLE = 'migrator.sql("DROP TABLE heap")\n    migrator.sql("DROP TABLE pair")'

WRONG = {
    "a table": ({"table": "nowhere", "set": "n = 1"}, 'its backfill of "nowhere": no such table: nowhere'),
    "a column": ({"table": "heap", "set": "m = 1"}, 'its backfill of "heap": no such column: m'),
    "a function": ({"table": "heap", "set": "n = unknown(1)"}, 'its backfill of "heap": no such function: unknown'),
    "syntax": ({"table": "heap", "set": "n == = 1"}, 'its backfill of "heap": near "=": syntax error'),
    "its where": ({"table": "heap", "set": "n = 1", "where": "m > 1"}, 'its backfill of "heap": no such column: m'),
    "several statements": (
        {"table": "heap", "set": "n = 1; DROP TABLE heap"},
        'its backfill of "heap": several statements in one string',
    ),
    "a key that is none": (
        {"table": "heap", "set": "n = 1", "key": "code"},
        'its backfill of "heap": its key "code" is not the INTEGER PRIMARY KEY of "heap", by which chunks go',
    ),
    "half a key": (
        {"table": "pair", "set": "b = 1", "key": "a"},
        'its backfill of "pair": its key "a" is not the INTEGER PRIMARY KEY of "pair", by which chunks go',
    ),
    "a key that moves": (
        {"table": "heap", "set": 'n = 1, "ID" = id + 1'},
        'its backfill of "heap": it changes "id", the key of "heap" by which its chunks go',
    ),
    "a key that moves in a row": (
        {"table": "heap", "set": "(n, id) = (1, 2)"},
        'its backfill of "heap": it changes "id", the key of "heap" by which its chunks go',
    ),
}
RIGHT = [
    {"table": "heap", "set": "n = (SELECT max(id) FROM heap), code = code || '=1'"},
    {"table": "heap", "set": "n = 1", "where": "1 = 1"},
    {"table": "heap", "set": "n = CASE code WHEN 'id = 1' THEN 1 ELSE 0 END"},
]


def with_backfills(path, *backfills):
    path.write_text(f"BACKFILLS = {list(backfills)!r}\n" + path.read_text())
    return path


@pytest.fixture
def heap(family, story):
    """The family, and two tables that 002 has made."""
    story(TABLE, NO_TABLE)
    upgrade.up(family)
    return family


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_backfill_is_refused_before_any_change(wrong, family, story, backups):
    before = state.read(family)
    stated, message = WRONG[wrong]
    with_backfills(story(TABLE, NO_TABLE), stated)
    with pytest.raises(preflight.Refused) as raised:
        upgrade.up(family, backups=backups)
    assert str(raised.value).splitlines()[0] == f"story/002_chapter: {message}"
    assert (same(family, before), backups.exists()) == (True, False)


@pytest.mark.parametrize("right", range(len(RIGHT)))
def test_right_backfills_pass(right, story, db):
    with_backfills(story(TABLE, NO_TABLE), RIGHT[right])
    (rehearsed,) = rehearsal.rehearse(None, [streams.read("story", "001_chapter")])
    assert (rehearsed.error, rehearsed.untried) == (None, ())
    assert [trial.step.writes >= {"heap"} for trial in rehearsed.trials] == [True]
    assert lint.findings([rehearsed]) == []


def test_value_of_a_wrong_type_is_a_finding_that_can_be_allowed(heap, story):
    path = with_backfills(story("pass"), {"table": "heap", "set": "n = 'no ' || code"})
    with pytest.raises(preflight.Refused, match="cannot store TEXT value in INTEGER column") as raised:
        upgrade.up(heap)
    assert 'refused: the backfill of "heap" gives a value of the wrong type' in str(raised.value)
    path.write_text("ALLOW = {'refused': 'real codes are numbers'}\n" + path.read_text())
    upgrade.up(heap)
    assert streams.applied(heap, "story") == ["001_chapter", "002_chapter", "003_chapter"]


@pytest.mark.parametrize(
    ("clause", "error"),
    [
        ("code = NULL", "NOT NULL constraint failed: heap.code"),
        ("small = 10", "CHECK constraint failed: small < 9"),
        ("n = json_extract('{', '$')", "malformed JSON"),
    ],
)
def test_what_fails_for_the_sample_row_alone_is_said_and_not_refused(clause, error, heap, story):
    with_backfills(story("pass"), {"table": "heap", "set": clause})
    said = (
        'not tried on rows: the backfill of "heap" of story/003_chapter, because the sample row of "heap" fails in it: '
        f"{error}"
    )
    assert upgrade.up(heap).notes == [said]


def test_unfinished_backfill_of_an_earlier_run_is_tried_before_anything_is_done(family, story, backups, monkeypatch):
    path = with_backfills(
        story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER),
        {"table": "parent", "set": "upper = upper(name)"},
    )
    with monkeypatch.context() as killed:
        killed.setattr(backfill, "run", lambda *_: 0)
        upgrade.up(family)
    path.write_text(path.read_text().replace("upper(name)", "upper(surname)"))
    accept_edits(family)
    story(TABLE, NO_TABLE)
    before = state.read(family)
    with pytest.raises(preflight.Refused) as raised:
        upgrade.up(family, backups=backups)
    assert str(raised.value) == 'story/002_chapter/0: its unfinished backfill of "parent": no such column: surname'
    assert (same(family, before), backups.exists()) == (True, False)
