"""What can happen to the ledger: calls as this and the last release write them, and what others change beneath them."""

import random
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import caught_up
from tests.damage import no_refusals
from tests.growth_service.conftest import LEDGER, call

PURPOSES, MODELS = ("reply_draft", "explanation"), ("gpt-4o-mini-2024-07-18", "nobody-knows-it")
# Around midnight and the ends of quarters and of longer slots, far in the past, and times that are none.
DAY = 86_400
MOMENTS = (
    0, 899, 900, DAY - 1, 1_794_700_800, 1_794_700_799, 1_794_700_800 + 16 * DAY, 1_794_787_199, 253_402_300_799,
    253_402_300_800, -1, 2**62,
)  # fmt: skip
COSTS = (0, 1, 999_999_999, 10**9, 10**15, None, None, 10**15 + 1, -1, 2**63 - 1)


@dataclass
class World:
    """The ledger, who writes to it, and what was done: by operation, how often."""

    bot: FlaskClient
    database: LibsqlDatabase
    serial: int = 0
    done: dict[str, int] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def run(self, *steps: tuple[str, tuple[Any, ...]]) -> None:
        self.database.batch([Statement(sql, values) for sql, values in steps])
        caught_up()

    def by_hand(self, step: tuple[str, tuple[Any, ...]]) -> None:
        """What a person does who may lift the triggers that keep the ledger as it was written."""
        with no_refusals(self.database, "ai_generation_log"):
            self.run(step)

    def ids(self, table: str) -> list[int]:
        rows = self.database.fetch([Statement(f"SELECT id FROM {table} ORDER BY id")], fresh=True)[0].rows
        return [row["id"] for row in rows]

    def next(self) -> int:
        self.serial += 1
        return self.serial


def post(world: World, dice: random.Random) -> None:
    """Calls through the service, some with questions, exams that are there, and bills."""
    exams = [*world.ids("exams"), None]
    calls = [
        call(world.next(), purpose=dice.choice(PURPOSES), model=dice.choice(MODELS), success=dice.random() < 0.8)
        | {"examId": dice.choice(exams), "questionIds": dice.choice((None, [], [1], [3, 1, 3, 10**12]))}
        | {"billedUsd": dice.choice((None, 0, 0.1, 1_000_000))}
        for _ in range(dice.randrange(1, 4))
    ]
    assert world.bot.post(LEDGER, json=calls).status_code == 201
    world.sent += calls


def replay(world: World, dice: random.Random) -> None:
    """A call that was sent before, which counts no more; unless its exam is gone."""
    if world.sent:
        world.bot.post(LEDGER, json=dice.choice(world.sent))


def write(world: World, dice: random.Random) -> None:
    """A row of this release, at any time."""
    row = {
        "purpose": dice.choice(PURPOSES), "model": dice.choice(MODELS), "success": dice.randrange(2),
        "created_at": dice.choice(MOMENTS), "user_id": dice.choice([*world.ids("users"), None]),
        "exam_id": dice.choice([*world.ids("exams"), None]), "question_ids": dice.choice(QUESTIONS),
        **{name: dice.choice(COSTS) for name in ("cost_nanousd", "billed_nanousd", "computed_nanousd")},
    }  # fmt: skip
    names = ", ".join(row)
    world.run((f"INSERT INTO ai_generation_log ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())))


QUESTIONS = (None, "[]", "[2]", "[5,4,5]", "no JSON", '{"1":2}', "7", '[1.5,"2",null,true,-1,0,9]', "[1e400]", "")


def write_as_before(world: World, dice: random.Random) -> None:
    """A row of the release before, which knows neither nano-dollars nor what is counted."""
    values = (dice.choice(PURPOSES), dice.choice(MODELS), dice.choice((None, 0, 7, 5 * 10**12, -1)))
    world.run(("INSERT INTO ai_generation_log (purpose, model, cost_microusd) VALUES (?, ?, ?)", values))


def change(world: World, dice: random.Random) -> None:
    """A row that a person mends by hand."""
    column, value = dice.choice(
        [
            ("cost_nanousd", dice.choice(COSTS)), ("created_at", dice.choice(MOMENTS)), ("success", dice.randrange(2)),
            ("billed_nanousd", dice.choice(COSTS)), ("computed_nanousd", dice.choice(COSTS)), ("model", "another"),
            ("purpose", "another"), ("question_ids", dice.choice(QUESTIONS)), ("error_message", "why"),
        ]
    )  # fmt: skip
    if ids := world.ids("ai_generation_log"):
        world.by_hand((f"UPDATE ai_generation_log SET {column} = ? WHERE id = ?", (value, dice.choice(ids))))


def drop(world: World, dice: random.Random) -> None:
    if ids := world.ids("ai_generation_log"):
        world.by_hand(("DELETE FROM ai_generation_log WHERE id = ?", (dice.choice(ids),)))


def come_and_go(world: World, dice: random.Random) -> None:
    """Exams and users: their calls stay, of no exam and of no user."""
    number = world.next()
    exam = ("INSERT INTO exams (id, vendor_id, code, name) VALUES (?, 'v', ?, 'n')", (number, str(number)))
    user = ("INSERT INTO users (id, email, name) VALUES (?, ?, 'n')", (number + 10, str(number)))
    gone = [
        (f"DELETE FROM {table} WHERE id = ?", (dice.choice(world.ids(table) or [0]),)) for table in ("exams", "users")
    ]
    world.run(exam, user, *(gone if dice.random() < 0.7 else []))


def wait(world: World, dice: random.Random) -> None:
    """A call of before the sums, until the backfill comes to it."""
    world.run(("UPDATE ai_generation_log SET is_counted = 1 WHERE is_counted = 0", ()))


OPERATIONS = {
    "post": (post, 4), "replay": (replay, 2), "write": (write, 6), "write_as_before": (write_as_before, 3),
    "change": (change, 4), "drop": (drop, 1), "come_and_go": (come_and_go, 2), "wait": (wait, 1),
}  # fmt: skip
