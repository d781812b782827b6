"""A server ends a transaction that holds the write lock for more than five seconds while others wait."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from study_service.importing import imports
from tests.study_service.conftest import BANK, everything, post_bank, row

pytestmark = pytest.mark.only("server")  # a file has no such limit, and a replica writes to a server
# About a second of work for the engine; a dozen of them are more than five on a machine twice as fast.
SLOW = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000000) SELECT max(i) FROM n"


def test_an_import_that_others_wait_for_too_long_is_refused_and_changes_nothing(
    ada: FlaskClient,
    bank: dict[str, Any],
    database: LibsqlDatabase,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps, began, other = imports._steps, threading.Event(), LibsqlDatabase(settings)

    def slowly(*arguments: Any) -> list[Any]:
        began.set()
        return [*steps(*arguments), *[Statement(SLOW)] * 12]

    def write() -> None:
        began.wait(60)
        other.batch([Statement("UPDATE users SET bio = 'written meanwhile' WHERE id = 1")])

    monkeypatch.setattr(imports, "_steps", slowly)
    before, writer = everything(database), threading.Thread(target=write)
    writer.start()
    refused = post_bank(ada, BANK | {"questions": BANK["questions"][:3], "examName": "Another name"})
    writer.join()
    other.close()
    assert (refused.status_code, refused.json["detail"]) == (
        409, "others waited too long for these changes, and nothing was imported: send it in parts",
    )  # fmt: skip
    assert row(database, "users", 1)["bio"] == "written meanwhile"
    assert everything(database) == before


def test_another_failure_of_the_database_is_not_taken_for_that(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To send it in parts would not help: the database has lost a table."""
    steps = imports._steps
    lost = Statement("SELECT 1 FROM lost_table")
    monkeypatch.setattr(imports, "_steps", lambda *arguments: [*steps(*arguments), lost])
    before = everything(database)
    failed = post_bank(ada, BANK | {"examName": "Another name"})
    assert (failed.status_code, failed.json["code"]) == (500, "INTERNAL_ERROR")
    assert everything(database) == before
