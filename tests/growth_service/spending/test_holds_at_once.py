"""Many hold at once on one budget: together they never have more than its limit."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.conftest import client
from tests.growth_service.conftest import row_count
from tests.growth_service.spending.conftest import HOLDS, balance, differences, hold, settle
from tests.stages import environment_of

_BOT = """
import json, secrets, sys, time
from growth_service.spending import holds
from shared_schema import environment
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from shared_schema.problems import BudgetExceeded
from shared_schema.tables import db

db.initialize(LibsqlDatabase(environment.database()))
print("ready", flush=True)
sys.stdin.readline()
got, refused = [], 0
for number in range(40):
    wanted = holds.Wanted("all", f"{sys.argv[1]}-{number}", 37_000_000, 300, int(time.time()))
    try:
        got.append(holds.hold(secrets.token_hex(16), wanted, Once("service:bot")).document["id"])
    except BudgetExceeded:
        refused += 1
print(json.dumps([got, refused]))
"""


def test_processes_never_hold_more_than_there_is(
    bot: FlaskClient, budget: Any, database: LibsqlDatabase, settings: Settings
) -> None:
    env, root = environment_of(settings), str(Path(__file__).parents[3])
    bots = [
        subprocess.Popen(
            [sys.executable, "-c", _BOT, str(number)],
            cwd=root, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(4)
    ]  # fmt: skip
    for one in bots:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in bots:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [json.loads(one.communicate(timeout=120)[0]) for one in bots]
    admitted = [hold_id for got, _ in told for hold_id in got]
    assert len(set(admitted)) == 27  # 27 x 0.037 = 0.999
    assert sum(refused for _, refused in told) == 160 - 27
    assert balance(bot) == (0, 0.999, 0.001)
    assert row_count(database, "ai_holds") == 27
    assert differences() == []


def _at_once(works: list[Any]) -> None:
    start = threading.Barrier(len(works))

    def run(work: Any) -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_twenty_resolutions_at_once_one_counts(
    growth_app: Flask, bot: FlaskClient, budget: Any, database: LibsqlDatabase
) -> None:
    made = hold(bot, 0.5).json["id"]
    answers: list[tuple[int, str]] = []

    def work(number: int) -> None:
        caller = client(growth_app, "growth-bot", "service")
        if number % 2:
            answers.append((settle(caller, made, 0.25).status_code, "settled"))
        else:
            answers.append((caller.delete(f"{HOLDS}/{made}").status_code, "released"))
        database.close()

    _at_once([lambda number=number: work(number) for number in range(20)])  # type: ignore[misc]
    state = bot.get(f"{HOLDS}/{made}").json["state"]
    assert {code for code, told in answers if told == state} == {200}
    assert {code for code, told in answers if told != state} == {409}
    assert row_count(database, "ai_hold_resolutions") == 1
    assert balance(bot) == ((0.25, 0, 0.75) if state == "settled" else (0, 0, 1))


def test_the_same_hold_twenty_times_at_once_is_one(
    growth_app: Flask, bot: FlaskClient, budget: Any, database: LibsqlDatabase
) -> None:
    ids: list[str] = []

    def work() -> None:
        response = hold(client(growth_app, "growth-bot", "service"), 0.5)
        assert response.status_code == 201
        ids.append(response.json["id"])
        database.close()

    _at_once([work] * 20)
    assert len(ids) == 20
    assert len(set(ids)) == 1
    assert balance(bot) == (0, 0.5, 0.5)
