"""Edits as tests send them, and the versions that they make."""

from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import (
    everything,
    patch,
    rows,
)  # fmt: skip

Q0 = "Routing question 0"  # a is right


SENT = [{"id": name, "text": text, "isCorrect": name == "a"} for name, text in zip("abcd", "wxyz", strict=True)]


def options(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The four options, the first ones with changes."""
    return [option | change for option, change in zip(SENT, [*changes, {}, {}, {}, {}], strict=False)]


def versions(database: LibsqlDatabase, question: int) -> list[dict[str, Any]]:
    return rows(database, "SELECT * FROM question_versions WHERE question_id = ? ORDER BY version", question)


MODEL = "gpt-4o-mini"


TEXTS = {"a": "w", "b": "X", "c": "y", "d": "z"}


MOVED = [{"id": name, "text": text, "isCorrect": name == "b"} for name, text in TEXTS.items()]


def all_rows(database: LibsqlDatabase) -> dict[str, list[dict[str, Any]]]:
    return everything(database) | {"question_versions": rows(database, "SELECT * FROM question_versions")}


def statuses(database: LibsqlDatabase, question: int) -> list[str]:
    return [version["review_status"] for version in versions(database, question)]


def propose(moderator: FlaskClient, question: int, **body: Any) -> int:
    response = patch(moderator, question, aiModel=MODEL, **body)
    assert response.status_code == 202, response.json
    number: int = response.json["version"]
    return number
