"""Two bots at the same time never get the same opportunity, within one process and across several."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.conftest import client
from tests.growth_service.conftest import QUEUE, approved, claim, moves, status, stored
from tests.stages import environment_of

_BOT = """
import json, secrets, sys, time
from growth_service.sending import leases
from shared_schema import environment
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from shared_schema.tables import db

db.initialize(LibsqlDatabase(environment.database()))
print("ready", flush=True)
sys.stdin.readline()
got = []
while True:
    wanted = leases.Claim(1, 300, int(time.time()), secrets.token_hex(16))
    leased = leases.claim(wanted, Actor("bot", role="service"), Once("service:bot")).document
    if not leased:
        break
    got += [one["id"] for one in leased]
print(json.dumps(got))
"""

_PROVER = """
import json, sys
from growth_service.sending import reports
from growth_service.sending.attempts import Lease
from shared_schema import environment
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from shared_schema.tables import db

db.initialize(LibsqlDatabase(environment.database()))
print("ready", flush=True)
tokens = json.loads(sys.stdin.readline())
for number, token in enumerate(tokens):
    lease = Lease(token.partition(".")[2], token)
    reports.executed(lease, str(1000 + number), Actor("bot", role="service"), Once("service:bot"))
print("[]")
"""


@pytest.fixture
def many(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> list[str]:
    """Thirty approved opportunities."""
    return [approved(bot, approver, tweet) for tweet in tweets]


def test_threads_never_share(growth_app: Flask, many: list[str], database: LibsqlDatabase) -> None:
    got: list[str] = []
    start = threading.Barrier(8)

    def work() -> None:
        caller = client(growth_app, "growth-bot", "service")
        start.wait()
        while leased := claim(caller, limit=2):
            got.extend(one["id"] for one in leased)
        database.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(many)


def test_processes_never_share(many: list[str], database: LibsqlDatabase, settings: Settings) -> None:
    bots = _running([_BOT] * 4, settings)
    leased = [one for process in bots for one in json.loads(process.communicate("go\n", timeout=60)[0])]
    assert sorted(leased) == sorted(many)
    assert all(moves(database, one).count("approved>claimed") == 1 for one in many)


def _running(programs: list[str], settings: Settings) -> list["subprocess.Popen[str]"]:
    """Processes that run these programs, each up to the line that it waits for."""
    env, root = environment_of(settings), str(Path(__file__).parents[3])
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=root,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for program in programs
    ]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    return started


def test_late_proof_and_new_claims_at_once_leave_nothing_to_send_twice(
    bot: FlaskClient, many: list[str], database: LibsqlDatabase, settings: Settings
) -> None:
    tokens = [one["leaseToken"] for one in claim(bot, limit=50)]
    for token in tokens:
        released = bot.post(f"{QUEUE}/{token.partition('.')[2]}/release", json={"leaseToken": token})
        assert released.status_code == 200
    processes = _running([_PROVER, _BOT, _BOT], settings)
    for process, line in zip(processes, (json.dumps(tokens), "go", "go"), strict=True):
        assert process.stdin is not None
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    _, *leased = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    again = {one for ids in leased for one in ids}
    for number, token in enumerate(tokens):
        opportunity = token.partition(".")[2]
        row = stored(database, "engagement_opportunities", opportunity)
        if opportunity in again:
            assert (row["status"], row["flagged"]) == ("claimed", f"sent under an earlier lease as {1000 + number}")
        else:
            assert (row["status"], row["result_tweet_id"]) == ("executed", str(1000 + number))


def test_of_twenty_reports_at_once_one_counts(
    growth_app: Flask, bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    opportunity = approved(bot, approver, tweets[0])
    token = claim(bot)[0]["leaseToken"]
    answers: list[tuple[int, str]] = []

    def work(result: str) -> None:
        caller = client(growth_app, "growth-bot", "service")
        body = {"leaseToken": token, "resultTweetId": result}
        answers.append((caller.post(f"{QUEUE}/{opportunity}/executed", json=body).status_code, result))
        database.close()

    threads = [threading.Thread(target=work, args=(str(number % 2),)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = bot.get(f"{QUEUE}/{opportunity}").json["resultTweetId"]
    assert {code for code, result in answers if result == sent} == {200}
    assert {code for code, result in answers if result != sent} == {409}
    assert status(bot, opportunity) == "executed"
    assert moves(database, opportunity).count("claimed>executed") == 1
