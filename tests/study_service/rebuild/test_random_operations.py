"""Thousands of mixed operations over HTTP: what is counted agrees with the facts, and the facts with a simple model.

`RANDOM_OPERATIONS=10000` makes as many of them; without it there are three thousand.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from flask.testing import FlaskClient
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from shared_schema.database import LibsqlDatabase, Statement
from study_service import rebuild
from tests.conftest import caught_up
from tests.study_service.conftest import BANK, post_file, post_gift, rows
from tests.study_service.grading.test_types_over_http import REGIONS, STEPS
from tests.study_service.rebuild import keeping, learning, sitting
from tests.study_service.rebuild.learning import World

RUNS, STEPS_EACH = 5, 200  # behind a trivial run of each seed
SEEDS = int(os.environ.get("RANDOM_OPERATIONS", "3000")) // (RUNS * STEPS_EACH)
OTHER = """
    Match.{=DNS -> 53 =SSH -> 22 =HTTP -> 80 = -> 443}

    Who?{=no one =nobody}

    Pi?{#=3.1415:0.0005}
"""
LEARNING: dict[str, tuple[Callable[[World, int, random.Random], None], int]] = {
    "answer": (learning.answer, 4),
    "start_session": (learning.start_session, 2),
    "answer_in_session": (learning.answer_in_session, 6),
    "move": (learning.move, 2),
    "leave": (learning.leave, 1),
    "send_offline": (learning.send_offline, 2),
    "mark": (learning.mark, 1),
    "travel": (learning.travel, 1),
    "start_test": (learning.start_test, 1),
    "save": (sitting.save, 4),
    "submit": (sitting.submit, 1),
    "run_out": (sitting.run_out, 1),
    "give_time": (sitting.give_time, 1),
    "regrade": (sitting.regrade, 1),
    "edit": (keeping.edit, 2),
    "propose": (keeping.propose, 1),
    "review": (keeping.review, 1),
    "import_again": (keeping.import_again, 1),
}
WEIGHTED = [name for name, (_, weight) in LEARNING.items() for _ in range(weight)]


@pytest.fixture
def world(alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, ada: FlaskClient, database: LibsqlDatabase) -> World:
    """Two exams with questions of every type."""
    assert post_file(ada, BANK).json["imported"] == len(BANK["questions"])
    others = [question | {"questionText": f"Elsewhere {n}"} for n, question in enumerate(BANK["questions"][:3])]
    post_file(ada, BANK | {"examCode": "T-2", "examName": "Other exam", "questions": others})
    assert post_gift(ada, OTHER, "&reviewStatus=approved").json["imported"] == 3
    add = (
        "INSERT INTO questions (exam_id, objective_id, text, type, answers, image_url, review_status, tags)"
        " VALUES (1, 1, ?, ?, ?, 'https://img.example/rack.png', 'approved', '[\"layer 3\"]')"
    )
    order, regions = learning.json.dumps(STEPS), learning.json.dumps(REGIONS)
    database.batch([Statement(add, ("In order", "drag_drop", order)), Statement(add, ("Where?", "hotspot", regions))])
    database.batch([Statement("UPDATE exams SET questions_available = questions_available + 2 WHERE id = 1")])
    made = World({1: alice, 2: bob, 3: mo, 4: ada}, database)
    made.model.zones = {one["id"]: one["timezone"] for one in rows(database, "SELECT id, timezone FROM users")}
    made.look()
    return made


def machine(world: World) -> type[RuleBasedStateMachine]:
    """Operations on this world; what they have done before stays."""

    class Operations(RuleBasedStateMachine):
        @rule(name=st.sampled_from(WEIGHTED), dice=st.integers(0, 2**16), user=st.sampled_from((1, 2)))
        def operate(self, name: str, dice: int, user: int) -> None:
            world.operations[name] = world.operations.get(name, 0) + 1
            LEARNING[name][0](world, user, random.Random(f"{name} {dice} {world.serial}"))

        def teardown(self) -> None:
            compare(world)

    return Operations


def compare(world: World) -> None:
    """Nothing differs: neither what is counted from the facts, nor the facts from the model."""
    for user in (1, 2):
        assert world.people[user].get("/api/study/sessions").status_code == 200  # ends what ends by itself
        world.model.settle(user)
    caught_up()
    assert [str(difference) for difference in rebuild.check()] == []
    for name, (stored, counted) in facts(world).items():
        assert (name, stored) == (name, counted)


def facts(world: World) -> dict[str, tuple[Any, Any]]:
    """By name: what the tables have, and what the model has."""

    def read(sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in rows(world.database, sql)]

    def by(sql: str, keys: int) -> dict[Any, Any]:
        return {row[:keys]: row[keys:] if len(row) > keys + 1 else row[keys] for row in read(sql)}

    model = world.model
    versions = dict(read("SELECT id, version FROM questions"))
    return {
        "answers": (
            read(
                "SELECT user_id, question_id, question_version, is_correct, time_spent_seconds, day, study_session_id,"
                " test_attempt_id, confidence_level FROM user_answers ORDER BY id"
            ),
            [
                (a.user, a.question, a.version, a.right, a.seconds, a.day, a.session, a.attempt, a.confidence)
                for a in model.answers
            ],
        ),
        "questions": (
            by("SELECT id, total_attempts, correct_attempts, total_time_seconds FROM questions", 1),
            {(question,): counted for question, counted in model.per_question(versions).items()},
        ),
        "study days": (by("SELECT user_id, exam_id, day, answered FROM study_days", 3), model.days()),
        "plan days": (by("SELECT user_id, day, answered FROM learner_days", 2), model.plan_days()),
        "missed": (set(read("SELECT user_id, question_id FROM missed")), model.missed()),
        "bookmarks": (set(read("SELECT user_id, question_id FROM bookmarks")), model.bookmarks),
        "progress": (
            by(
                "SELECT user_id, exam_id, total_questions_seen, unique_questions_seen, total_correct, first_correct"
                " FROM user_progress WHERE total_questions_seen > 0",
                2,
            ),
            model.progress(),
        ),
        "sessions": (
            by("SELECT id, status, total_questions, correct_answers, max_streak FROM study_sessions", 1),
            {
                (number,): (one.status, len(one.answered), sum(one.answered), model.longest(one))
                for number, one in model.sessions.items()
            },
        ),
        "tests": (
            by(
                "SELECT id, status, results, correct_count, incorrect_count, skipped_count, score FROM test_attempts", 1
            ),
            {
                (number,): (
                    (one.status, len(one.results), *one.results[-1], one.score)
                    if one.results
                    else (one.status, 0, None, None, None, None)
                )
                for number, one in model.tests.items()
            },
        ),
        "scores": (
            by("SELECT exam_id, permille, attempts, passed FROM exam_scores WHERE attempts <> 0", 2),
            model.histogram(),
        ),
        "taken": (
            by("SELECT user_id, exam_id, tests_taken FROM user_progress WHERE tests_taken > 0", 2),
            dict(Counter((test.user, test.exam) for test in model.tests.values() if test.results)),
        ),
    }


def run(world: World, seed: int, runs: int, steps: int) -> None:
    """So many runs of so many operations, behind one that hypothesis always makes first, of the simplest."""
    settings = hypothesis.settings(
        max_examples=1 + runs, stateful_step_count=steps, deadline=None, database=None, report_multiple_bugs=False,
        phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(hypothesis.seed(seed)(machine(world)), settings=settings)


@pytest.mark.only("file")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_thousands_of_operations(world: World, seed: int) -> None:
    run(world, seed, RUNS, STEPS_EACH)
    assert sum(world.operations.values()) >= RUNS * STEPS_EACH
    assert world.operations.keys() == LEARNING.keys()


@pytest.mark.only("server")
def test_some_over_the_wire(world: World) -> None:
    run(world, 0, 2, 60)
