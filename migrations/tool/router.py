"""peewee-migrate with its traps closed: a history table per stream, foreign keys off around a rebuild and checked.

Not for a serving process: peewee-migrate patches peewee while it replays what has been applied.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cached_property
from typing import Any
from unittest import mock

import peewee
import peewee_migrate

from migrations.tool.schema import references
from shared_schema.database import LibsqlDatabase
from shared_schema.fields import default, now, one_of
from shared_schema.releases import streams
from shared_schema.releases.files import Migration

Around = Callable[[Migration], AbstractContextManager[Any]]


class Migrator(peewee_migrate.Migrator):
    """Runs the queued operations, then asks the engine whether every reference still has its row.

    `orm`, the models as the migrations so far have made them, is there for whoever asks for it: only then are the
    applied migrations replayed. Migrations in SQL need no models, and so a file that can no longer be replayed (it asks
    the database, say, and a replay has no answers) stands in nobody's way.
    """

    def __init__(self, database: Any, replay: Callable[["Migrator"], None] = lambda _: None) -> None:
        self._replay: Callable[[Migrator], None] | None = replay
        super().__init__(database)

    @property
    def orm(self) -> Any:
        if self._replay is not None:
            replay, self._replay = self._replay, None
            queued, self.__ops__ = self.__ops__, []
            replay(self)
            self.__ops__ = queued
        return self._orm

    @orm.setter
    def orm(self, models: Any) -> None:
        self._orm = models

    def __call__(self) -> None:
        super().__call__()  # type: ignore[no-untyped-call]  # peewee-migrate has no types
        references.check(self.__database__)


class StreamRouter(peewee_migrate.Router):
    """The migrations of one stream on one database. Make a new one after a failure: the old one keeps its queue.

    `around` is entered within the transaction of each migration. An error that it raises undoes the migration.
    """

    def __init__(self, db: LibsqlDatabase, stream: str, around: Around = lambda _: nullcontext()) -> None:
        self.around = around
        path = streams.directory(stream)
        if not path.is_dir():
            raise ValueError(f"no stream {stream!r}")
        self.stream = stream
        super().__init__(db, path, migrate_table=streams.history_table(stream), migrator_class=Migrator)

    @cached_property
    def model(self) -> Any:
        """A history model of this router's own: the library has one class for the whole process."""

        class History(peewee.Model):
            name = peewee.TextField(unique=True)
            phase = peewee.TextField(constraints=[default("expand"), one_of("phase", "expand", "contract")])
            checksum = peewee.TextField(constraints=[default("")])
            migrated_at = now()

            class Meta:
                database = self.database
                table_name = self.migrate_table
                legacy_table_names = False  # or the unique index has one name for all, and only the first table gets it
                strict_tables = True

        History.create_table(safe=True)
        return History

    @cached_property
    def migrator(self) -> Migrator:
        """A migrator which replays the applied migrations as soon as it is asked for its models."""
        return Migrator(self.database, self._replay)

    def _replay(self, migrator: Migrator) -> None:
        """Replay the applied migrations whose files are here; one that fails gives no models, and is passed over."""
        for name in [name for name in self.done if name in self.todo]:
            with suppress(Exception), mock.patch.multiple(LibsqlDatabase, fetch=mock.DEFAULT, batch=mock.DEFAULT):
                self.run_one(name, migrator)

    def run_one(self, name: str, migrator: Any, *, fake: bool = True, downgrade: bool = False, **options: Any) -> str:
        if fake:
            return str(super().run_one(name, migrator, fake=True, **options))
        file = streams.read(self.stream, name)
        with references.foreign_keys_off(self.database), self.database.atomic(), self.around(file):
            # Another process may have run it before this transaction began. From here on no other can.
            was_faster = (name in self.done) is not downgrade
            super().run_one(name, migrator, fake=was_faster, downgrade=downgrade, **options)
            if not was_faster and not downgrade:
                self._note(file)
            return name

    def _note(self, file: Migration) -> None:
        """Write phase and checksum into the history, for code that does not have the file."""
        update = self.model.update(phase=file.phase, checksum=file.checksum)
        update.where(self.model.name == file.name).execute()
