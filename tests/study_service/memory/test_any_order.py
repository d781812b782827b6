"""However answers arrive, what is remembered is their replay in the order of their times."""

import random
import time
from collections import defaultdict
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service.memory import model
from study_service.memory.model import Review
from tests.study_service.conftest import answer, iso, rows
from tests.study_service.memory.remembered import DAY, MINUTE, differing, state
from tests.study_service.offline.sending import given, send, statuses

ANSWERS = 60
FACTS = "SELECT question_id, answered_at, is_correct, confidence_level FROM user_answers ORDER BY answered_at, id"


def made_up(dice: random.Random, routing: list[int]) -> list[dict[str, Any]]:
    """Answers of the last four weeks to three questions, some of one minute and some of one second."""
    now = int(time.time())
    times = [now - dice.randrange(28 * DAY) for _ in range(ANSWERS // 2)]
    times += [dice.choice(times) + dice.choice((0, 0, MINUTE, DAY - 1, DAY)) for _ in range(ANSWERS // 2)]
    return [
        given(
            f"{n}",
            dice.choice(routing[:3]),
            dice.choice("abcd"),
            when=iso(min(at, now - 1)),
            **({"confidenceLevel": level} if (level := dice.randrange(6)) else {}),
        )
        for n, at in enumerate(times)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_is_the_replay_by_time(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase, seed: int
) -> None:
    """In batches of any size, in any order, with answers of this moment in between."""
    dice = random.Random(seed)
    waiting = made_up(dice, routing)
    dice.shuffle(waiting)
    while waiting:
        size = dice.choice((1, 2, 5, 20))
        batch, waiting = waiting[:size], waiting[size:]
        assert {status for _, status in statuses(send(alice, *batch))} == {"recorded"}
        if dice.random() < 0.3:
            answer(alice, dice.choice(routing[:3]), dice.choice("ab"))
    assert differing() == []
    by_question = defaultdict(list)
    for row in rows(database, FACTS):
        grade = model.grade(bool(row["is_correct"]), row["confidence_level"])
        by_question[row["question_id"]].append(Review(row["answered_at"], grade))
    assert sum(map(len, by_question.values())) > ANSWERS
    for question, reviews in by_question.items():
        memory, stored = model.replay(reviews, model.scheduler(None)), state(database, question)
        assert {name: stored[name] for name in model.Memory.__dataclass_fields__} == {
            name: getattr(memory, name) for name in model.Memory.__dataclass_fields__
        }
