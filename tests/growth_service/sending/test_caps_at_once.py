"""Callers in several processes never go beyond a cap together, on the same day, with the same author, in a thread."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.growth_service.conftest import QUEUE, ROSA, approved, tweet_id
from tests.stages import environment_of

# Claims, and gives back half of it, in turns; in the end it keeps what it has, and takes what is left.
_BOT = """
import json, secrets, sys, time
from growth_service.sending import leases
from growth_service.sending import reports
from growth_service.sending.attempts import Lease
from growth_service.sending.leases import Claim
from growth_service.sending.reports import Failure
from shared_schema import environment
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from shared_schema.tables import db
from shared_schema.environment import Engagement

db.initialize(LibsqlDatabase(environment.database()))
rules = Engagement(**json.loads(sys.argv[1]))
actor, once = Actor("bot", role="service"), Once("service:bot")
print("ready", flush=True)
sys.stdin.readline()
kept = []
for turn in range(9):
    wanted = Claim(2 if turn < 8 else 20, 300, int(time.time()), secrets.token_hex(16))
    for place, one in enumerate(leases.leased(leases.claim(wanted, actor, once, rules).document)):
        if (turn + place) % 2 and turn < 8:
            reports.failed(Lease(one["id"], one["lease_token"]), Failure("not_sent", None), actor, once)
        else:
            kept.append(one["id"])
print(json.dumps(kept))
"""


def run(settings: Settings, rules: dict[str, int]) -> list[str]:
    """What four processes have claimed and kept."""
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-c", _BOT, json.dumps(rules)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    bots = [
        subprocess.Popen(command, cwd=root, env=environment_of(settings), text=True, **pipes)  # type: ignore[call-overload]
        for _ in range(4)
    ]
    for process in bots:
        assert process.stdout.readline() == "ready\n"
    for process in bots:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [one for process in bots for one in json.loads(process.communicate(timeout=60)[0])]


@pytest.mark.only("file", "server")
@pytest.mark.parametrize(
    ("rules", "most"),
    [
        ({"per_day": 5}, 5),
        ({"per_author_day": 3}, 6),
        ({"per_thread": 2}, 20),
        ({"per_day": 7, "per_author_day": 4}, 7),
    ],
)
def test_four_processes_keep_to_the_caps(
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
    settings: Settings,
    rules: dict[str, int],
    most: int,
) -> None:
    """Thirty approved ones: by two authors, in ten threads."""
    for number in range(30):
        change = "UPDATE tweets SET conversation_id = ? WHERE id = ?"
        database.execute_sql(change, (f"thread{number % 10}", tweet_id(number)))
        if number % 2:
            database.execute_sql("UPDATE tweets SET account_id = ? WHERE id = ?", (ROSA, tweet_id(number)))
    for tweet in tweets:
        approved(bot, approver, tweet)
    kept = run(settings, rules)
    assert len(kept) == len(set(kept)) == most
    slots = "SELECT opportunity_id FROM send_slots"
    assert {name for (name,) in database.execute_sql(slots).fetchall()} == set(kept)
    assert bot.get(f"{QUEUE}/counts").json["counts"]["claimed"] == most
