"""The process behind `bare.Driver`. It reads where to connect, then statements to run, and answers with the seconds."""

import json
import sys
import time
from typing import Any

from shared_schema.database.local import driver

Statements = list[tuple[str, tuple[Any, ...]]]


def main() -> None:
    where = json.loads(sys.stdin.readline())
    connection = _connect(**where)
    _run(connection, [], [("SELECT 1", ())])  # so that its connections are open
    _answer(0.0)
    for line in sys.stdin:
        reads, writes = json.loads(line)
        start = time.perf_counter()
        _run(connection, reads, writes)
        _answer(time.perf_counter() - start)


def _connect(url: str, token: str, replica: str | None) -> Any:
    if replica is None:
        return driver.connect(url, auth_token=token, isolation_level=None)
    connection = driver.connect(replica, sync_url=url, auth_token=token, isolation_level=None)
    connection.sync()
    return connection


def _run(connection: Any, reads: Statements, writes: Statements) -> None:
    transaction: Statements = [("BEGIN IMMEDIATE", ()), *writes, ("COMMIT", ())] if writes else []
    for sql, values in [*reads, *transaction]:
        cursor = connection.cursor()
        cursor.execute(sql, tuple(values))
        if cursor.description:
            cursor.fetchall()


def _answer(seconds: float) -> None:
    sys.stdout.write(f"{seconds}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
