"""A token counts while its user is there, is active, and still has the role: on every route, with one read a while."""

import time
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.web import standing, tokens
from shared_schema.web.auth import admission_of
from tests.conftest import KEYS, caught_up, client
from tests.shared_schema.web.test_routes import GROWTH, STUDY, WHO, url

DETAIL = "the token's user is not active"
OTHER_ROLE = "the user's role is another now; get a new token"


def change(database: LibsqlDatabase, sql: str, app: Flask | None = None) -> None:
    """A change by SQL; with an app, some time later."""
    database.batch([Statement(sql)])
    caught_up()
    if app is not None:
        admission_of(app).standings.forget_all()


@pytest.mark.parametrize(
    "sql", ["UPDATE users SET is_active = 0", "DELETE FROM users"], ids=["switched off", "deleted"]
)
@pytest.mark.parametrize("service", ["study", "growth"])
def test_without_an_active_user_no_route_lets_a_token_in(
    study_app: Flask, growth_app: Flask, database: LibsqlDatabase, service: str, sql: str
) -> None:
    app, table = (study_app, STUDY) if service == "study" else (growth_app, GROWTH)
    people = {role: client(app, who, role) for role, who in WHO.items()}
    change(database, sql, app)
    for route, roles in table.items():
        method, rule = route.split(" ", 1)
        for role in (roles or set()) - {"service"}:
            response = people[role].open(url(rule), method=method)
            refusal = (response.status_code, response.json["code"], response.json["detail"])
            assert refusal == (401, "TOKEN_INVALID", DETAIL), (route, role)


def test_a_user_who_never_was_can_do_nothing(study_app: Flask, database: LibsqlDatabase) -> None:
    ghost = client(study_app, "999", "moderator")
    response = ghost.put("/api/questions/1/review", json={"status": "approved"})
    assert (response.status_code, response.json["detail"]) == (401, DETAIL)


def test_a_user_who_has_just_come_is_known_though_the_replica_is_behind(
    study_app: Flask, database: LibsqlDatabase, request: pytest.FixtureRequest, mode: str
) -> None:
    insert = Statement("INSERT INTO users (id, email, name, role) VALUES (50, 'n@x.example', 'New', 'moderator')")
    token = tokens.mint(KEYS, "study", "50", "moderator", ttl_s=60)
    if mode != "replica":
        database.batch([insert])
        assert admission_of(study_app).token(token).caller.subject == "50"
        return
    with request.getfixturevalue("primary").held_back():
        other = LibsqlDatabase(database.settings)
        other.batch([insert])
        other.close()
        assert admission_of(study_app).token(token).caller.subject == "50"


@pytest.mark.parametrize(
    ("now", "roles"),
    [("user", ["user"]), ("moderator", ["user", "moderator"]), ("admin", ["user", "moderator", "admin"])],
)
def test_an_operators_token_has_at_most_the_role_that_its_user_has(
    study_app: Flask, database: LibsqlDatabase, now: str, roles: list[str]
) -> None:
    change(database, f"UPDATE users SET role = '{now}' WHERE id = 1")
    for role in tokens.RANKS:
        response = client(study_app, "1", role).get("/api/exams")
        if role in roles:
            assert response.status_code == 200, role
        else:
            assert (response.json["code"], response.json["detail"]) == ("TOKEN_EXPIRED", OTHER_ROLE), role


@pytest.mark.parametrize("now", ["user", "moderator", "admin"])
def test_the_token_of_a_sign_in_has_just_the_role_that_its_user_has(
    study_app: Flask, database: LibsqlDatabase, now: str
) -> None:
    change(database, f"UPDATE users SET role = '{now}' WHERE id = 1")
    for role in tokens.RANKS:
        claims = {"sub": "1", "role": role, "scope": "read", "aud": "study", "jti": role, "sid": "s"}
        token = tokens.signed(KEYS, "test", claims | {"exp": int(time.time()) + 60})
        response = study_app.test_client().get("/api/exams", headers={"Authorization": f"Bearer {token}"})
        assert response.json.get("code") == (None if role == now else "TOKEN_EXPIRED"), role


def test_a_change_by_sql_counts_when_half_a_minute_is_over(
    alice: FlaskClient, study_app: Flask, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(database, "UPDATE users SET is_active = 0 WHERE id = 1")
    began = time.monotonic()
    assert alice.get("/api/exams").status_code == 200
    monkeypatch.setattr(standing.time, "monotonic", lambda: began + 31)
    assert alice.get("/api/exams").json["detail"] == DETAIL
    change(database, "UPDATE users SET is_active = 1 WHERE id = 1")
    assert alice.get("/api/exams").status_code == 200


def test_a_token_of_a_new_role_counts_while_the_old_role_is_remembered(
    alice: FlaskClient, study_app: Flask, database: LibsqlDatabase
) -> None:
    assert alice.get("/api/exams").status_code == 200
    change(database, "UPDATE users SET role = 'moderator' WHERE id = 1")
    token = tokens.mint(KEYS, "study", "1", "moderator", ttl_s=60)
    promoted = study_app.test_client().get("/api/questions", headers={"Authorization": f"Bearer {token}"})
    assert promoted.status_code == 200


def test_the_row_is_read_once_for_all_tokens_and_requests_of_a_user(
    study_app: Flask, database: LibsqlDatabase, count_queries: Any
) -> None:
    alices = [client(study_app, "1", "user") for _ in range(2)]
    admission_of(study_app).standings.forget_all()
    with count_queries() as statements:
        for _ in range(3):
            for alice in alices:
                alice.get("/api/exams")
    assert [sql for sql in statements if "role" in sql] == ["SELECT role, is_active FROM users WHERE id = ?"]


def test_a_service_has_no_row_and_no_number(growth_app: Flask, database: LibsqlDatabase, count_queries: Any) -> None:
    bot = client(growth_app, "growth-bot", "service")
    with count_queries() as statements:
        assert bot.get("/api/growth/metrics").status_code == 200
    assert not [sql for sql in statements if "users" in sql]
    for subject in ("1", "٢", "", "0002", "a b", "-x", "x" * 65):
        claims = {"sub": subject, "role": "service", "scope": "read", "aud": "growth", "exp": time.time() + 60}
        token = jwt.encode(claims | {"jti": "x"}, KEYS["test"], "HS256", headers={"kid": "test"})
        response = growth_app.test_client().get("/api/growth/metrics", headers={"Authorization": f"Bearer {token}"})
        assert (response.json["code"], response.json["detail"]) == (
            "TOKEN_INVALID",
            "the token's subject is no service",
        ), subject


def test_many_users_do_not_fill_the_memory(
    study_app: Flask, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "_REMEMBERED", 2)
    remembered = admission_of(study_app).standings
    for subject, role in (("1", "user"), ("2", "user"), ("3", "moderator"), ("4", "admin")):
        client(study_app, subject, role)
    assert list(remembered._known) == ["3", "4"]
