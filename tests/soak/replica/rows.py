"""What the writer writes and how a reader knows that what it read is right.

Transaction n adds the row n to two tables, and counts. So the counter is the number of rows of either table, both add
up to the same, and the content of a row follows from its number.
"""

import random
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared_schema.database import Statement

FILLED = 4000  # rows before the soak begins, some megabytes
TABLES = (
    "CREATE TABLE consistency_clock (id INTEGER PRIMARY KEY CHECK (id = 1), tick INTEGER NOT NULL)",
    "CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
    "INSERT INTO counter VALUES (1, 0)",
    "CREATE TABLE ledger (n INTEGER PRIMARY KEY, amount INTEGER NOT NULL, body TEXT NOT NULL)",
    "CREATE TABLE mirror (n INTEGER PRIMARY KEY, amount INTEGER NOT NULL, body TEXT NOT NULL)",
)
_NEXT = "SELECT n + 1, (n + 1) * 7919 % 1000003, printf('%0300d', (n + 1) * 7919) FROM counter"
WRITE = (
    Statement(f"INSERT INTO ledger {_NEXT}"),
    Statement(f"INSERT INTO mirror {_NEXT}"),
    Statement("UPDATE counter SET n = n + 1 RETURNING n"),
)
_TOTALS = "SELECT count(*) AS count, max(n) AS last, sum(amount) AS total, sum(length(body)) AS length FROM"


def queries(known: int) -> list[Statement]:
    """Everything that is checked, with ten rows of the first `known`."""
    some = ", ".join(str(random.randint(1, known)) for _ in range(10))
    return [
        Statement("SELECT n FROM counter"),
        Statement(f"{_TOTALS} ledger"),
        Statement(f"{_TOTALS} mirror"),
        Statement(f"SELECT n, amount, body FROM ledger WHERE n IN ({some})"),
    ]


def wrong(n: int, ledger: dict[str, int], mirror: dict[str, int], some: list[dict[str, object]]) -> str | None:
    """What is wrong with one snapshot; None if nothing is."""
    whole = {"count": n, "last": n, "total": ledger["total"], "length": 300 * n}
    if not ledger == mirror == whole:
        return f"counter {n}, ledger {ledger}, mirror {mirror}"
    for row in some:
        number = int(str(row["n"])) * 7919
        if (row["amount"], row["body"]) != (number % 1000003, f"{number:0300}"):
            return f"row {row}"
    return None


@dataclass(frozen=True)
class Ack:
    """The primary has confirmed transaction `n`, with this tick of its clock, at this moment."""

    at: float
    n: int
    tick: int


class Acks:
    """A file that the writer appends to and readers follow. After a restore of the primary it begins anew."""

    _RECORD = struct.Struct("dqq")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self.epoch = 0
        self.known: list[Ack] = []

    def append(self, n: int, tick: int) -> None:
        with self._path.open("ab") as file:
            file.write(self._RECORD.pack(time.time(), n, tick))

    def follow(self) -> None:
        """Read what was appended since."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = len(data) // self._RECORD.size * self._RECORD.size
        self._read += whole
        for ack in self._acks(data[:whole]):
            if self.known and ack.n < self.known[-1].n:
                self.known, self.epoch = [], self.epoch + 1
            self.known.append(ack)

    def _acks(self, data: bytes) -> Iterator[Ack]:
        return (Ack(*fields) for fields in self._RECORD.iter_unpack(data))

    def least(self, before: float) -> int:
        """What the counter was at that moment at least."""
        return next((ack.n for ack in reversed(self.known) if ack.at <= before), 0)
