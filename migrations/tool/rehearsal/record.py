"""What a migration says to a database, statement by statement, with the structure before and after each."""

import re
from dataclasses import dataclass, field
from typing import Any

from migrations.tool.schema import sqltext, structure
from migrations.tool.schema.structure import Structure
from shared_schema.database import Database
from shared_schema.database.sql import shape

_BRACKETS = re.compile(r"\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
_TRANSACTION = re.compile(r"\s*(BEGIN|COMMIT|END|ROLLBACK(?!\s+TO))\b", re.IGNORECASE)
_SETTING = re.compile(r"\s*PRAGMA\s+[\w.]+\s*[=(]", re.IGNORECASE)
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

    @property
    def text(self) -> str:
        """The statement without layout and comments."""
        return sqltext.plain(self.sql)


@dataclass
class Record:
    """Watches a scratch database, and notes what is said while `on`."""

    db: Database
    on: bool = False
    steps: list[Step] = field(default_factory=list)
    ended: bool = False  # the migration has ended or begun a transaction itself

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
        """peewee calls it after each statement. A refused one is the last: what follows is the way out."""
        said = shape(event.sql)
        self.ended = self.ended or (self.on and _TRANSACTION.match(event.sql) is not None)
        if not self.on or _BRACKETS.match(event.sql):
            return
        if event.exception is not None:
            self.steps.append(Step(event.sql, self.last, self.last, error=str(event.exception)))
            self.switch_off()
        elif said.writes:
            self.steps.append(Step(event.sql, self.last, self.last, *self.touched(event.sql, event.params or ())))
        elif not said.reads or _SETTING.match(event.sql):
            before, self.last = self.last, self.structure()
            self.steps.append(Step(event.sql, before, self.last))

    def touched(self, sql: str, parameters: Any) -> tuple[frozenset[str], frozenset[str], bool]:
        """The tables that the engine itself opens for the statement, and whether it looks for rows by a key."""
        pages = {str(row["rootpage"]): row["tbl_name"] for row in self.ask(_PAGES)}
        opened = {"OpenRead": set[str](), "OpenWrite": set[str](), "Clear": set[str]()}
        for row in self.ask(f"EXPLAIN {sql}", parameters):
            page = row["p1"] if row["opcode"] == "Clear" else row["p2"]
            opened.get(row["opcode"], set()).add(pages.get(str(page), ""))
        plan = [row["detail"] for row in self.ask(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        reads, writes = opened["OpenRead"] - {""}, (opened["OpenWrite"] | opened["Clear"]) - {""}
        return frozenset(reads), frozenset(writes), not any(line.startswith("SEARCH") for line in plan)
