"""The server is killed in the middle of 2,000 answers from 16 clients, and comes back: each answer counts once."""

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.replica.notes import read_note
from tests.faults.conftest import Connect, Sqld
from tests.faults.hosts import Service, wait_until

CLIENTS = 16
KILLS = 5
QUESTIONS = 10
ADMIN = 100
PATIENCE_S = 60.0

BANK = {
    "examCode": "F-1",
    "examName": "Faults",
    "vendorName": "Acme",
    "objectives": [{"title": "Staying up", "description": "", "weight": 100}],
    "questions": [
        {
            "questionText": f"Question {n}",
            "questionType": "multiple-choice",
            "options": ["w", "x", "y", "z"],
            "correctAnswer": [0],
            "explanation": "",
            "difficulty": 1,
            "objectiveTitle": "Staying up",
        }
        for n in range(QUESTIONS)
    ],
}


def people(database: LibsqlDatabase) -> None:
    users = [(n, f"u{n}@example.com", f"U{n}", "user") for n in range(1, CLIENTS + 1)]
    users.append((ADMIN, "ada@example.com", "Ada", "admin"))
    add = "INSERT INTO users (id, email, name, role) VALUES (?, ?, ?, ?)"
    database.batch([Statement(add, user) for user in users])


class Crowd:
    """Clients that send each answer until it is acknowledged."""

    def __init__(self, service: Service, questions: dict[int, str], answers: int) -> None:
        """`questions` has an option of each."""
        self.service = service
        self.questions = list(questions)
        self.options = questions
        self.answers = answers  # of each client
        self.acknowledged: list[tuple[int, int]] = []  # who, and the answer's id
        self.requests: list[tuple[float, float]] = []  # when each began, and when its response came
        self.met: Counter[str] = Counter()

    def client(self, user: int) -> None:
        for n in range(self.answers):
            question = self.questions[(user + n) % len(self.questions)]
            self.acknowledged.append((user, self._until_acknowledged(user, question, f"answer-{n}")))

    def _until_acknowledged(self, user: int, question: int, key: str) -> int:
        body = {"questionId": question, "selectedAnswer": self.options[question], "timeSpentSeconds": 3}
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            began = time.monotonic()
            try:
                response = self.service.call("POST", "/api/study/answer", user=user, body=body, key=key)
            except urllib3.exceptions.HTTPError as error:
                self.met[type(error).__name__] += 1
                continue
            self.requests.append((began, time.monotonic()))
            self.met[f"{response.status} {response.headers.get('Idempotency-Replayed', '')}".strip()] += 1
            if response.status == 200:
                return int(response.json()["result"]["answerId"])
            assert response.status == 503, response.data
            assert response.headers["Retry-After"]
            time.sleep(0.02)
        raise AssertionError(f"no answer: {self.met}")


@pytest.mark.parametrize(("reading", "answers"), [("server", 125), ("replica", 25)])
def test_every_acknowledged_answer_is_there_once(
    server: Sqld, connect: Connect, tmp_path: Path, reading: str, answers: int
) -> None:
    database = connect(server)
    people(database)
    replica = {"TURSO_REPLICA_PATH": str(tmp_path / "replica" / "r.db")} if reading == "replica" else {}
    with Service(server.url, server.token, tmp_path / "service.log", **replica) as service:
        path = "/api/questions/import?format=pingtopass&reviewStatus=approved"
        imported = service.call("POST", path, user=ADMIN, role="admin", body=BANK)
        assert imported.status == 200, imported.data
        if reading == "replica":
            now, kept = time.time(), replica["TURSO_REPLICA_PATH"]
            wait_until(lambda: (latest := read_note(kept)) is not None and latest.fresh_at > now)
        first = "SELECT id, json_extract(answers, '$[0].id') FROM questions"
        questions = dict(database.execute_sql(first).fetchall())
        crowd = Crowd(service, questions, answers)
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            clients = [pool.submit(crowd.client, user) for user in range(1, CLIENTS + 1)]
            kills = pool.submit(_kill_again_and_again, server, crowd)
            for client in clients:
                client.result()
            moments = kills.result()
    _each_once(database, crowd)
    assert len(moments) == KILLS
    for moment in moments:
        assert [end for began, end in crowd.requests if began < moment < end], "a kill that hit no request"


def _kill_again_and_again(server: Sqld, crowd: Crowd) -> list[float]:
    """The moments of the kills, each between answers that were acknowledged before it and others after it."""
    moments: list[float] = []
    total = CLIENTS * crowd.answers
    for n in range(1, KILLS + 1):
        wait_until(lambda due=total * n / (KILLS + 1): len(crowd.acknowledged) >= due, PATIENCE_S)
        assert 0 < len(crowd.acknowledged) < total
        moments.append(time.monotonic())
        assert server.kill() == -signal.SIGKILL
        time.sleep(0.3)
        server.start()
    return moments


def _each_once(database: LibsqlDatabase, crowd: Crowd) -> None:
    total = CLIENTS * crowd.answers
    assert len(crowd.acknowledged) == total
    stored = database.execute_sql("SELECT user_id, id FROM user_answers").fetchall()
    assert sorted(stored) == sorted(crowd.acknowledged)

    def one(sql: str) -> Any:
        return database.execute_sql(sql).fetchone()[0]

    assert one("SELECT sum(total_attempts) FROM questions") == total
    assert one("SELECT sum(correct_attempts) FROM questions") == total
    assert one("SELECT count(*) FROM receipts WHERE receipt IS NOT NULL AND key LIKE 'answer-%'") == total
    seen = database.execute_sql("SELECT user_id, total_questions_seen FROM user_progress").fetchall()
    assert sorted(seen) == [(user, crowd.answers) for user in range(1, CLIENTS + 1)]
    again = "SELECT count(*) FROM user_answers GROUP BY user_id, question_id, attempt_number HAVING count(*) > 1"
    assert database.execute_sql(again).fetchall() == []
    assert one("PRAGMA integrity_check") == "ok"
