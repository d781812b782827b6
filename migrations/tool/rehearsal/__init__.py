"""Migrations run on a scratch copy of a database's schema, statement by statement, with nothing changed anywhere else.

Not for a serving process, for the router's reason.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from migrations.tool import router
from migrations.tool.rehearsal import scratch
from migrations.tool.rehearsal.record import Record, Step
from migrations.tool.rehearsal.scratch import Image
from migrations.tool.schema import references
from migrations.tool.schema.structure import Structure
from shared_schema.database import Database
from shared_schema.releases import streams
from shared_schema.releases.files import Written

_ENDED = "it begins or ends a transaction itself: a migration is one transaction, or a failure would leave half of it"
_ADD_COLUMN = re.compile(r"\s*ALTER\s+TABLE\s.*?\sADD\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a migration did to the scratch database. `error` says why it failed: then it was rolled back.

    `back` is the rehearsal of its rollback, on what it left; None where it has none or failed.
    """

    written: Written
    before: Structure
    after: Structure
    steps: tuple[Step, ...]
    error: str | None = None
    back: "Rehearsed | None" = None

    @property
    def schema(self) -> dict[str, str]:
        """The text of every object by name, layout apart; `structure.texts` gives the same of a real database."""
        return self.after.texts


class _Router(router.StreamRouter):
    """Says to the record when the migration itself speaks."""

    record: Record | None = None

    def read(self, name: str) -> tuple[Any, Any]:
        migrate, rollback = super().read(name)  # type: ignore[no-untyped-call]
        return self._recorded(migrate), self._recorded(rollback)

    def _recorded(self, function: Callable[..., None]) -> Callable[..., None]:
        def recorded(migrator: Any, database: Any, *, fake: bool = False) -> None:
            record = self.record
            if fake or record is None:
                function(migrator, database, fake=fake)
                return
            record.switch_on()
            function(migrator, database, fake=fake)
            record.switch_off()
            migrator.__ops__ = [record.switch_on, *migrator.__ops__, record.switch_off]

        return recorded


def everything() -> list[Written]:
    """All migrations of all streams, in an order in which an empty database can take them."""
    return [streams.read(stream, name) for stream in streams.NEEDS for name in streams.written(stream)]


def rehearse(db: Database | None, wanted: Sequence[Written]) -> list[Rehearsed]:
    """Run migrations, in this order, on a scratch copy of `db`'s schema, or of nothing. Stops after one that fails.

    Each finds one row in every table, so that the engine refuses what it would refuse on tables with rows. The
    database is read in two round trips and not changed.
    """
    of, done = Image() if db is None else scratch.image(db), list[Rehearsed]()
    for written in wanted:
        rehearsed, of = _rehearse(of, written)
        done.append(rehearsed)
        if rehearsed.error:
            break
    return done


def rehearse_down(db: Database, written: Written) -> Rehearsed:
    """The same for the rollback of a migration that the database has had."""
    return _run(scratch.image(db), written, down=True)[0]


def _rehearse(of: Image, written: Written) -> tuple[Rehearsed, Image]:
    up, left = _run(of, written)
    if up.error or not written.goes_back:
        return up, left
    back, _ = _run(left, written, down=True)
    return Rehearsed(up.written, up.before, up.after, up.steps, None, back), left


def _run(of: Image, written: Written, *, down: bool = False) -> tuple[Rehearsed, Image]:
    """With made-up rows; without, where it is these that it stumbles over."""
    full, left, untrue = _once(of, written, down, sample_rows=True)
    if full.error is None:
        return full, left
    empty, left, _ = _once(of, written, down, sample_rows=False)
    return (full, of) if empty.error is None and _for_a_rows_sake(full, untrue) else (empty, left)


def _for_a_rows_sake(full: Rehearsed, untrue: frozenset[str]) -> bool:
    """Any real row would make the engine refuse this, not ours alone."""
    last = full.steps[-1] if full.steps else None
    if last is None or last.error is None or not _ADD_COLUMN.match(last.text):
        return False
    return not (untrue and "CHECK" in last.error)


def _once(of: Image, written: Written, down: bool, *, sample_rows: bool) -> tuple[Rehearsed, Image, frozenset[str]]:
    db, untrue = scratch.make(of, sample_rows=sample_rows)
    try:
        record = Record(db)
        before = record.structure()
        error = _attempt(record, written, down)
        rehearsed = Rehearsed(written, before, record.structure(), tuple(record.steps), error)
        return rehearsed, scratch.image(db), untrue
    finally:
        db.close()


def _attempt(record: Record, written: Written, down: bool) -> str | None:
    """Why it failed, if it did."""
    error = _tried(record, written, down)
    return _ENDED if record.ended else error


def _tried(record: Record, written: Written, down: bool) -> str | None:
    db, own = record.db, _Router(record.db, written.stream)
    own.record = record
    db.query_hooks.append(record.note)
    try:
        own.run_one(written.name, own.migrator, fake=False, downgrade=down)
    except (peewee.PeeweeException, references.BrokenReferences) as error:
        return str(error)
    except Exception as error:  # a migration is a program: whatever it raises is what there is to say of it
        return f"{type(error).__name__}: {error}"
    finally:
        record.switch_off()
        db.query_hooks.clear()
    return None
