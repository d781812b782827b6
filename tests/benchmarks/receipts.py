"""How many bytes of the database a request with an Idempotency-Key takes. `make bench-receipts`.

Real services on files: a learner has sessions of twenty questions and a test, a bot files posts, drafts replies to them
and reports AI calls, each POST with a key of its own. Then all receipts are made older than they are kept, and the same
is sent again, several times: the pages of their tables, with indexes and empty pages, must not grow any more. `--tree`
names another checkout, which is measured by the same Python.
"""

import argparse
import json
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.served import Served, served
from tests.growth_service.conftest import LEDGER, QUEUE, TWEETS, call, tweet_id, x_response, x_tweet
from tests.servers import ROOT

SESSIONS, QUESTIONS, POSTS = 40, 20, 400
ROUNDS = 4
AGE_S = 8 * 24 * 3600
# The bytes of a receipt in each table of keys; a release before has only the second.
TABLES = {
    "receipts": "octet_length(receipt) + coalesce(octet_length(known), 0)",
    "idempotency_keys": "octet_length(receipt)",
}
_ROUTES = "SELECT endpoint, count(*), avg({bytes}) FROM {table} GROUP BY endpoint ORDER BY endpoint"
_PAGES = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = ?)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout to measure")
    tree = parser.parse_args().tree.resolve()
    for service, send in (("study", learn), ("growth", engage)):
        with served(tree, str(tree), service) as running:
            measure(service, running, send)


def measure(service: str, running: Served, send: Callable[[Served, int], int]) -> None:
    """Send everything in rounds, and tell after each what there is."""
    database = LibsqlDatabase(f"file:{running.directory}/pingtopass.db")
    tables = [table for table in TABLES if database.table_exists(table)]
    for table in tables:
        database.execute_sql(f"DELETE FROM {table}")  # the demo's
    for number in range(1, ROUNDS + 1):
        sent = send(running, number)
        if number == 1:
            _tell_routes(service, database, tables)
        rows = sum(_value(database, f"SELECT count(*) FROM {table}") for table in tables)
        size = sum(_value(database, _PAGES, table) for table in tables)
        each = f"{size / sent:.0f} bytes of pages a request"
        sys.stdout.write(f"{service}, round {number}: {sent} requests, {rows} rows, {size / 1024:.0f} KiB, {each}\n")
        for table in tables:
            database.execute_sql(f"UPDATE {table} SET created_at = created_at - {AGE_S}")
    database.close()


def _tell_routes(service: str, database: LibsqlDatabase, tables: list[str]) -> None:
    for table in tables:
        read = _ROUTES.format(table=table, bytes=TABLES[table])
        for endpoint, count, size in database.execute_sql(read).fetchall():
            sys.stdout.write(f"{service}: {count} receipts of {endpoint}, {size:.0f} bytes each\n")


def _value(database: LibsqlDatabase, sql: str, *parameters: str) -> int:
    value: int = database.execute_sql(sql, parameters).fetchone()[0]
    return value


def learn(running: Served, _: int) -> int:
    """A learner's sessions, each with its answers, and a test; how many requests that was."""
    for _ in range(SESSIONS):
        wish = {"examId": 1, "questionCount": QUESTIONS, "excludeRecentHours": 0}
        session = post(running, "/api/study/sessions", wish)
        for question in session["questions"]:
            given = {"questionId": question["id"], "selectedAnswer": question["answers"][0]["id"]}
            post(running, "/api/study/answer", given | {"studySessionId": session["id"], "timeSpentSeconds": 20})
        post(running, f"/api/study/sessions/{session['id']}/complete", {})
    test = post(running, "/api/tests", {"examId": 1, "questionCount": QUESTIONS})
    post(running, f"/api/tests/{test['id']}/submit", {})
    return SESSIONS * (QUESTIONS + 2) + 2


def engage(running: Served, round_number: int) -> int:
    """Posts that a bot files, the draft of a reply to each and the AI call for it; how many requests that was."""
    for number in range(round_number * POSTS, (round_number + 1) * POSTS):
        post(running, TWEETS, x_response(x_tweet(number)))
        draft = {"tweetId": tweet_id(number), "opportunityType": "reply", "relevanceScore": 0.5}
        text = f"A /26 leaves 62 addresses for hosts: 64, less the network and the broadcast address. ({number})"
        opportunity = post(running, QUEUE, draft | {"suggestedResponse": text})
        post(running, LEDGER, call(number, opportunityId=opportunity["id"]))
    return POSTS * 3


def post(running: Served, path: str, body: dict[str, Any]) -> Any:
    """The answer to a request with a key of its own."""
    sent = {"Authorization": f"Bearer {running.token}", "Content-Type": "application/json"}
    running.client.request("POST", path, json.dumps(body), sent | {"Idempotency-Key": str(uuid.uuid4())})
    response = running.client.getresponse()
    text = response.read()
    if response.status not in (200, 201):
        raise SystemExit(f"{path} answered {response.status}: {text.decode()}")
    return json.loads(text)


if __name__ == "__main__":
    main()
