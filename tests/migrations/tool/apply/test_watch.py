"""Within a migration's transaction: each check at its begin and end, on a database that only this check stops."""

from contextlib import contextmanager

import peewee
import pytest

from migrations.tool import lease
from migrations.tool.apply import failure, state, upgrade, watch
from migrations.tool.schema import references, structure
from shared_schema.releases import deployments
from shared_schema.releases.deployments import Process
from shared_schema.releases.files import Migration
from tests.migrations.tool.apply.family import FAMILY, NO_REBUILD, REBUILD, people, same

pytestmark = pytest.mark.only("file", "server")

EXPAND = Migration("story", "002_chapter", "More.", "expand", "", goes_back=True)
CONTRACT = Migration("story", "002_chapter", "Less.", "contract", "", goes_back=True)


@contextmanager
def watched(db, migration=EXPAND, *, back=False, expected=None, since=None):
    """A transaction under a lease, with a Watch around what the test does in it."""
    if expected is None:
        expected = structure.texts(structure.objects(db))
    with lease.held(db) as ours:
        since = deployments.now(db) if since is None else since
        with references.foreign_keys_off(db), db.atomic():
            watching = watch.Watch(db, ours, since, expected, back)
            with watching.around(migration):
                yield watching


def test_a_transaction_that_changes_nothing_passes_and_renews_the_lease(family):
    with watched(family):
        family.execute_sql("UPDATE migration_lease SET expires_at = unixepoch() + 1")
        family.execute_sql("UPDATE parent SET name = 'Carol' WHERE id = 2")
        end = family.execute_sql("SELECT expires_at FROM migration_lease").fetchone()[0]
        assert end - deployments.now(family) <= 1
        renewed = []
        family.query_hooks.append(lambda event: renewed.append(event.sql) if "SET expires_at" in event.sql else None)
    family.query_hooks.clear()
    assert renewed == ["UPDATE migration_lease SET expires_at = unixepoch() + ? WHERE token = ?"]
    assert people(family) == [("Alice", 2), ("Carol", 1)]


def test_no_statement_of_the_migration_runs_without_the_lease(family, story, settings, monkeypatch):
    story(REBUILD, NO_REBUILD)
    before, statements = state.read(family), []
    real = upgrade.deployments.now

    def stolen(db):
        db.execute_sql("UPDATE migration_lease SET token = 'other', holder = 'elsewhere/1'")
        family.query_hooks.append(lambda event: statements.append(event.sql))
        return real(db)

    monkeypatch.setattr(upgrade.deployments, "now", stolen)
    with pytest.raises(failure.Failed, match="another operator has taken over"):
        upgrade.up(family)
    family.query_hooks.clear()
    assert [sql for sql in statements if "new_parent" in sql] == []
    assert same(family, before)
    family.execute_sql("DELETE FROM migration_lease")


def test_a_lease_that_is_lost_during_the_transaction_undoes_it(family):
    with pytest.raises(lease.Lost), watched(family):
        family.execute_sql("UPDATE parent SET name = 'Carol'")
        family.execute_sql("UPDATE migration_lease SET token = 'other'")
    assert people(family) == FAMILY


@pytest.mark.parametrize(
    ("migration", "back", "knows"),
    [(CONTRACT, False, {"001_chapter": "expand"}), (EXPAND, True, {"002_chapter": "expand"})],
)
def test_a_process_that_the_lock_keeps_from_writing_counts_as_alive(migration, back, knows, family):
    """It was last seen 95 s ago and may be silent for 90 s; when the work began it was alive."""
    deployments.beat(family, Process("a:1", "story", "a", "1.0", {"story": knows}, 90))
    family.execute_sql("UPDATE deployments SET seen_at = seen_at - 95")
    now = deployments.now(family)
    with (
        pytest.raises(watch.InUse, match=r"story 1\.0 on host a"),
        watched(family, migration, back=back, since=now - 20),
    ):
        pass
    with watched(family, migration, back=back, since=now):
        pass


def test_rows_that_are_lost_stop_a_migration_unless_it_says_why_or_goes_back(family):
    with pytest.raises(state.RowsLost, match="rows would be lost: child 3 → 2"), watched(family):
        family.execute_sql("DELETE FROM child WHERE id = 3")
    assert people(family) == FAMILY
    allowed = Migration("story", "002_chapter", "", "expand", "", True, allow={"data-loss": "nobody we know"})
    with watched(family, allowed) as watching:
        family.execute_sql("DELETE FROM child WHERE id = 3")
    assert watching.rows == {"child": (3, 2)}
    with watched(family, back=True) as watching:
        family.execute_sql("DELETE FROM child WHERE id = 2")
    assert watching.rows == {"child": (2, 1)}


@pytest.mark.parametrize("extra", ["here", "at the rehearsal"])
def test_a_schema_that_is_not_the_rehearsals_is_undone(extra, family):
    expected = structure.texts(structure.objects(family))
    if extra == "at the rehearsal":
        expected |= {"more": "CREATE TABLE more (n INTEGER) STRICT"}
    another = pytest.raises(state.AnotherResult, match="not what the rehearsal led to: more")
    with another, watched(family, expected=expected):
        if extra == "here":
            family.execute_sql("CREATE TABLE more (n INTEGER) STRICT")
    assert "more" not in state.read(family).objects


@pytest.mark.only("file")
def test_values_that_break_a_check_are_seen_in_a_file(family):
    family.execute_sql("CREATE TABLE grade (n INTEGER CHECK (n < 7)) STRICT")
    damaged = pytest.raises(peewee.DatabaseError, match="integrity_check: CHECK constraint failed in grade")
    with damaged, watched(family):
        family.execute_sql("PRAGMA ignore_check_constraints = on")
        family.execute_sql("INSERT INTO grade VALUES (8)")
        family.execute_sql("PRAGMA ignore_check_constraints = off")
    assert family.execute_sql("SELECT count(*) FROM grade").fetchone() == (0,)


def test_a_reference_to_a_table_that_is_gone_is_undone(family):
    family.execute_sql("CREATE TABLE toy (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES child (id)) STRICT")
    expected = structure.texts(structure.objects(family))
    del expected["child"]
    broken = pytest.raises(references.BrokenReferences, match="a table that is gone: toy to child")
    with broken, watched(family, expected=expected, back=True):
        family.execute_sql("DROP TABLE child")
    assert people(family) == FAMILY
