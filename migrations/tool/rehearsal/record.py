"""The statements that a migration runs, with the structure of the database before and after each."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypedDict, cast

from migrations.tool.schema import sqltext, structure
from migrations.tool.schema.structure import Structure
from shared_schema.database import LibsqlDatabase, errors
from shared_schema.database.binding import Parameters
from shared_schema.database.sql import shape

_BRACKETS = re.compile(r"\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
_TRANSACTION = re.compile(r"\s*(BEGIN|COMMIT|END|ROLLBACK(?!\s+TO))\b", re.IGNORECASE)
_SETTING = re.compile(r"\s*PRAGMA\s+[\w.]+\s*[=(]", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"\s*PRAGMA\s+[\w.]+\s*=", re.IGNORECASE)
_RETURNING = re.compile(r"\bRETURNING\b", re.IGNORECASE)
_PAGES = "SELECT rootpage, tbl_name FROM sqlite_master WHERE rootpage > 0"

# Tables of scratch databases, of which most are the same in each.
_known: structure.Known = {}
_MOST_KNOWN = 2000


class _Page(TypedDict):
    rootpage: int
    tbl_name: str


class _Instruction(TypedDict):
    """A row of EXPLAIN: an instruction of the engine's virtual machine."""

    opcode: str
    p1: int
    p2: int


class _PlanLine(TypedDict):
    """A row of EXPLAIN QUERY PLAN."""

    detail: str


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a migration. `reads` and `writes` are the tables whose rows it reads and changes, `whole` says
    that it goes through all rows and finds none by a key. `error` is the engine's text where it refused the statement.
    `after_query` says that the migration has asked for rows before: with real rows other statements may come before it.
    """

    sql: str
    before: Structure
    after: Structure
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    whole: bool = False
    error: str | None = None
    breaks_check: bool = False
    parameters: Parameters = ()
    after_query: bool = False

    @property
    def text(self) -> str:
        """The statement without layout and comments."""
        return sqltext.plain(self.sql)


@dataclass
class Record:
    """Collects the statements that run on a scratch database while `on`. `ended`: one of them began or ended a
    transaction. `queries` are those that asked for rows `in_migrate`, that is while the function `migrate` itself ran;
    `asked` says that there was one, there or later.
    """

    db: LibsqlDatabase
    on: bool = False
    steps: list[Step] = field(default_factory=list)
    ended: bool = False
    in_migrate: bool = False
    queries: list[str] = field(default_factory=list)
    asked: bool = False
    _read: Structure = field(init=False)
    _version: int | None = field(default=None, init=False)

    def switch_on(self) -> None:
        self.on, self.last = True, self.structure()

    def switch_off(self) -> None:
        self.on = False

    def select(self, sql: str, parameters: Parameters = ()) -> structure.Rows:
        """Rows of a question of our own. It goes past the hooks, for it is no statement of the migration."""
        answer = self.db.connection().execute(sql, parameters)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def structure(self) -> Structure:
        """The structure now, which is read where the engine's number for it is another than at the last reading."""
        (version,) = self.select("PRAGMA schema_version")
        if self._version != version["schema_version"]:
            if len(_known) > _MOST_KNOWN:
                _known.clear()
            self._read, self._version = structure.read(self.select, _known), version["schema_version"]
        return self._read

    def note(self, event: Any) -> None:  # peewee's QueryEvent, which its stubs leave out
        """Add a statement that has just run; peewee calls it. After a refused one only the rollback follows."""
        kind = shape(event.sql)
        self.ended = self.ended or (self.on and _TRANSACTION.match(event.sql) is not None)
        if (bracket := _BRACKETS.match(event.sql)) and bracket[1].upper() == "ROLLBACK":
            self._version = None  # it gives back the number of what it undoes, and the next change takes it again
        if bracket:
            return
        if not self.on:
            return
        parameters = event.params or ()
        step = partial(Step, event.sql, parameters=parameters, after_query=self.asked)
        if (kind.reads and not _ASSIGNMENT.match(event.sql)) or _RETURNING.search(event.sql):
            self.asked = True
            self.queries += [event.sql] if self.in_migrate else []
        if event.exception is not None:
            self.steps.append(self._refused(step, event.sql, parameters, event.exception))
            self.switch_off()
        elif kind.writes:
            reads, writes, whole = self.touched(event.sql, parameters)
            self.steps.append(step(self.last, self.last, reads, writes, whole))
        elif not kind.reads or _SETTING.match(event.sql):
            before, self.last = self.last, self.structure()
            self.steps.append(step(before, self.last))

    def touched(self, sql: str, parameters: Parameters) -> tuple[frozenset[str], frozenset[str], bool]:
        """The tables that the engine reads and writes for a statement, and whether it goes through all rows."""
        pages = cast(list[_Page], self.select(_PAGES))
        tables = {str(page["rootpage"]): page["tbl_name"] for page in pages}
        opened = {"OpenRead": set[str](), "OpenWrite": set[str](), "Clear": set[str]()}
        for instruction in cast(list[_Instruction], self.select(f"EXPLAIN {sql}", parameters)):
            page = instruction["p1"] if instruction["opcode"] == "Clear" else instruction["p2"]
            opened.get(instruction["opcode"], set()).add(tables.get(str(page), ""))
        plan = cast(list[_PlanLine], self.select(f"EXPLAIN QUERY PLAN {sql}", parameters))
        reads, writes = opened["OpenRead"] - {""}, (opened["OpenWrite"] | opened["Clear"]) - {""}
        return frozenset(reads), frozenset(writes), not any(line["detail"].startswith("SEARCH") for line in plan)

    def _refused(self, step: Callable[..., Step], sql: str, parameters: Parameters, error: Exception) -> Step:
        """A statement that the engine refused: `reads` and `writes` are known where it refused a row alone."""
        reads, writes = frozenset[str](), frozenset[str]()
        with suppress(errors.Error):
            reads, writes, _ = self.touched(sql, parameters)
        breaks_check = isinstance(errors.cause(error), errors.Check)
        return step(self.last, self.last, reads, writes, error=str(error), breaks_check=breaks_check)
