"""The plans of the statements that a route runs, as the engine gives them, and which of them walk a whole table."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase, Statement

Plans = Callable[[Callable[[], Any]], dict[str, list[str]]]


@pytest.fixture
def plans(database: LibsqlDatabase) -> Plans:
    """The plans of the statements that an action runs, by their SQL."""

    def watch(action: Callable[[], Any]) -> dict[str, list[str]]:
        events: list[Any] = []
        database.query_hooks.append(events.append)
        try:
            response = action()
        finally:
            database.query_hooks.remove(events.append)
        assert response is None or response.status_code < 300, response.json
        own = [
            event for event in events if not event.sql.startswith("SELECT tick FROM consistency_clock")
        ]  # every read of a replica asks it
        return {event.sql: _plan(database, event.sql, event.params) for event in own}

    return watch


def _plan(database: LibsqlDatabase, sql: str, parameters: Any) -> list[str]:
    (result,) = database.fetch([Statement(f"EXPLAIN QUERY PLAN {sql}", parameters)])
    return [row["detail"] for row in result.rows]


def walks(plans: dict[str, list[str]]) -> list[str]:
    """The steps that read a whole table. What a client sent is a table as well, and so is what a
    subquery made of what was read; both are read once.

    An INSERT shows the tables that refer to the new row. They are read only in a transaction that has deferred
    violations of foreign keys, and ours has none that can be deferred.
    """
    scans = []
    for sql, steps in plans.items():
        for step in steps:
            sent = re.match(r"SCAN (json_each|[njpw]|wanted) VIRTUAL TABLE", step)
            made = re.match(
                r"SCAN (CONSTANT ROW|entry|outcomes|sent|ready|version|author|gone|expiring|later|best|\(subq.*\))$",
                step,
            )
            days = step in ("SCAN days", "SCAN cost", "SCAN tags")  # of a window; one row; the tags of a page
            refers = re.match(r"\s*INSERT INTO (tweets|twitter_accounts)", sql) and re.search(
                "engagement_opportunities|tweet_metrics_days|send_attempts", step
            )
            if step.startswith("SCAN") and not sent and not made and not refers and not days:
                scans.append(f"{step}: {sql}")
    return scans


def uses(plans: dict[str, list[str]], index: str) -> bool:
    return any(index in step for steps in plans.values() for step in steps)
