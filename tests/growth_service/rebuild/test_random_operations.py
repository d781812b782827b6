"""Thousands of mixed operations: what is summed up agrees with the ledger, in SQL and in a second reading of it.

`RANDOM_OPERATIONS=10000` makes as many of them; without it there are a thousand.
"""

import os
import random
from collections import Counter
from typing import Any

import hypothesis
import pytest
from flask.testing import FlaskClient
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

import study_service.rebuild
from growth_service import rebuild
from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import caught_up
from tests.growth_service.rebuild.operations import DAY, OPERATIONS, World

COUNT, STEPS = int(os.environ.get("RANDOM_OPERATIONS", "1000")), 100
WEIGHTED = [name for name, (_, weight) in OPERATIONS.items() for _ in range(weight)]


def machine(world: World) -> type[RuleBasedStateMachine]:
    """Operations on this world; what they have done before stays."""

    class Operations(RuleBasedStateMachine):
        @rule(name=st.sampled_from(WEIGHTED), dice=st.integers(0, 2**16))
        def operate(self, name: str, dice: int) -> None:
            world.done[name] = world.done.get(name, 0) + 1
            OPERATIONS[name][0](world, random.Random(f"{name} {dice} {world.next()}"))

        def teardown(self) -> None:
            compare(world)

    return Operations


def compare(world: World) -> None:
    caught_up()
    assert [str(difference) for difference in rebuild.check()] == []
    ledger = read(world, "SELECT * FROM ai_generation_log")
    for seconds in (900, DAY, 4 * DAY, 16 * DAY):
        stored = read(world, f"SELECT * FROM ai_cost_slots WHERE seconds = {seconds}")
        assert {key_of(row): row["generations"] for row in stored} == counted(ledger, seconds)
        for row in (row for row in stored if row["dimension"] == "total"):
            own = [one for one in ledger if is_sound(one) and one["created_at"] // seconds * seconds == row["start"]]
            assert row["cost_usd"] * 10**9 + row["cost_nanousd"] == sum(one["cost_nanousd"] or 0 for one in own)
            assert (row["successes"], row["priced"]) == (
                sum(one["success"] for one in own),
                sum(one["cost_nanousd"] is not None for one in own),
            )


def read(world: World, sql: str) -> list[dict[str, Any]]:
    return world.database.fetch([Statement(sql)], fresh=True)[0].rows


def is_sound(row: dict[str, Any]) -> bool:
    has_price = row["cost_nanousd"] is None or 0 <= row["cost_nanousd"] <= 10**15
    return has_price and 0 <= row["created_at"] <= 253_402_300_799


def key_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["dimension"], row["start"], row["purpose"], row["model"], row["exam_id"], row["user_id"])


def counted(ledger: list[dict[str, Any]], seconds: int) -> dict[tuple[Any, ...], int]:
    """How many calls are in which slot of this length."""
    numbers: Counter[tuple[Any, ...]] = Counter()
    for row in ledger:
        if is_sound(row):
            start = row["created_at"] // seconds * seconds
            numbers["total", start, "", "", 0, 0] += 1
            numbers["model", start, row["purpose"], row["model"], 0, 0] += 1
            numbers["exam", start, "", "", row["exam_id"] or 0, 0] += 1
            numbers["user", start, "", "", 0, row["user_id"] or 0] += 1
    return dict(numbers)


def run(world: World, count: int) -> None:
    """Runs of so many operations together, behind one that hypothesis always makes first, of the simplest."""
    settings = hypothesis.settings(
        max_examples=1 + -(-count // STEPS), stateful_step_count=STEPS, deadline=None, database=None,
        report_multiple_bugs=False, phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(hypothesis.seed(count)(machine(world)), settings=settings)


@pytest.mark.only("file")
def test_sums_agree_after_random_operations(bot: FlaskClient, database: LibsqlDatabase) -> None:
    world = World(bot, database)
    run(world, COUNT)
    assert sum(world.done.values()) >= COUNT
    assert world.done.keys() == OPERATIONS.keys()
    assert list(study_service.rebuild.check()) == []


@pytest.mark.only("server")
def test_some_over_the_wire(bot: FlaskClient, database: LibsqlDatabase) -> None:
    run(World(bot, database), 100)
