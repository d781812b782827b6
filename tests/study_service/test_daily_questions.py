"""A plan has so many answers a day, in the learner's own days; what is left is told before it is used up."""

import datetime as dt
import threading
import zoneinfo
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import study_service.app
import study_service.config
from shared_schema.database import Database, Statement
from shared_schema.database.settings import Settings
from shared_schema.environment import ConfigurationError
from shared_schema.idempotency import Once
from shared_schema.problems import PlanLimitReached
from shared_schema.web.config import Config
from study_service import answers, plans
from study_service.answers import Submission
from tests.conftest import KEYS, Client, caught_up, client
from tests.documents import Document
from tests.study_service.conftest import answer, epoch, rows

DAILY = {"free": 2, "premium": 4, "enterprise": None}
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def plan_app() -> Flask:
    """The study service with two answers a day for nothing, four for a premium."""
    app = study_service.app.create_app(
        Config("study", 0, "127.0.0.1", Settings("file::memory:"), KEYS, daily_questions=DAILY)
    )
    app.extensions["document"] = Document(app)
    app.test_client_class = Client
    return app


@pytest.fixture
def alice(plan_app: Flask, database: Database) -> FlaskClient:
    return client(plan_app, "1", "user")


@pytest.fixture
def questions(bank: dict[str, Any]) -> list[int]:
    return [bank[f"Routing question {n}"]["id"] for n in range(8)]


def plan(learner: FlaskClient) -> dict[str, Any]:
    told: dict[str, Any] = learner.get("/api/auth/me").json["plan"]
    return told


def midnight() -> str:
    """Alice's next one, as it stands on the wire."""
    tomorrow = dt.datetime.now(BERLIN).date() + dt.timedelta(days=1)
    begins = dt.datetime.combine(tomorrow, dt.time.min, BERLIN).astimezone(dt.UTC)
    return begins.strftime("%Y-%m-%dT%H:%M:%SZ")


def subscribe(database: Database, status: str, expires_at: int | None) -> None:
    sql = "UPDATE users SET subscription_status = ?, subscription_expires_at = ? WHERE id = 1"
    database.batch([Statement(sql, (status, expires_at))])


def test_a_day_is_full_after_the_plans_answers(alice: FlaskClient, questions: list[int], database: Database) -> None:
    expected = {"name": "free", "dailyQuestions": 2, "resetsAt": midnight()}
    for used in (0, 1):
        assert plan(alice) == expected | {"usedToday": used}
        assert answer(alice, questions[used], "a").status_code == 200
    before = rows(database, "SELECT * FROM user_answers, user_progress, questions")
    refused = answer(alice, questions[2], "a")
    assert (refused.status_code, refused.json["code"]) == (429, "PLAN_LIMIT_REACHED")
    assert {name: refused.json[name] for name in ("limit", "used", "resetsAt", "detail")} == {
        "limit": 2, "used": 2, "resetsAt": midnight(), "detail": "the free plan has 2 answers a day"
    }  # fmt: skip
    left_s = (dt.datetime.fromisoformat(midnight()) - dt.datetime.now(dt.UTC)).total_seconds()
    assert left_s <= int(refused.headers["Retry-After"]) <= left_s + 30
    assert not {"correctAnswer", "result"} & set(refused.json)
    assert rows(database, "SELECT * FROM user_answers, user_progress, questions") == before
    assert plan(alice) == expected | {"usedToday": 2}
    assert alice.get("/api/study/questions?examId=1").status_code == 200


def test_answers_in_sessions_count_and_others_have_days_of_their_own(
    alice: FlaskClient, plan_app: Flask, questions: list[int]
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 3}).json
    ids = [question["id"] for question in session["questions"]]
    statuses = [answer(alice, number, ["a"], studySessionId=session["id"]).status_code for number in ids]
    assert statuses == [200, 200, 429]
    bob = client(plan_app, "2", "user")
    assert answer(bob, questions[0], "a").status_code == 200
    assert (plan(alice)["usedToday"], plan(bob)["usedToday"]) == (2, 1)


def test_a_replay_is_not_counted_and_answers_at_the_limit(alice: FlaskClient, questions: list[int]) -> None:
    first = answer(alice, questions[0], "a", key="k")
    again = answer(alice, questions[0], "a", key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert plan(alice)["usedToday"] == 1
    answer(alice, questions[1], "a")
    assert answer(alice, questions[2], "a", key="new").status_code == 429
    late = answer(alice, questions[0], "a", key="k")
    assert (late.status_code, late.json) == (200, first.json)
    assert plan(alice)["usedToday"] == 2


def test_a_refused_key_is_free_for_the_next_day(alice: FlaskClient, questions: list[int], database: Database) -> None:
    answer(alice, questions[0], "a")
    answer(alice, questions[1], "a")
    assert answer(alice, questions[2], "a", key="k").status_code == 429
    database.batch([Statement("DELETE FROM learner_days")])
    done = answer(alice, questions[2], "a", key="k")
    assert (done.status_code, "Idempotency-Replayed" in done.headers) == (200, False)


def test_the_last_answer_of_a_day_is_given_once(
    alice: FlaskClient, plan_app: Flask, questions: list[int], database: Database
) -> None:
    answer(alice, questions[0], "a")
    start, statuses = threading.Barrier(20), []

    def send() -> None:
        learner = client(plan_app, "1", "user")
        start.wait()
        statuses.append(answer(learner, questions[1], "a").status_code)
        database.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [429] * 19
    assert rows(database, "SELECT user_id, answered FROM learner_days") == [{"user_id": 1, "answered": 2}]
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 2}]


@pytest.mark.parametrize(
    ("status", "expires_in_s", "name", "daily"),
    [
        ("premium", None, "premium", 4),
        ("premium", 3600, "premium", 4),
        ("premium", -1, "free", 2),
        ("enterprise", 3600, "enterprise", None),
        ("enterprise", -1, "free", 2),
        ("free", -1, "free", 2),
    ],
)
def test_a_plan_counts_until_it_ends(
    alice: FlaskClient,
    questions: list[int],
    database: Database,
    status: str,
    expires_in_s: int | None,
    name: str,
    daily: int | None,
) -> None:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    subscribe(database, status, None if expires_in_s is None else now + expires_in_s)
    statuses = [answer(alice, number, "a").status_code for number in questions[:5]]
    assert statuses.count(200) == (5 if daily is None else daily)
    told = plan(alice)
    assert (told["name"], told["dailyQuestions"], told["usedToday"]) == (name, daily, statuses.count(200))


def test_a_plan_that_ends_during_the_day_leaves_what_was_used(
    alice: FlaskClient, questions: list[int], database: Database
) -> None:
    subscribe(database, "premium", None)
    for number in questions[:3]:
        answer(alice, number, "a")
    subscribe(database, "free", None)
    refused = answer(alice, questions[3], "a").json
    assert (refused["limit"], refused["used"], plan(alice)["usedToday"]) == (2, 3, 3)


@pytest.mark.parametrize(("user", "role"), [("3", "moderator"), ("4", "admin")])
def test_who_keeps_the_questions_has_no_limit(
    plan_app: Flask, questions: list[int], database: Database, user: str, role: str
) -> None:
    keeper = client(plan_app, user, role)
    assert [answer(keeper, number, "a").status_code for number in questions[:4]] == [200] * 4
    told = plan(keeper)
    assert (told["dailyQuestions"], told["usedToday"]) == (None, 4)


def submitted(moment: str, question: int) -> None:
    caught_up()
    now = dt.datetime.fromisoformat(moment)
    answers.submit(1, Submission(question, "a", 1), now, Once("user:1"), DAILY)


def test_a_day_begins_at_midnight_where_the_learner_is(questions: list[int], database: Database) -> None:
    """In Berlin 2026-10-25 has 25 hours: from 22:00 UTC of the day before to 23:00 UTC."""
    submitted("2026-10-24T21:59:59Z", questions[0])
    submitted("2026-10-24T22:00:00Z", questions[1])
    submitted("2026-10-25T22:59:59Z", questions[2])
    for moment, left_s in (("2026-10-24T22:00:00Z", 90_000), ("2026-10-25T22:59:59.500Z", 1)):
        with pytest.raises(PlanLimitReached) as refused:
            submitted(moment, questions[3])
        assert refused.value.extra == {"limit": 2, "used": 2, "resetsAt": "2026-10-25T23:00:00Z"}
        assert refused.value.retry_after_s == left_s
    submitted("2026-10-25T23:00:00Z", questions[3])
    assert rows(database, "SELECT * FROM learner_days ORDER BY day") == [
        {"user_id": 1, "day": "2026-10-24", "answered": 1},
        {"user_id": 1, "day": "2026-10-25", "answered": 2},
        {"user_id": 1, "day": "2026-10-26", "answered": 1},
    ]


@pytest.mark.parametrize(
    ("zone", "moment", "midnight"),
    [
        ("Europe/Berlin", "2026-03-28T23:30:00Z", "2026-03-29T22:00:00Z"),  # a day of 23 hours
        ("Africa/Cairo", "2026-04-23T20:00:00Z", "2026-04-23T22:00:00Z"),  # 24 April begins at 01:00
        ("America/Havana", "2026-10-31T12:00:00Z", "2026-11-01T04:00:00Z"),  # 1 November has 00:00 twice
        ("Pacific/Kiritimati", "2026-11-26T09:59:59Z", "2026-11-26T10:00:00Z"),
        ("Etc/GMT+12", "2026-11-26T11:59:59Z", "2026-11-26T12:00:00Z"),
    ],
)
def test_the_next_day_begins_at_its_first_moment(zone: str, moment: str, midnight: str) -> None:
    local = dt.datetime.fromisoformat(moment).astimezone(zoneinfo.ZoneInfo(zone))
    begins = plans.next_midnight(local)
    assert begins.astimezone(dt.UTC) == dt.datetime.fromisoformat(midnight)
    just_before = (begins.astimezone(dt.UTC) - dt.timedelta(seconds=1)).astimezone(local.tzinfo)
    assert just_before.date() == local.date() < begins.astimezone(dt.UTC).astimezone(local.tzinfo).date()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_furthest_time_zones_are_told_their_own_day(
    alice: FlaskClient, questions: list[int], database: Database, zone: str
) -> None:
    database.batch([Statement("UPDATE users SET timezone = ? WHERE id = 1", (zone,))])
    answer(alice, questions[0], "a")
    assert plan(alice)["usedToday"] == 1


def test_the_counts_are_those_of_the_answers(alice: FlaskClient, questions: list[int], database: Database) -> None:
    subscribe(database, "enterprise", None)
    for n, number in enumerate(questions[:6]):
        submitted(f"2026-11-2{n % 3}T12:00:00Z", number)
    answer(alice, questions[7], "a", key="k")
    answer(alice, questions[7], "a", key="k")
    zone_of_alice = "CASE WHEN answered_at < ? THEN 7200 ELSE 3600 END"
    winter = epoch("2026-10-25T01:00:00Z")
    rebuilt = rows(
        database,
        f"SELECT user_id, date(answered_at + {zone_of_alice}, 'unixepoch') AS day, count(*) AS answered"
        " FROM user_answers GROUP BY 1, 2 ORDER BY 2",
        winter,
    )
    assert rows(database, "SELECT * FROM learner_days ORDER BY day") == rebuilt
    assert [row["answered"] for row in rebuilt] == [2, 2, 2, 1]


def test_a_user_who_is_deleted_leaves_no_days(alice: FlaskClient, questions: list[int], database: Database) -> None:
    answer(alice, questions[0], "a")
    database.batch([Statement("DELETE FROM users WHERE id = 1")])
    assert rows(database, "SELECT * FROM learner_days") == []


def test_the_plan_is_one_round_trip_and_the_limit_one_statement_more(
    alice: FlaskClient, questions: list[int], count_queries: Any
) -> None:
    with count_queries() as statements:
        plan(alice)
    assert [statement.split(" FROM ")[1].split()[0].strip('"') for statement in statements] == ["users", "learner_days"]
    with count_queries() as statements:
        answer(alice, questions[0], "a")
    # three reads; the day, that it is not full, statistics, that they changed, progress, the answer, the receipt
    assert len(statements) == 3 + 7
    assert statements[3].startswith("INSERT INTO learner_days")
    assert statements[4].startswith("SELECT CASE WHEN ((SELECT answered FROM learner_days")


@pytest.mark.parametrize(
    ("text", "daily"),
    [
        ("", {"free": 50, "premium": 500, "enterprise": None}),
        ("enterprise=9, premium=unlimited,free=0", {"enterprise": 9, "premium": None, "free": 0}),
    ],
)
def test_the_numbers_come_from_a_variable(
    monkeypatch: pytest.MonkeyPatch, text: str, daily: dict[str, int | None]
) -> None:
    monkeypatch.setenv("TOKEN_KEYS", f"k:{'x' * 32}")
    monkeypatch.setenv("PLAN_DAILY_QUESTIONS", text)
    assert study_service.config.from_env().daily_questions == daily


@pytest.mark.parametrize(
    "text",
    ["50", "free=50", "free=50,premium=5", "free=-1,premium=1,enterprise=1", "free=1,premium=1,enterprise=1,gold=1",
     "free=1,free=2,premium=1,enterprise=1", "free=1,premium=many,enterprise=1", "free=,premium=1,enterprise=1"],
)  # fmt: skip
def test_a_wrong_number_is_named_at_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TOKEN_KEYS", f"k:{'x' * 32}")
    monkeypatch.setenv("PLAN_DAILY_QUESTIONS", text)
    with pytest.raises(ConfigurationError, match=r"^PLAN_DAILY_QUESTIONS must be like free=50,premium=500,"):
        study_service.config.from_env()
