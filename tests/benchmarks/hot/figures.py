"""The result of a benchmark: a row for each size, mode and operation, and the same in a file of JSON."""

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """`rows_read` is a server's own count; on a file it is the rows that were returned.

    `db_ms` is the time in the database of one request in a process of its own, `bare_db_ms` that of the same statements
    in Python's sqlite3; None in the modes with a server, and where sqlite3 cannot run them. `cpu_us` is of the workers
    under 32 connections, `bare_us` of a bare view, `cpu_ratio` the median of their quotients; `server_us` is of
    the libSQL server for the same requests.
    """

    size: str
    mode: str
    operation: str
    service: str
    statements: float
    rows_read: float
    round_trips: float
    db_ms: float
    bare_db_ms: float | None
    p50_ms: float
    p95_ms: float
    cpu_us: float
    bare_us: float
    cpu_ratio: float
    server_us: float | None
    per_second: float

    @property
    def db_ratio(self) -> float | None:
        return self.db_ms / self.bare_db_ms if self.bare_db_ms else None

    @property
    def place(self) -> tuple[str, str, str]:
        return self.size, self.mode, self.operation


@dataclass(frozen=True, slots=True)
class Failed:
    """An operation that could not be measured, since a request was not answered as it should be."""

    size: str
    mode: str
    operation: str
    reason: str


def write(rows: Sequence[Any], file: Path) -> None:
    """Rows, which are dataclasses, with the machine and the time, as JSON."""
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    document = {"measured_at": int(time.time()), "machine": machine, "rows": [asdict(row) for row in rows]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=1) + "\n")


def measured_at(file: Path) -> int:
    """When a result was measured, in epoch seconds."""
    return int(json.loads(file.read_text())["measured_at"])


def read(file: Path) -> list[Row]:
    """The rows of an earlier result."""
    stored: list[dict[str, Any]] = json.loads(file.read_text())["rows"]
    return [Row(**row) for row in stored]
