"""Savepoints outside of a transaction, which begin one."""

from contextlib import suppress
from typing import Any, cast

import peewee


class Savepoint(cast(Any, peewee)._savepoint):  # type: ignore[misc]  # the stubs leave it out
    """Peewee's savepoint. After a rollback, peewee leaves the savepoint open: where it has begun the transaction, that
    would go on, with the write lock, and the next BEGIN would fail.
    """

    def rollback(self, begin: bool = True) -> None:
        super().rollback(begin)
        if not begin and not self.db.in_transaction():
            with suppress(peewee.OperationalError):  # the transaction is gone, and why matters more
                self.db.execute_sql(f"RELEASE SAVEPOINT {self.quoted_sid}")
