"""The second floor: the statements of an operation, as they were recorded, run again by Python's own sqlite3, which
keeps prepared statements.

They run in a process of their own, in which the driver does not open the file:
SQLite compiled twice into one process loses locks.
"""

import json
import os
import pickle
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

Statements = list[tuple[str, tuple[Any, ...]]]
Run = tuple[Statements, Statements]  # the reads before the transaction, and the transaction
_PREPARED = 1000


def medians_ms(file: Path, pragmas: dict[str, Any], recorded: dict[str, list[Run]], skip: int) -> dict[str, float]:
    """Milliseconds by operation, the first `skip` runs left out. What this sqlite3 cannot run is missing, and told.

    The file is as it was before the first recorded run, and the runs come in the order in which they were recorded.
    """
    notes = file.with_suffix(".recorded")
    notes.write_bytes(pickle.dumps((str(file), pragmas, recorded, skip)))
    command = [sys.executable, "-m", "tests.benchmarks.hot.replay", str(notes)]
    ran = subprocess.run(command, env=os.environ, check=True, stdout=subprocess.PIPE, text=True)
    medians: dict[str, float | str] = json.loads(ran.stdout)
    for name, error in medians.items():
        if isinstance(error, str):
            sys.stderr.write(f"{name}: sqlite3 {sqlite3.sqlite_version} does not run its statements: {error}\n")
    return {name: median for name, median in medians.items() if isinstance(median, float)}


def main() -> None:
    file, pragmas, recorded, skip = pickle.loads(Path(sys.argv[1]).read_bytes())
    connection = sqlite3.connect(file, isolation_level=None, cached_statements=_PREPARED)
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}")
    json.dump({name: _median_ms(connection, runs, skip) for name, runs in recorded.items()}, sys.stdout)


def _median_ms(connection: sqlite3.Connection, runs: list[Run], skip: int) -> float | str:
    try:
        return statistics.median([_seconds(connection, *run) for run in runs][skip:]) * 1e3
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return str(error)


def _seconds(connection: sqlite3.Connection, reads: Statements, writes: Statements) -> float:
    began = time.perf_counter()
    for sql, values in reads:
        connection.execute(sql, values).fetchall()
    if writes:
        connection.execute("BEGIN IMMEDIATE")
        for sql, values in writes:
            connection.execute(sql, values).fetchall()
        connection.execute("COMMIT")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
