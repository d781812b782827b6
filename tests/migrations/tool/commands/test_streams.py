"""The command line: streams one after the other, each with a history of its own."""

import time
from concurrent.futures import ThreadPoolExecutor

import peewee
import peewee_migrate
import pytest

from migrations.tool import exits, router
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests.migrations import unchecked


def all_of(*names):
    return [f"{stream}/{migration}" for stream in names for migration in streams.names(stream)]


def test_up_brings_every_stream_in_order_and_then_nothing(command):
    assert command("up") == (0, all_of("shared", "study", "growth"))
    assert command("up") == (0, ["nothing to do"])


@pytest.mark.parametrize(
    ("stream", "brought", "missing"),
    [
        ("shared", ["shared"], ["study", "growth"]),
        ("study", ["shared", "study"], ["growth"]),
        ("growth", ["shared", "study", "growth"], []),
    ],
)
def test_up_brings_a_stream_after_what_it_needs(stream, brought, missing, command):
    assert command("up", stream) == (0, all_of(*brought))
    code, lines = command("status")
    assert code == (1 if missing else 0)
    assert [line.split(":")[0] for line in lines if "pending" in line] == missing
    assert [line for line in lines if "pending" not in line] == [f"{name}: up to date" for name in brought]
    assert command("up", "--no-backup") == (0, all_of(*missing) or ["nothing to do"])
    assert command("status")[0] == 0


def test_every_migration_finds_what_it_needs_done_before():
    order = list(streams.NEEDS)
    for stream, needs in streams.NEEDS.items():
        assert all(order.index(need) < order.index(stream) for need in needs)
        for need in needs:
            assert set(streams.NEEDS[need]) <= set(needs)


def test_status_names_what_is_pending_and_changes_nothing(command, db):
    code, lines = command("status")
    assert code == 1
    assert lines == [f"{name}: pending {', '.join(streams.names(name))}" for name in ("shared", "study", "growth")]
    assert db.get_tables() == []


def test_stream_that_does_not_exist_is_refused(command, db, tmp_path):
    assert command("up", "nonsense")[0] == 2
    with pytest.raises(ValueError, match="no stream 'nonsense'"):
        router.StreamRouter(db, "nonsense")
    assert not (streams.directory("nonsense")).exists()

    peewee_migrate.Router(db, tmp_path / "nonsense").run()
    assert (tmp_path / "nonsense").exists()


def test_each_stream_has_its_own_history(command, db):
    command("up")
    for stream in streams.NEEDS:
        rows = db.execute_sql(f"SELECT name, migrated_at > unixepoch() - 600 FROM migrations_{stream} ORDER BY id")
        assert rows.fetchall() == [(name, 1) for name in streams.names(stream)]
        assert streams.applied(db, stream) == streams.names(stream)
    assert streams.pending(db, streams.NEEDS) == {stream: [] for stream in streams.NEEDS}


def test_no_history_has_a_migration_twice(command, db):
    command("up")
    for stream in streams.NEEDS:
        with pytest.raises(peewee.IntegrityError, match="UNIQUE"):
            db.execute_sql(f"INSERT INTO migrations_{stream} (name) VALUES (?)", (streams.names(stream)[0],))


def test_two_routers_of_one_process_keep_their_own_tables(db, tmp_path):
    """The library keeps the table's name in one class for all: the second router renames the first one's."""
    first = peewee_migrate.Router(db, tmp_path, migrate_table="first")
    second = peewee_migrate.Router(db, tmp_path, migrate_table="second")
    assert first.model is second.model

    shared, study = router.StreamRouter(db, "shared"), router.StreamRouter(db, "study")
    assert (shared.done, study.done) == ([], [])
    assert shared.run() == shared.done == streams.names("shared")
    assert study.done == []
    assert study.run() == study.done == streams.names("study")
    assert shared.done == streams.names("shared")


def test_two_databases_of_one_process_keep_their_own_history(db, tmp_path):
    other = LibsqlDatabase(f"file:{tmp_path}/other.db")
    first, second = router.StreamRouter(db, "shared"), router.StreamRouter(other, "shared")
    first.run()
    assert second.done == []
    second.run()
    other.close()
    assert first.done == second.done == streams.names("shared")


def test_migrations_applied_here_but_written_elsewhere_do_no_harm(command, db):
    command("up")
    db.execute_sql("INSERT INTO migrations_shared (name) VALUES ('900_from_a_newer_version')")
    said = "shared: 900_from_a_newer_version was applied by a release that has more files than this one"
    assert command("status") == (0, [*(f"{stream}: up to date" for stream in streams.NEEDS), said])
    assert command("up") == (0, ["nothing to do"])


def test_two_migrators_at_once_do_everything_once(command, db):
    """Another begins once right before ours takes the lock, and once when ours has it and looks a last time."""
    others, looks = [], []
    with ThreadPoolExecutor() as pool:

        def interfere(event):
            if event.sql == "PRAGMA foreign_keys = off" and not others:
                others.append(pool.submit(command, "up", "shared"))
                others[0].result()
            looks.append("migrations_study" in event.sql and event.sql.startswith("SELECT"))
            if looks[-1] and sum(looks) == 2:
                others.append(pool.submit(command, "up"))
                time.sleep(1)

        db.query_hooks.append(interfere)
        unchecked.up(db)
        db.query_hooks.clear()
    assert others[0].result() == (0, all_of("shared"))
    # The other sees nothing to do, or what is left, or that something changes beneath it: ours takes no lease here.
    assert others[1].result()[0] in (exits.OK, exits.NOTHING_DONE)
    # one look to begin with, and one under the lock of each migration
    assert sum(looks) == 1 + len(streams.names("study"))
    assert streams.pending(db, streams.NEEDS) == {stream: [] for stream in streams.NEEDS}
    assert db.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)
