"""What is looked at within a migration's transaction, before it may be committed."""

from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from migrations.tool import exits
from migrations.tool.apply import backfill, state
from migrations.tool.lease import Lease
from migrations.tool.schema import damage, references
from migrations.tool.schema.references import BrokenReferences
from shared_schema.database import Database
from shared_schema.releases import deployments
from shared_schema.releases.files import Migration


class InUse(exits.Stopped):
    """A service is up whose code could not live with the change."""

    exit_code = exits.LATER


class Watch:
    """Looks at the database at the begin and at the end of a migration's transaction.

    `since` is when the work began, by the database's clock: while we hold the lock nobody can say that he lives.
    `expected` are the texts of all objects as the rehearsal left them, `back` says that it is a rollback.
    """

    def __init__(self, db: Database, ours: Lease, since: int, expected: dict[str, str], back: bool) -> None:
        self._db, self._lease, self._since, self._expected, self._back = db, ours, since, expected, back
        self.rows: dict[str, tuple[int | None, int | None]] = {}

    @contextmanager
    def around(self, migration: Migration) -> Iterator[None]:
        self._db.batch([self._lease.guard])
        self._nobody_is_hurt(migration)
        before = state.read(self._db)
        yield
        (backfill.withdraw if self._back else backfill.announce)(self._db, migration)
        after = state.read(self._db)
        self.rows = state.changes(before.rows, after.rows)
        self._explained(migration, before, after)
        self._as_rehearsed(migration, after)
        self._whole()
        self._no_dangling()
        self._db.batch([self._lease.guard, self._lease.renewal])

    def _nobody_is_hurt(self, migration: Migration) -> None:
        """Once more, now that nobody can write: a service may have started since it was looked at."""
        hurt = (deployments.needing if self._back else deployments.in_the_way)(self._db, migration, since=self._since)
        if hurt:
            raise InUse("; ".join(deployments.sentences(hurt, migration.stream)))

    def _explained(self, migration: Migration, before: state.State, after: state.State) -> None:
        gone = state.lost(before.rows, after.rows)
        if gone and not self._back and "data-loss" not in migration.allow:
            raise state.RowsLost(f"rows would be lost: {', '.join(gone)}; ALLOW 'data-loss' says that it is meant")

    def _as_rehearsed(self, migration: Migration, after: state.State) -> None:
        here, there = after.objects, self._expected
        other = sorted(name for name in here | there if here.get(name) != there.get(name))
        if other:
            raise state.AnotherResult(f"not what the rehearsal led to: {', '.join(other)}")

    def _whole(self) -> None:
        """A server looks after its own files, and would have everybody wait while it looks through all of them."""
        if self._db.on_server:
            return
        if found := damage.in_pages(self._db):
            raise peewee.DatabaseError(f"integrity_check: {'; '.join(found[:3])}")

    def _no_dangling(self) -> None:
        found = references.dangling(self._db)
        if found:
            said = ", ".join(f"{child} to {parent}" for child, parent in found)
            raise BrokenReferences(f"references would lead to a table that is gone: {said}")
