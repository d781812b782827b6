"""Learners who have answered for a while, and what differs from the counters."""

import datetime as dt
import random

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from study_service import rebuild
from tests.conftest import caught_up
from tests.study_service.conftest import answer, rows, submit

PARTS = {part.name: part for part in rebuild.PARTS}


def differing() -> list[str]:
    caught_up()
    return sorted({difference.part for difference in rebuild.check()})


def run(database: LibsqlDatabase, seed: int, answers: int = 120) -> None:
    """Answers of two learners to all questions, on days and in zones that change, some in sessions."""
    dice = random.Random(seed)
    questions = rows(database, "SELECT id, type FROM questions ORDER BY id")
    for n in range(answers):
        question = dice.choice(questions)
        day, hour = dt.timedelta(days=dice.choice((n // 12, n // 12, dice.randrange(12)))), dice.randrange(24)
        moment = dt.datetime(2026, 3, 25, hour, tzinfo=dt.UTC) + day
        if n % 17 == 0:
            zone = dice.choice(("Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12"))
            database.batch([Statement("UPDATE users SET timezone = ? WHERE id = 1", (zone,))])
        selected = dice.choice("ab")
        wanted = [selected] if question["type"] == "multi_select" else selected
        seconds = dice.randrange(100)
        submit(moment.isoformat(), question["id"], wanted, user=dice.choice((1, 1, 1, 2)), seconds=seconds)


def in_a_session(learner: FlaskClient) -> None:
    """A session with right and wrong answers, each in a row."""
    session = learner.post("/api/study/sessions", json={"examId": 1, "questionCount": 10}).json
    for n, question in enumerate(session["questions"]):
        several = question["type"] == "multi_select"
        selected = ["a", "c"] if several else "abcd"[n % len(question["answers"])]
        answer(learner, question["id"], selected, studySessionId=session["id"], flagged=n % 3 == 0)


def timed(learner: FlaskClient, choices: str) -> None:
    """A timed test with these choices for its first questions."""
    test = learner.post("/api/tests", json={"examId": 1, "questionCount": 6}).json
    for question, selected in zip(test["questions"], choices, strict=False):
        wanted = [selected] if question["type"] == "multi_select" else "a"
        body = {"selectedAnswer": wanted, "timeSpentSeconds": 5}
        assert learner.put(f"/api/tests/{test['id']}/answers/{question['id']}", json=body).status_code == 200
    assert learner.post(f"/api/tests/{test['id']}/submit", json={}).status_code == 200
