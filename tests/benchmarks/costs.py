"""How long the report of AI costs takes on a million calls. `make bench-costs`; ARGS="--calls 100000 --users 0".

A real file with the real schema; calls of so many days, users and exams are written past the service and summed up by
the triggers. Times are CPU of this process: of the rules with their queries, and of a request without the network.
Beside them is what the release before asked of the same rows.
"""

import argparse
import datetime as dt
import functools
import statistics
import sys
import tempfile
import time
import zoneinfo
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

import growth_service.app
import shared_schema.logs
from growth_service.ledger import costs
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.tables import db
from shared_schema.web import tokens
from shared_schema.web.config import Config
from tests import stages

KEYS = {"bench": "a-secret-of-more-than-32-bytes-for-benchmarks"}
ROUNDS = 50
_PICK = "(abs(random()) % {})"
_CALLS = f"""
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :calls)
    INSERT INTO ai_generation_log (purpose, model, success, cost_nanousd, cost_microusd, exam_id, user_id, created_at)
    SELECT 'purpose ' || {_PICK.format(6)}, 'model-' || {_PICK.format(8)}, {_PICK.format(20)} > 0, c, c / 1000,
        iif({_PICK.format(3)}, 1 + {_PICK.format(40)}, NULL),
        iif(:users, 1000 + {_PICK.format("max(:users, 1)")}, NULL),
        unixepoch() - :seconds * (:calls - i) / :calls
    FROM (SELECT i, iif({_PICK.format(50)}, {_PICK.format(50_000_000)}, NULL) AS c FROM n)
"""
# What the release before asked, of all days since the first.
_BEFORE = (
    """
    SELECT purpose, model, sum(cost_microusd), count(*), CAST(round(avg(cost_microusd)) AS INTEGER), avg(success)
    FROM ai_generation_log WHERE created_at >= ? GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
    """,
    """
    SELECT date(created_at, 'unixepoch'), sum(cost_microusd), count(*) FROM ai_generation_log
    WHERE created_at >= ? GROUP BY 1 ORDER BY 1 DESC
    """,
)


def fill(database: LibsqlDatabase, calls: int, days: int, users: int) -> None:
    """Exams, users and calls in the order of time."""
    rows = ", ".join(f"({number}, 'v', '{number}', 'n')" for number in range(1, 41))
    database.execute_sql(f"INSERT INTO exams (id, vendor_id, code, name) VALUES {rows}")
    people = ", ".join(f"({1000 + number}, 'b{number}@x.example', 'n')" for number in range(max(users, 1)))
    database.execute_sql(f"INSERT INTO users (id, email, name) VALUES {people}")
    database.execute_sql(_CALLS, {"calls": calls, "users": users, "seconds": days * 86_400})


def median_ms(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of CPU, which hold on a busy machine, too. Nothing here waits for anything else."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return statistics.median(times) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=30, help="over so many days are they spread")
    parser.add_argument("--users", type=int, default=2000, help="0: all calls are of no user")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "costs.db")
        stages.migrated(path)
        app = growth_service.app.create_app(Config("growth", 0, "127.0.0.1", Settings(f"file:{path}"), KEYS))
        shared_schema.logs.configure(level="ERROR")
        database = LibsqlDatabase(f"file:{path}")
        db.initialize(database)  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
        began = time.process_time()
        fill(database, options.calls, options.days, options.users)
        each_us = (time.process_time() - began) / options.calls * 1e6
        sys.stdout.write(f"{options.calls} calls written and summed up: {each_us:.0f} µs each\n")
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        measure(database, app.test_client())


def measure(database: LibsqlDatabase, client: FlaskClient) -> None:
    """The report before and now, with and without the users, in three zones."""
    now = dt.datetime.now(dt.UTC)
    since = int(now.timestamp()) // 86_400 * 86_400 - 29 * 86_400
    before = median_ms(lambda: [database.execute_sql(sql, (since,)).fetchall() for sql in _BEFORE], 3)
    sys.stdout.write(f"the release before, 30 days in UTC: {before:.1f} ms\n")
    bearer = {"Authorization": f"Bearer {tokens.mint(KEYS, 'growth', 'bench', 'service', ttl_s=3600)}"}
    for zone in ("UTC", "America/New_York", "Asia/Kathmandu"):
        for days, users in ((30, 0), (30, 100), (366, 0)):
            place, url = zoneinfo.ZoneInfo(zone), f"/api/ai/costs?days={days}&timezone={zone}&users={users}"
            rules = median_ms(functools.partial(costs.report, days, place, now, users))
            http = median_ms(functools.partial(client.get, url, headers=bearer))
            ratio = f", {before / rules:.0f} times as fast" if days == 30 else ""
            sys.stdout.write(f"{zone}, {days} days, {users} users: {rules:.2f} ms, over HTTP {http:.2f} ms{ratio}\n")


if __name__ == "__main__":
    main()
