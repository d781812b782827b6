"""How many tests a month the plan has, told before; a month begins at the learner's own midnight."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.web.config import Config
from study_service import app, config
from study_service.config import ConfigurationError
from tests import conftest
from tests.conftest import KEYS, client
from tests.study_service.attempts.conftest import Clock, start, submit
from tests.study_service.conftest import plan_of, rows

MONTHLY = {"free": 2, "premium": 4, "enterprise": None}
DAY = 24 * 3600


@pytest.fixture(scope="module")
def few() -> Flask:
    settings = Config("study", 0, "127.0.0.1", Settings("file::memory:"), KEYS, monthly_tests=MONTHLY)
    return conftest.tested(app.create_app(settings))


@pytest.fixture
def limited(few: Flask, database: LibsqlDatabase, bank: Any, at: Clock) -> FlaskClient:
    """Alice, in Berlin, with two tests a month."""
    return client(few, "1", "user")


def test_the_month_is_full_and_says_when_it_ends(limited: FlaskClient, database: LibsqlDatabase) -> None:
    for _ in range(2):
        assert submit(limited, start(limited).json).status_code == 200
    full = start(limited)
    assert (full.status_code, full.json["code"]) == (429, "PLAN_LIMIT_REACHED")
    assert (full.json["limit"], full.json["used"], full.json["resetsAt"]) == (2, 2, "2026-11-30T23:00:00Z")
    assert int(full.headers["Retry-After"]) == 7 * DAY + 14 * 3600
    assert rows(database, "SELECT count(*) AS n FROM test_attempts") == [{"n": 2}]


def test_a_running_one_is_given_back_at_the_limit(limited: FlaskClient) -> None:
    submit(limited, start(limited).json)
    second = start(limited)
    assert (second.status_code, start(limited).status_code, start(limited).json) == (201, 200, second.json)


def test_the_next_month_begins_at_the_learners_midnight(limited: FlaskClient, at: Clock) -> None:
    for _ in range(2):
        submit(limited, start(limited).json)
    at(7 * DAY + 14 * 3600 - 1)
    assert start(limited).status_code == 429
    at(7 * DAY + 14 * 3600)
    assert start(limited).status_code == 201


def test_it_is_told_before(limited: FlaskClient, alice: FlaskClient, database: LibsqlDatabase) -> None:
    told = plan_of(limited)
    assert (told["monthlyTests"], told["usedThisMonth"]) == (2, 0)
    submit(limited, start(limited).json)
    start(limited)
    database.execute_sql("UPDATE test_attempts SET started_at = unixepoch()")
    assert plan_of(limited)["usedThisMonth"] == 2
    assert plan_of(limited)["testsResetAt"] > plan_of(limited)["resetsAt"][:8]
    assert plan_of(alice)["monthlyTests"] is None


@pytest.mark.parametrize(("who", "role"), [("3", "moderator"), ("4", "admin")])
def test_moderators_have_no_limit(few: Flask, limited: FlaskClient, who: str, role: str) -> None:
    person = client(few, who, role)
    for _ in range(3):
        assert submit(person, start(person).json).status_code == 200


def test_other_plans_have_their_own(limited: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("UPDATE users SET subscription_status = 'premium' WHERE id = 1")
    for _ in range(4):
        assert submit(limited, start(limited).json).status_code == 200
    assert start(limited).status_code == 429


def test_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_TOKEN_KEYS", "")
    monkeypatch.setenv("PLAN_MONTHLY_TESTS", "free=1,premium=unlimited")
    with pytest.raises(ConfigurationError, match=r"^PLAN_MONTHLY_TESTS must be like free=5,premium=50,"):
        config._by_plan("PLAN_MONTHLY_TESTS", config.MONTHLY_TESTS)
    monkeypatch.setenv("PLAN_MONTHLY_TESTS", "free=1,premium=9,enterprise=unlimited")
    assert config._by_plan("PLAN_MONTHLY_TESTS", "") == {"free": 1, "premium": 9, "enterprise": None}
