"""What is checked within a migration's transaction, before it may be committed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import peewee

from migrations.tool import breaches, exits, sqlvalues
from migrations.tool.apply import backfill, state
from migrations.tool.lease import Lease
from migrations.tool.schema import damage, references, structure
from migrations.tool.schema.references import BrokenReferences
from migrations.tool.schema.structure import Rows
from shared_schema.database import LibsqlDatabase, errors
from shared_schema.releases import deployments
from shared_schema.releases.files import Migration


class InUse(exits.Stopped):
    """A service runs with code that the change would break."""

    exit_code = exits.LATER


class Watch:
    """Checks the database at the begin and at the end of a migration's transaction.

    `since` is when the work began, by the database's clock: processes that were alive then count as alive, for our
    lock blocks their heartbeats. `expected` are the texts of all objects after the rehearsal, `back` says that it is a
    rollback. Afterwards `rows` has the tables whose number of rows has changed: before, after; and `breaches`, where a
    constraint was broken, sentences on the rows that break it.
    """

    def __init__(self, db: LibsqlDatabase, ours: Lease, since: int, expected: Mapping[str, str], back: bool) -> None:
        self._db, self._lease, self._since, self._expected, self._back = db, ours, since, expected, back
        self.rows: dict[str, tuple[int | None, int | None]] = {}
        self.breaches: list[str] = []

    @contextmanager
    def around(self, migration: Migration) -> Iterator[None]:
        """The statements of the migration run inside. What is raised here rolls them back."""
        self._db.batch([self._lease.guard])
        self._check_deployments(migration)
        before = state.read(self._db)
        self._db.query_hooks.append(self._note)
        try:
            yield
        finally:
            self._db.query_hooks.remove(self._note)
        (backfill.withdraw if self._back else backfill.announce)(self._db, migration)
        after = state.read(self._db)
        self.rows = state.changes(before.rows, after.rows)
        self._check_rows(migration, before, after)
        self._check_result(after)
        self._check_pages()
        self._check_references()
        self._db.batch([self._lease.guard, self._lease.renewal])

    def _note(self, event: Any) -> None:  # peewee's QueryEvent, which its stubs leave out
        """Where rows break a constraint, look which, before the rollback: the tables are then as the statement found
        them.
        """
        if not isinstance(errors.cause(event.exception), errors.IntegrityError) or self.breaches:
            return
        with suppress(peewee.DatabaseError, errors.Error):
            sql = sqlvalues.inlined(event.sql, event.params or ())
            self.breaches = breaches.of(self._select, sql, structure.read(self._select))

    def _select(self, sql: str) -> Rows:
        """Rows of a question of our own, past the hooks."""
        answer = self._db.connection().execute(sql)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def _check_deployments(self, migration: Migration) -> None:
        """Look again: a service may have started since `up` or `down` looked. From here on others cannot write."""
        harmed = (deployments.needing if self._back else deployments.in_the_way)(self._db, migration, since=self._since)
        if harmed:
            raise InUse("; ".join(deployments.sentences(harmed, migration.stream)))

    def _check_rows(self, migration: Migration, before: state.State, after: state.State) -> None:
        """No table has fewer rows, unless the migration says why."""
        lost = state.lost(before.rows, after.rows)
        if lost and not self._back and "data-loss" not in migration.allow:
            raise state.RowsLost(f"rows would be lost: {', '.join(lost)}; ALLOW 'data-loss' says that it is meant")

    def _check_result(self, after: state.State) -> None:
        """The schema is what the rehearsal has led to."""
        actual, expected = after.objects, self._expected
        different = sorted(name for name in actual.keys() | expected.keys() if actual.get(name) != expected.get(name))
        if different:
            raise state.AnotherResult(f"not what the rehearsal led to: {', '.join(different)}")

    def _check_pages(self) -> None:
        """Of a file only. A server checks its own files, and all others would wait while it reads them here."""
        if self._db.on_server:
            return
        if damaged := damage.in_pages(self._db):
            raise peewee.DatabaseError(f"integrity_check: {'; '.join(damaged[:3])}")

    def _check_references(self) -> None:
        """No table refers to a table that is gone. The router has checked the rows."""
        dangling = ", ".join(f"{child} to {parent}" for child, parent in references.dangling(self._db))
        if dangling:
            raise BrokenReferences(f"references would lead to a table that is gone: {dangling}")
