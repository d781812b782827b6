"""Users as admins see and change them: by search, with the log, and never without an admin left."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.web.auth import admission_of
from tests.conftest import caught_up, client
from tests.study_service.conftest import audited, iso, row, rows

USERS, ME = "/api/users", "/api/auth/me"


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.json
    return [user["name"] for user in response.json["users"]]


def add(database: LibsqlDatabase, *people: tuple[int, str, str]) -> None:
    sql = "INSERT INTO users (id, email, name) VALUES (?, ?, ?)"
    database.batch([Statement(sql, person) for person in people])


def test_users_are_listed_by_id_a_page_at_a_time(ada: FlaskClient, database: LibsqlDatabase) -> None:
    bought = "subscription_status = 'premium', subscription_expires_at = 1767225600, last_login = 1767225601"
    database.batch([Statement(f"UPDATE users SET {bought}, login_count = 7, created_at = 1 WHERE id = 1")])
    first = ada.get(f"{USERS}?limit=3").json
    assert [user["id"] for user in first["users"]] == [1, 2, 3]
    assert first["users"][0] == {
        "id": 1,
        "email": "alice@example.com",
        "name": "Alice",
        "role": "user",
        "subscriptionStatus": "premium",
        "subscriptionExpiresAt": iso(1767225600),
        "isActive": True,
        "lastLogin": iso(1767225601),
        "loginCount": 7,
        "createdAt": iso(1),
    }
    last = ada.get(f"{USERS}?limit=3&after={first['next']}").json
    assert ([user["id"] for user in last["users"]], last["next"]) == ([4], None)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("al", ["Alice", "Zoe"]),
        ("AL", ["Alice", "Zoe"]),
        ("alice@example.com", ["Alice"]),
        ("lice", []),
        ("Bob", ["Bob"]),
        ("%", ["100% Carl"]),
        ("_", []),
        ("a_", ["A_b"]),
        ("a%", []),
        ("100%25", ["100% Carl"]),
        ("'", []),
        ("*", []),
        ("É", ["Émile"]),
    ],
)
def test_q_is_the_beginning_of_an_email_or_a_name_and_no_pattern(
    ada: FlaskClient, database: LibsqlDatabase, q: str, found: list[str]
) -> None:
    people = [(10, "ALBERT@x.example", "Zoe"), (11, "%@x.example", "100% Carl"), (12, "c@x.example", "A_b")]
    add(database, *people, (13, "d@x.example", "Émile"))
    assert names(ada.get(f"{USERS}?q={q.replace('%25', '%').replace('%', '%25')}")) == found


def test_a_search_goes_on_after_a_page(ada: FlaskClient, database: LibsqlDatabase) -> None:
    add(database, *((10 + n, f"carl{n}@x.example", f"C {n}") for n in range(5)))
    first = ada.get(f"{USERS}?q=carl&limit=3").json
    assert [user["id"] for user in first["users"]] == [10, 11, 12]
    assert names(ada.get(f"{USERS}?q=carl&limit=3&after={first['next']}")) == ["C 3", "C 4"]


def test_a_search_reads_an_index_each_for_email_and_name(
    ada: FlaskClient, database: LibsqlDatabase, count_queries: Any
) -> None:
    with count_queries() as statements:
        ada.get(f"{USERS}?q=al")
    (search,) = statements
    values = {"after": 0, "limit": 20, "low": "al", "high": "al\U0010ffff"}
    steps = [step["detail"] for step in rows_of_plan(database, search, values)]
    assert any("users_email_without_case (email>? AND email<?)" in step for step in steps), steps
    assert any("users_name_without_case (name>? AND name<?)" in step for step in steps), steps
    assert not any(step.startswith("SCAN users") for step in steps), steps


def rows_of_plan(database: LibsqlDatabase, sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    plan: list[dict[str, Any]] = database.fetch([Statement(f"EXPLAIN QUERY PLAN {sql}", values)], fresh=True)[0].rows
    return plan


@pytest.mark.parametrize("query", ["q=", f"q={'x' * 101}", "limit=0", "after=x", "name=x", "q=%00"])
def test_a_query_that_is_none_is_told_so(ada: FlaskClient, query: str) -> None:
    assert ada.get(f"{USERS}?{query}").json["code"] == "VALIDATION_FAILED"


def test_a_change_is_logged_with_what_was_before(ada: FlaskClient, database: LibsqlDatabase) -> None:
    until = "2027-01-01T00:00:00Z"
    body = {"role": "moderator", "subscriptionStatus": "premium", "subscriptionExpiresAt": until, "isActive": True}
    before = row(database, "users", 1)
    response = ada.patch(f"{USERS}/1", json=body)
    assert response.status_code == 200
    assert {name: response.json[name] for name in body} == body
    after = row(database, "users", 1)
    new = {"role": "moderator", "subscription_status": "premium", "subscription_expires_at": 1798761600}
    assert after == {**before, **new, "is_active": 1, "updated_at": after["updated_at"]}
    (entry,) = audited(database, "user.change")
    assert (entry["user"], entry["entity"], entry["id"]) == (4, "user", "1")
    old = {"role": "user", "subscription_status": "free", "subscription_expires_at": None, "is_active": 1}
    assert (entry["old"], entry["new"]) == (old, {**new, "is_active": True})
    assert [row(database, "users", other)["role"] for other in (2, 3, 4)] == ["user", "moderator", "admin"]


def test_an_empty_change_changes_and_logs_nothing(ada: FlaskClient, database: LibsqlDatabase) -> None:
    before = row(database, "users", 1)
    assert ada.patch(f"{USERS}/1", json={}).json["name"] == "Alice"
    assert row(database, "users", 1) == before
    assert audited(database, "user.change") == []
    assert rows(database, "SELECT * FROM revocations") == []
    assert ada.patch(f"{USERS}/99", json={}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"role": "service"},
        {"role": "root"},
        {"role": None},
        {"subscriptionStatus": "gold"},
        {"subscriptionExpiresAt": "tomorrow"},
        {"isActive": "yes"},
        {"email": "x@x.example"},
        {"id": 5},
        {"loginCount": 0},
    ],
    ids=str,
)
def test_nothing_else_can_be_changed(ada: FlaskClient, database: LibsqlDatabase, body: dict[str, Any]) -> None:
    before = row(database, "users", 1)
    response = ada.patch(f"{USERS}/1", json=body)
    assert (response.status_code, list(response.json["errors"])) == (422, list(body))
    assert row(database, "users", 1) == before


def test_nobody_is_changed_who_is_not_there(ada: FlaskClient, database: LibsqlDatabase) -> None:
    assert ada.patch(f"{USERS}/99", json={"role": "admin"}).json["code"] == "NOT_FOUND"
    assert audited(database, "user.change") == []
    assert rows(database, "SELECT * FROM revocations") == []


@pytest.mark.parametrize("body", [{"role": "moderator"}, {"role": "user"}, {"isActive": False}], ids=str)
def test_the_last_active_admin_stays(ada: FlaskClient, database: LibsqlDatabase, body: dict[str, Any]) -> None:
    """Mo is an admin who was switched off, and so no help."""
    database.batch([Statement("UPDATE users SET role = 'admin', is_active = 0 WHERE id = 3")])
    before = row(database, "users", 4)
    refused = ada.patch(f"{USERS}/4", json=body)
    assert (refused.status_code, refused.json["detail"]) == (
        409,
        "this is the last active admin; make another one first",
    )
    assert (row(database, "users", 4), audited(database, "user.change")) == (before, [])
    assert ada.patch(f"{USERS}/4", json={"role": "admin", "isActive": True}).status_code == 200
    assert ada.patch(f"{USERS}/3", json={"isActive": True}).status_code == 200
    assert ada.patch(f"{USERS}/4", json=body).status_code == 200
    changed = row(database, "users", 4)
    assert (changed["role"], changed["is_active"]) == (body.get("role", "admin"), body.get("isActive", 1))


def test_a_change_of_role_counts_at_once_here_and_elsewhere_when_it_is_heard_of(
    ada: FlaskClient, mo: FlaskClient, study_app: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    there = client(growth_app, "3", "moderator")
    assert mo.get("/api/questions").status_code == 200
    assert ada.patch(f"{USERS}/3", json={"role": "user"}).status_code == 200
    refused = mo.get("/api/questions")
    assert (refused.status_code, refused.json["code"]) == (401, "TOKEN_EXPIRED")
    assert refused.json["detail"] == "the user's role is another now; get a new token"
    assert there.get("/api/ai/costs").status_code == 403  # still a moderator there
    caught_up()
    admission_of(growth_app).revoked.read()
    assert there.get("/api/ai/costs").json["code"] == "TOKEN_EXPIRED"
    assert client(study_app, "3", "user").get(ME).json["role"] == "user"


def test_who_is_switched_off_is_out_and_signed_out_everywhere(
    ada: FlaskClient, alice: FlaskClient, database: LibsqlDatabase
) -> None:
    begun = "INSERT INTO sign_ins (id, user_id, expires_at, ended_at) VALUES (?, ?, unixepoch() + 60, ?)"
    signed_in = [("one", 1, None), ("two", 1, None), ("over", 1, 5), ("bob's", 2, None)]
    database.batch([Statement(begun, sign_in) for sign_in in signed_in])
    assert ada.patch(f"{USERS}/1", json={"isActive": False}).json["isActive"] is False
    refused = alice.get(ME)
    assert (refused.status_code, refused.json["detail"]) == (401, "the token's user is not active")
    ended = rows(database, "SELECT id, ended_at IS NOT NULL AS ended, ended_at = 5 AS before FROM sign_ins ORDER BY id")
    assert [(sign_in["id"], sign_in["ended"], sign_in["before"]) for sign_in in ended] == [
        ("bob's", 0, None),
        ("one", 1, 0),
        ("over", 1, 1),
        ("two", 1, 0),
    ]
    told = rows(database, "SELECT kind, key FROM revocations ORDER BY kind, key")
    assert told == [{"kind": "sign_in", "key": "one"}, {"kind": "sign_in", "key": "two"}, {"kind": "user", "key": "1"}]
    assert ada.patch(f"{USERS}/1", json={"isActive": True}).status_code == 200
    assert alice.get(ME).json["name"] == "Alice"


def test_a_change_of_plan_counts_in_the_next_answer(
    ada: FlaskClient, alice: FlaskClient, database: LibsqlDatabase
) -> None:
    def plan(body: dict[str, Any]) -> tuple[str, str | None]:
        assert ada.patch(f"{USERS}/1", json=body).status_code == 200
        told = alice.get(ME).json
        return told["subscriptionStatus"], told["subscriptionExpiresAt"]

    assert plan({"subscriptionStatus": "premium"}) == ("premium", None)
    future, past = "2100-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
    assert plan({"subscriptionExpiresAt": future}) == ("premium", future)
    assert plan({"subscriptionExpiresAt": past}) == ("free", past)
    assert ada.get(f"{USERS}?q=alice").json["users"][0]["subscriptionStatus"] == "premium"
    assert plan({"subscriptionStatus": "enterprise", "subscriptionExpiresAt": None}) == ("enterprise", None)


def test_a_change_is_one_batch(ada: FlaskClient, database: LibsqlDatabase, count_queries: Any) -> None:
    with count_queries() as statements:
        ada.patch(f"{USERS}/1", json={"role": "admin"})
    # the log, the change, that there was one, old revocations, the new one, that it can be shown, the user
    assert [query.split()[0] for query in statements] == [
        "INSERT", "UPDATE", "SELECT", "DELETE", "INSERT", "SELECT", "SELECT",
    ]  # fmt: skip
