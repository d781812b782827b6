"""What is measured: requests to both services, as their clients send them, and the rows that they need to find.

Everybody has a number: learner n has user id, session and test attempt n, so no request stands in another's way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

import growth_service.app
import study_service.app
from shared_schema.database import Guard, LibsqlDatabase, Statement, require_changes
from shared_schema.database.settings import Settings
from shared_schema.problems import Conflict
from shared_schema.tables import db
from shared_schema.web import auth, consistency, tokens
from shared_schema.web.config import Config
from shared_schema.web.requests import KEY_HEADER

KEYS = {"test": "a-secret-of-more-than-32-bytes-for-benchmarks"}
CLAIMED_AT_ONCE = 10
TWEETS_AT_ONCE = 100
QUESTIONS = 65
ANSWERED = 20
SUCCESSES = (200, 201)
OPTIONS = '[{"id":"a","text":"yes","isCorrect":true},{"id":"b","text":"no","isCorrect":false}]'

_NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
_EXAM = (
    "INSERT INTO exams (id, vendor_id, code, name) VALUES (1, 'acme', 'B-1', 'Benchmark')",
    "INSERT INTO objectives (id, exam_id, code, name) VALUES (1, 1, '1', 'Routing'), (2, 1, '2', 'Cabling')",
    "INSERT INTO twitter_accounts (id, username) VALUES ('1', 'subnetsam')",
)
_BANK = f"""
    {_NUMBERS} INSERT INTO questions (id, exam_id, objective_id, text, type, answers, difficulty, review_status)
    SELECT n, 1, 1 + n % 2, 'Question ' || n, 'multiple_choice', '{OPTIONS}', 1 + n % 5, 'approved' FROM numbers
"""
_IDS = "(SELECT json_group_array(id) FROM questions)"
_LEARNERS = (
    "users (id, email, name) SELECT n, 'learner' || n || '@example.com', 'Learner'",
    f"""study_sessions (id, user_id, exam_id, question_ids, question_count, total_questions)
        SELECT n, n, 1, {_IDS}, {QUESTIONS}, {ANSWERED}""",
    f"test_attempts (id, user_id, exam_id, question_ids) SELECT n, n, 1, {_IDS}",
    f"user_progress (user_id, exam_id, total_questions_seen) SELECT n, 1, {ANSWERED}",
)
_ANSWERS = f"""
    INSERT INTO user_answers (user_id, question_id, study_session_id, selected_answer, is_correct, answered_at)
    SELECT s.user_id, q.id, s.id, 'a', q.id % 2, unixepoch() - 2 * 86400
    FROM study_sessions s JOIN questions q ON q.id <= {ANSWERED}
"""
_QUEUE = (
    "tweets (id, account_id, text) SELECT n, '1', 'What is a /27 in hosts?'",
    """engagement_opportunities (tweet_id, account_id, opportunity_type, relevance_score, suggested_response, status,
                                 approved_pair)
       SELECT n, '1', 'reply', 0.9, 'Thirty.', 'approved', json_array('Thirty.', 'What is a /27 in hosts?')""",
)
# What a test submit will be: one answer for each question, then the counters of questions, learner and attempt.
_SUBMITTED = """
    INSERT INTO user_answers (user_id, question_id, test_attempt_id, selected_answer, is_correct, score,
                              time_spent_seconds, attempt_number)
    VALUES (:learner, :question, :learner, 'a', 1, 1, 60, 2)
"""
_COUNTED = (
    """UPDATE questions SET total_attempts = total_attempts + 1, correct_attempts = correct_attempts + a.is_correct
       FROM user_answers a
       WHERE a.user_id = :learner AND a.test_attempt_id = :learner AND a.question_id = questions.id""",
    f"""UPDATE user_progress SET tests_taken = tests_taken + 1, total_correct = total_correct + {QUESTIONS},
               total_questions_seen = total_questions_seen + {QUESTIONS}
        WHERE user_id = :learner AND exam_id = 1""",
    """UPDATE test_attempts SET status = 'completed', score = 1, passed = 1, completed_at = unixepoch()
       WHERE id = :learner AND status = 'in_progress'""",
)


def seed(database: LibsqlDatabase, learners: int, claims: int) -> None:
    """Rows for so many learners and claims; the same ones in every database."""
    many = [(learners, sql) for sql in _LEARNERS] + [(claims * CLAIMED_AT_ONCE, sql) for sql in _QUEUE]
    database.batch(
        [
            *(Statement(sql) for sql in _EXAM),
            Statement(_BANK, (QUESTIONS,)),
            *(Statement(f"{_NUMBERS} INSERT INTO {rows} FROM numbers", (count,)) for count, rows in many),
            Statement(_ANSWERS),
        ]
    )


class Apps:
    """Both services in this process, on the database that `use` names."""

    def __init__(self) -> None:
        self._study = study_service.app.create_app(_config("study"))
        self._growth = growth_service.app.create_app(_config("growth"))

    def use(self, database: LibsqlDatabase) -> None:
        db.initialize(database)  # type: ignore[attr-defined]

    def learner(self, number: int) -> FlaskClient:
        return _client(self._study, str(number), "user")

    def bot(self) -> FlaskClient:
        return _client(self._growth, "growth-bot", "service")


def _config(service: str) -> Config:
    return Config(service, 0, "127.0.0.1", Settings("file::memory:"), KEYS)


def _client(app: Flask, subject: str, role: str) -> FlaskClient:
    """Without cookies, and so without a consistency token: this caller has not written just now.

    The app has seen the token before: once in half a minute it reads a person's row, in a round trip of its own.
    """
    token = tokens.mint(KEYS, app.name.removesuffix("_service"), subject, role, ttl_s=3600)
    auth.admission_of(app).token(token)
    caller = app.test_client(use_cookies=False)
    caller.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return caller


Prepared = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """`prepare(apps, n)` gives what is to be timed."""

    name: str
    prepare: Callable[[Apps, int], Prepared]
    reads: int  # round trips that a replica saves
    writes: int  # round trips to the primary in any mode

    def trips(self, mode: str) -> int:
        return self.writes if mode == "replica" else self.reads + self.writes

    def target(self, mode: str) -> float:
        """The p50 at 80 ms, in round-trip times."""
        return 1.15 * self.trips(mode) or 0.1


def _read(apps: Apps, n: int) -> Prepared:
    return _request(apps.learner(n), "GET", "/api/study/questions?examId=1&limit=20")


def _answer(apps: Apps, n: int, **headers: str) -> Prepared:
    body = {"questionId": QUESTIONS, "selectedAnswer": "a", "timeSpentSeconds": 20, "studySessionId": n}
    return _request(apps.learner(n), "POST", "/api/study/answer", body, headers)


def _answer_with_key(apps: Apps, n: int) -> Prepared:
    return _answer(apps, n, **{KEY_HEADER: f"answer-{n}"})


def _start(apps: Apps, n: int) -> Prepared:
    body = {"examId": 1, "questionCount": 20}
    return _request(apps.learner(n), "POST", "/api/study/sessions", body, {KEY_HEADER: f"start-{n}"})


def _complete(apps: Apps, n: int) -> Prepared:
    return _request(apps.learner(n), "POST", f"/api/study/sessions/{n}/complete")


def _submit(apps: Apps, n: int) -> Prepared:
    steps: list[Statement | Guard] = [
        Statement(_SUBMITTED, {"learner": n, "question": question}) for question in range(1, QUESTIONS + 1)
    ]
    steps += [Statement(sql, {"learner": n}) for sql in _COUNTED]
    steps.append(require_changes(1, otherwise=lambda: Conflict("submitted already")))
    return lambda: db.batch(steps, idempotent=True)


def _claim(apps: Apps, n: int) -> Prepared:
    body = {"limit": CLAIMED_AT_ONCE, "leaseSeconds": 3600}
    send = _request(apps.bot(), "POST", "/api/twitter/opportunities/claim", body, {KEY_HEADER: f"claim-{n}"})

    def claim() -> None:
        assert len(send().json["opportunities"]) == CLAIMED_AT_ONCE

    return claim


def _ingest(apps: Apps, n: int) -> Prepared:
    authors = [{"id": str(1000 + a), "username": f"author{a}", "name": f"Author {a}"} for a in range(10)]
    tweets = [
        {
            "id": str(2_000_000_000_000_000_000 + n * TWEETS_AT_ONCE + t),
            "author_id": str(1000 + t % 10),
            "text": f"Tweet {t} about subnets, cables and the exam that is next week #ccna",
            "created_at": "2026-11-02T10:00:00.000Z",
            "public_metrics": {"like_count": t, "retweet_count": 1, "reply_count": 2, "impression_count": 300},
            "entities": {"hashtags": [{"tag": "ccna"}], "mentions": [{"username": "author1"}]},
        }
        for t in range(TWEETS_AT_ONCE)
    ]
    body = {"data": tweets, "includes": {"users": authors}, "meta": {"result_count": len(tweets)}}
    return _request(apps.bot(), "POST", "/api/twitter/tweets", body, {KEY_HEADER: f"ingest-{n}"})


def _request(
    caller: FlaskClient, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Prepared:
    def send() -> Any:
        response = caller.open(path, method=method, json=body, headers=headers)
        assert response.status_code in SUCCESSES, response.text
        return response

    return send


class Hurried:
    """Answers that come straight after another of the same learner's writes, whose consistency token they bring."""

    def __init__(self) -> None:
        self._token = "0"

    def prepare(self, apps: Apps, n: int) -> Prepared:
        answer = _answer(apps, n, **{KEY_HEADER: f"hurried-{n}", consistency.HEADER: self._token})

        def send() -> None:
            self._token = answer().headers.get(consistency.HEADER, "0")

        return send


OPERATIONS = (
    Operation("read: 20 questions to study", _read, 1, 0),
    Operation("answer, with a key", _answer_with_key, 1, 1),
    Operation("answer, without a key", _answer, 1, 1),
    Operation("session started: 20 questions", _start, 1, 1),
    Operation("session completed", _complete, 0, 1),
    Operation("test submit (no such route yet: 65 answers and counters in one db.batch)", _submit, 0, 1),
    Operation("claim of 10", _claim, 0, 1),
    Operation("ingest of 100 tweets", _ingest, 0, 1),
)
# On a replica that has not got the caller's last write yet, the read goes to the primary, as it does without one.
HURRIED = Operation("answer, straight after another write", Hurried().prepare, 0, 2)
