"""A log with entries of several kinds, and what the tests do to it by raw SQL."""

from collections.abc import Callable
from typing import Any

import pytest

from shared_schema import audit
from shared_schema.audit import Actor, seal, verify
from shared_schema.database import LibsqlDatabase, Statement
from tests import damage

ADA = Actor("4", "r-1", "PATCH", "/api/exams/1", "192.0.2.7", role="admin", user_agent="Firefox")
BOT = Actor("growth-bot", role="service")


def fill(database: LibsqlDatabase, count: int) -> None:
    """Add entries, by turns Ada's about exams and the bot's about a user."""
    kinds = [
        lambda n: audit.entry(ADA, "exam.change", "exam", n, old={"name": f"Old {n}"}, new={"name": "Neu, ü"}),
        lambda n: audit.entry(BOT, "user.change", "user", 2, new={"email": f"bob{n}@example.com"}, success=False),
    ]
    database.batch([kinds[n % 2](n) for n in range(count)])


def rows(database: LibsqlDatabase, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = database.fetch([Statement(sql, parameters)], fresh=True)[0].rows
    return stored


def sealed_ids(database: LibsqlDatabase) -> list[int]:
    """The ids of the sealed entries in the order of the chain."""
    return [row["entry_id"] for row in rows(database, "SELECT entry_id FROM audit_seals ORDER BY sequence")]


def broken(database: LibsqlDatabase, *known: seal.Head) -> str | None:
    """What the verification says, page by page of two and all at once; None where it finds nothing wrong."""
    complaints = []
    for page in (2, 1000):
        try:
            verify.walk(database, known, page)
            complaints.append(None)
        except verify.Broken as error:
            complaints.append(str(error))
    assert complaints[0] == complaints[1]
    return complaints[0]


@pytest.fixture
def harm(database: LibsqlDatabase) -> Callable[..., None]:
    """`harm(sql, …)` runs statements past the triggers."""

    def run(*statements: str) -> None:
        database.batch(damage.without_triggers([Statement(sql) for sql in statements]))

    return run
