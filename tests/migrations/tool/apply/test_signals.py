"""A signal in the middle of the work: what is known is said, and nothing is left half committed."""

import signal

import pytest

from migrations.tool import exits, lease
from migrations.tool.apply import failure, upgrade
from migrations.tool.commands import signals
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import FAMILY, NO_REBUILD, REBUILD, people

pytestmark = pytest.mark.only("file", "server")
MORE = 'migrator.sql("CREATE TABLE more (n INTEGER) STRICT")'
NO_MORE = 'migrator.sql("DROP TABLE more")'


@pytest.fixture(autouse=True)
def signals_of_a_terminal():
    """As in a process that a terminal has started: behind `nohup` or `&` SIGINT is ignored from the start."""
    numbers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in numbers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def stopped(db, start, number=signal.SIGTERM):
    """`up` with a signal after the first statement with this start; what it raises."""
    hit = []

    def note(event):
        if event.sql.startswith(start) and not hit:
            hit.append(event.sql)
            signal.raise_signal(number)

    db.query_hooks.append(note)
    try:
        with pytest.raises(exits.Stopped) as raised, signals.as_errors():
            upgrade.up(db)
    finally:
        db.query_hooks.remove(note)
    assert hit
    return raised.value


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_inside_a_migration_rolls_it_back(number, family, story):
    before = signal.getsignal(number)
    story(MORE, NO_MORE)
    story(REBUILD, NO_REBUILD)
    error = stopped(family, "INSERT INTO new_parent", number)
    assert signal.getsignal(number) == before
    assert (error.exit_code, type(error)) == (exits.HALF_DONE, failure.Failed)
    assert str(error).startswith(f"story/003_chapter failed: stopped by {number.name}\nIt was rolled back: schema and")
    assert "Done, and it stays: story/002_chapter." in exits.text(error)
    assert (streams.applied(family, "story"), people(family)) == (["001_chapter", "002_chapter"], FAMILY)
    assert lease.holder(family) is None
    assert [done.migration for done in upgrade.up(family).done] == ["story/003_chapter"]


def test_signal_after_a_commit_stops_before_the_next_migration(family, story, monkeypatch):
    """It comes when the first of two has been committed, and before that is noted."""
    story(MORE, NO_MORE)
    story(REBUILD, NO_REBUILD)
    error = stopped(family, "PRAGMA foreign_keys = on")
    assert (error.exit_code, str(error)) == (exits.HALF_DONE, "stopped by SIGTERM")
    assert [done["migration"] for done in error.values["done"]] == ["story/002_chapter"]
    assert streams.applied(family, "story") == ["001_chapter", "002_chapter"]


def test_signal_before_anything_is_done_says_that_nothing_was_changed(family, story, backups):
    story(MORE, NO_MORE)
    error = stopped(family, "SELECT unixepoch() AS now")
    assert (error.exit_code, exits.text(error), error.values) == (exits.NOTHING_DONE, "stopped by SIGTERM", {})
    assert streams.applied(family, "story") == ["001_chapter"]


def test_one_more_signal_ends_the_process_as_usual():
    with pytest.raises(exits.Interrupted, match=r"^stopped by SIGINT$"), signals.as_errors():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == [signal.SIG_DFL] * 2


def test_signal_that_is_ignored_from_the_start_stays_ignored():
    """As in `nohup`, or behind `&` of a shell."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals.as_errors():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
