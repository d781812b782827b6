"""An answer in lines goes out line by line, while the work behind it still goes on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase
from tests.shared_schema.web.server.wire import Wire, head
from tests.study_service.conftest import BANK


@pytest.fixture
def writer(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibsqlDatabase]:
    """Another writer of the service's database."""
    *_, file = sorted(Path(tmp_path_factory.getbasetemp()).glob("served*/pingtopass.db"))
    database = LibsqlDatabase(f"file:{file}")
    yield database
    database.close()


def test_the_first_lines_come_before_anything_is_written(port: int, writer: LibsqlDatabase) -> None:
    body = json.dumps(BANK).encode()
    headers = ("Accept: application/x-ndjson", "Content-Type: application/json", f"Content-Length: {len(body)}")
    start = head("POST", "/api/questions/import?format=pingtopass", *headers, role="admin", user=4)
    writer.execute_sql("BEGIN IMMEDIATE")
    with Wire(port, start + body) as wire:
        came = b""
        while b'"compared"' not in came:
            came += wire.sock.recv(65536)
        assert b"finished" not in came
        writer.execute_sql("ROLLBACK")
        while b'"finished"' not in came:
            came += wire.sock.recv(65536)
    assert b'"status":200' in came
    assert b"x-accel-buffering: no" in came.lower()
