"""Slow statements are logged with their SQL and plan, by the engine that ran them, and without any value."""

import io
import json
import queue
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import shared_schema.logs
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.database.usage import Slow, Use
from shared_schema.web import logs, slow_queries
from shared_schema.web.config import Observing
from tests.conftest import caught_up
from tests.faults.hosts import wait_until
from tests.servers import Proxy

# Counts to a million, which takes any machine longer than the limit; the second part reads `users` by its key.
COUNT = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000000)
    SELECT max(n) + :more AS highest FROM numbers WHERE (SELECT name FROM users WHERE id = :id) <> :secret
"""
SHOWN = " ".join(re.sub(r":\w+", "?", COUNT).split())
VALUES = {"more": 17, "id": 1, "secret": "quark"}


@pytest.fixture(autouse=True)
def explainer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start a new thread for plans: the one before may still wait for the database of an earlier test."""
    monkeypatch.setattr(slow_queries, "_waiting", queue.Queue(50))
    slow_queries._start.cache_clear()
    yield
    slow_queries._start.cache_clear()


@pytest.fixture
def lines(study_app: Flask) -> Iterator[Any]:
    """`lines(event)`: what has been logged as this event."""
    stream = io.StringIO()
    shared_schema.logs.configure(stream)
    yield lambda event: [
        line for text in stream.getvalue().splitlines() if (line := json.loads(text))["event"] == event
    ]
    shared_schema.logs.configure(sys.stdout)


def service(database: LibsqlDatabase, limit_s: float) -> Flask:
    app = Flask("probe")
    logs.follow(app, Observing(slow_query_s=limit_s))

    @app.get("/slow")
    def slow() -> str:
        one, other = database.fetch([Statement(COUNT, VALUES), Statement("SELECT count(*) AS n FROM users")])
        assert other.value(int) == 4
        return str(one.value(int))

    return app


def test_a_slow_statement_is_logged_with_its_plan_and_the_ids_of_its_request(
    lines: Any, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_queries, "_plans", {})
    caught_up()  # a replica at rest may be locked by the process that keeps it
    client = service(database, 0.05).test_client()

    def slow() -> list[dict[str, Any]]:
        """On a busy machine the other statement may be slow, too."""
        return [line for line in lines("slow statement") if line["sql"] == SHOWN]

    for n in (1, 2):
        assert client.get("/slow", headers={"X-Request-ID": f"slow-{n}"}).text == "1000017"
        wait_until(lambda n=n: len(slow()) == n)
    first, second = sorted(slow(), key=lambda line: line["request_id"])
    assert [first["request_id"], second["request_id"]] == ["slow-1", "slow-2"]
    assert first["trace_id"] != second["trace_id"]
    for line in (first, second):
        assert 50 <= line["ms"] < 60_000
        assert line["rows_read"] >= 1
        assert any("SEARCH users USING INTEGER PRIMARY KEY" in step for step in line["plan"])
    asked = [" ".join(sql.split()) for sql in slow_queries._plans]
    assert asked.count(SHOWN) == 1
    assert set(asked) == {line["sql"] for line in lines("slow statement")}, "no plan of a quick one was asked for"
    assert "quark" not in json.dumps(lines("slow statement"))


def test_quick_statements_are_not_logged(lines: Any, database: LibsqlDatabase) -> None:
    assert service(database, 60).test_client().get("/slow").status_code == 200
    assert lines("slow statement") == []


@pytest.mark.only("file")
def test_a_statement_that_waited_for_another_writer_has_no_plan_and_is_told(
    lines: Any, database: LibsqlDatabase
) -> None:
    app = Flask("probe")
    logs.follow(app, Observing(slow_query_s=0.05))

    @app.get("/locked")
    def locked() -> str:
        holder = LibsqlDatabase(database.settings)
        waiting = LibsqlDatabase(database.settings, timeout=0.2)
        with holder.atomic():
            holder.execute_sql("UPDATE users SET name = name")
            with pytest.raises(Exception, match="locked"):
                waiting.batch([Statement("UPDATE users SET name = 'quark'")])
        holder.close()
        waiting.close()
        return "waited"

    assert app.test_client().get("/locked").text == "waited"
    (line,) = lines("slow statement")
    assert (line["sql"], line["plan"]) == ("BEGIN IMMEDIATE", None)
    assert line["ms"] >= 200


@pytest.mark.only("server")
def test_a_slow_network_is_told_apart_from_a_slow_statement(lines: Any, database: LibsqlDatabase, primary: Any) -> None:
    app = Flask("probe")
    logs.follow(app, Observing(slow_query_s=0.3))

    @app.get("/far")
    def far() -> str:
        from_far = LibsqlDatabase(near.settings)
        counts = from_far.fetch([Statement("SELECT 1 AS n"), Statement("SELECT 2 AS n")])
        from_far.close()
        return str(sum(count.value(int) for count in counts))

    with Proxy(primary.server.port, rtt_s=0.4) as proxy:
        near = LibsqlDatabase(Settings(proxy.url, primary.server.token))
        assert app.test_client().get("/far").text == "3"
    (line,) = lines("slow database call")
    assert line["statements"] == 2
    assert line["ms"] >= 400
    assert lines("slow statement") == []


def test_a_plan_makes_no_database_where_the_file_was_moved_away(
    lines: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_queries, "_plans", {})
    moved = Settings(f"file:{tmp_path}/moved.db")
    monkeypatch.setattr(slow_queries, "db", LibsqlDatabase(moved))  # it is opened at its first use
    slow_queries.log(Use(slow=[Slow("SELECT 1", 2.0, 0)]))
    wait_until(lambda: lines("slow statement"))
    assert lines("slow statement")[0]["plan"] == []
    assert not (tmp_path / "moved.db").exists()
