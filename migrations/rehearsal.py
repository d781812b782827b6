"""Migrations run on a scratch copy of a database's schema, statement by statement, with nothing changed anywhere else.

Not for a serving process, for the router's reason.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import peewee
from peewee_migrate.logs import logger

from migrations import router, scratch, streams, structure
from migrations.scratch import Image
from migrations.structure import Structure
from migrations.written import Written
from shared_schema.database import Database
from shared_schema.database.sql import shape

_BRACKETS = re.compile(r"\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
_SETTING = re.compile(r"\s*PRAGMA\s+[\w.]+\s*[=(]", re.IGNORECASE)
_DATA = re.compile(r"\s*(INSERT|REPLACE|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
_ADD_COLUMN = re.compile(r"\s*ALTER\s+TABLE\s.*?\sADD\b", re.IGNORECASE | re.DOTALL)
_PAGES = "SELECT rootpage, tbl_name FROM sqlite_master WHERE rootpage > 0"


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a migration. `reads` and `writes` are the tables whose rows it reads and changes; `whole` says
    that it walks through all of them; `error` is the engine's text where it refused.
    """

    sql: str
    before: Structure
    after: Structure
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    whole: bool = False
    error: str | None = None


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


@dataclass
class _Record:
    """Watches a scratch database, and notes what is said while `on`."""

    db: Database
    on: bool = False
    steps: list[Step] = field(default_factory=list)

    def switch_on(self) -> None:
        self.on, self.last = True, self.structure()

    def switch_off(self) -> None:
        self.on = False

    def ask(self, sql: str, parameters: Any = ()) -> list[dict[str, Any]]:
        """Past the hooks: what we ask is not part of the migration."""
        answer = self.db.connection().execute(sql, parameters)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def structure(self) -> Structure:
        return structure.read(self.ask)

    def note(self, event: Any) -> None:
        """peewee calls it after each statement, refused ones included."""
        said = shape(event.sql)
        if not self.on or _BRACKETS.match(event.sql) or (said.reads and not _SETTING.match(event.sql)):
            return
        before, error = self.last, None if event.exception is None else str(event.exception)
        if _DATA.match(event.sql):
            reads, writes, whole = ((), (), False) if error else self.touched(event.sql, event.params or ())
            self.steps.append(Step(event.sql, before, before, frozenset(reads), frozenset(writes), whole, error))
            return
        self.last = before if error else self.structure()
        self.steps.append(Step(event.sql, before, self.last, error=error))

    def touched(self, sql: str, parameters: Any) -> tuple[set[str], set[str], bool]:
        """The tables that the engine itself opens for the statement, and whether it looks for rows by a key."""
        pages = {str(row["rootpage"]): row["tbl_name"] for row in self.ask(_PAGES)}
        opened = {"OpenRead": set[str](), "OpenWrite": set[str](), "Clear": set[str]()}
        for row in self.ask(f"EXPLAIN {sql}", parameters):
            page = row["p1"] if row["opcode"] == "Clear" else row["p2"]
            opened.get(row["opcode"], set()).add(pages.get(str(page), ""))
        plan = [row["detail"] for row in self.ask(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        changes = (opened["OpenWrite"] | opened["Clear"]) - {""}
        return opened["OpenRead"] - {""}, changes, not any(line.startswith("SEARCH") for line in plan)


class _Router(router.StreamRouter):
    """Says to the record when the migration itself speaks, and bears histories whose files are gone."""

    record: _Record | None = None

    def read(self, name: str) -> tuple[Any, Any]:
        if name not in streams.written(self.stream):
            return _nothing, _nothing
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
    if last is None or last.error is None or not _ADD_COLUMN.match(last.sql):
        return False
    return not (untrue and "CHECK" in last.error)


def _once(of: Image, written: Written, down: bool, *, sample_rows: bool) -> tuple[Rehearsed, Image, frozenset[str]]:
    db, untrue = scratch.make(of, sample_rows=sample_rows)
    try:
        record = _Record(db)
        before = record.structure()
        error = _attempt(record, written, down)
        rehearsed = Rehearsed(written, before, record.structure(), tuple(record.steps), error)
        return rehearsed, scratch.image(db), untrue
    finally:
        db.close()


def _attempt(record: _Record, written: Written, down: bool) -> str | None:
    """Why it failed, if it did."""
    db, own = record.db, _Router(record.db, written.stream)
    own.record = record
    db.query_hooks.append(record.note)
    try:
        with _quiet():
            own.run_one(written.name, own.migrator, fake=False, downgrade=down)
    except (peewee.PeeweeException, router.BrokenReferences) as error:
        return str(error)
    except Exception as error:  # a migration is a program: whatever it raises is what there is to say of it
        return f"{type(error).__name__}: {error}"
    finally:
        record.switch_off()
        db.query_hooks.clear()
    return None


@contextmanager
def _quiet() -> Iterator[None]:
    """The library tells of each operation as if it were real."""
    was, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was


def _nothing(migrator: Any, database: Any, *, fake: bool = False) -> None:
    """A migration whose file is gone."""
