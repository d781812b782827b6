"""What is remembered, as the table has it, and answers at times of their own."""

import datetime as dt
import time
from typing import Any

from fsrs import Card, Rating, Scheduler

from shared_schema.database import LibsqlDatabase
from shared_schema.rebuild.part import Difference
from study_service import rebuild
from tests.conftest import caught_up
from tests.study_service.conftest import iso, rows
from tests.study_service.offline.sending import given
from tests.study_service.rebuild.studied import PARTS

DAY, MINUTE = 86_400, 60
# An hour of three weeks ago: answers given offline count at their own times for thirty days.
BASE = int(time.time()) // 3600 * 3600 - 21 * DAY
STORED = (
    "INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct, answered_at, attempt_number, day)"
    " VALUES (1, ?, 'a', ?, ?, ?, '2026-01-01')"
)
GRADES = {"again": Rating.Again, "hard": Rating.Hard, "good": Rating.Good, "easy": Rating.Easy}


def state(database: LibsqlDatabase, question: int, user: int = 1) -> dict[str, Any]:
    """The row of a learner's question."""
    (row,) = rows(database, "SELECT * FROM memory_states WHERE user_id = ? AND question_id = ?", user, question)
    return row


def shown(state: dict[str, Any]) -> tuple[float, str, str]:
    """Stability with four digits, the state, and the date on which it is due."""
    due = dt.datetime.fromtimestamp(state["due_at"], dt.UTC).date().isoformat()
    return round(state["stability"], 4), state["state"], due


def differing() -> list[Difference]:
    """What `rebuild --check` finds of what is remembered."""
    caught_up()
    return list(rebuild.check([PARTS["memory"]]))


def by_the_package(answers: list[tuple[int, str]]) -> Card:
    """What the package itself makes of these moments and grades."""
    fsrs, card = Scheduler(enable_fuzzing=False), Card(card_id=1)
    for at, grade in answers:
        card, _ = fsrs.review_card(card, GRADES[grade], dt.datetime.fromtimestamp(at, dt.UTC))
    return card


def offline(question: int, *moments: int, selected: str = "a") -> list[dict[str, Any]]:
    """Answers at these seconds after BASE."""
    return [given(f"{question} {at} {selected}", question, selected, when=iso(BASE + at)) for at in moments]
