"""Calls in the ledger at any time and price, as a writer of the database leaves them."""

import datetime as dt
import itertools
from typing import Any

from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import caught_up

_numbers = itertools.count(1)


def book(database: LibsqlDatabase, when: str | int, *costs: int | None, **columns: Any) -> None:
    """Calls at a time, each with its cost in nano-dollars; `columns` are further columns of all."""
    at = int(dt.datetime.fromisoformat(when).timestamp()) if isinstance(when, str) else when
    row = {"purpose": "p", "model": "m", "success": 1, "created_at": at} | columns
    calls = [row | {"cost_nanousd": cost, "request_id": f"booked-{next(_numbers)}"} for cost in costs]
    names = list(calls[0])
    insert = f"INSERT INTO ai_generation_log ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"
    database.batch([Statement(insert, tuple(call.values())) for call in calls])
    caught_up()


def slots(database: LibsqlDatabase, dimension: str = "total", seconds: int = 86_400) -> list[dict[str, Any]]:
    """The sums of a dimension by slots of this length, without what is 0 or ''."""
    query = "SELECT * FROM ai_cost_slots WHERE dimension = ? AND seconds = ? ORDER BY 3, 4, 5, 6, 7"
    stored = database.fetch([Statement(query, (dimension, seconds))], fresh=True)[0].rows
    without = ("dimension", "seconds")
    return [{name: value for name, value in row.items() if value and name not in without} for row in stored]
