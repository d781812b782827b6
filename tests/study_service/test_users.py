"""Who a token speaks for: an active user of ours, or nobody."""

import time
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import KEYS, client
from tests.study_service.conftest import audited, row, rows, submit

ME = "/api/auth/me"


def test_alice_sees_herself(alice: FlaskClient, database: LibsqlDatabase) -> None:
    more = """picture = 'https://example.com/a.png', subscription_status = 'premium', created_at = 1767225600,
        subscription_expires_at = 4102444800"""
    database.batch([Statement(f"UPDATE users SET {more} WHERE id = 1")])
    response = alice.get(ME)
    assert response.status_code == 200
    assert response.json == {
        "id": 1,
        "email": "alice@example.com",
        "name": "Alice",
        "picture": "https://example.com/a.png",
        "role": "user",
        "subscriptionStatus": "premium",
        "subscriptionExpiresAt": "2100-01-01T00:00:00Z",
        "timezone": "Europe/Berlin",
        "language": "en",
        "shareProfile": False,
        "examDates": {},
        "createdAt": "2026-01-01T00:00:00Z",
        "plan": response.json["plan"],  # see test_daily_limit
    }


def test_a_user_who_was_switched_off_is_nobody_until_she_is_back(
    alice: FlaskClient, bob: FlaskClient, database: LibsqlDatabase
) -> None:
    def switch(on: int) -> None:
        database.batch([Statement("UPDATE users SET is_active = ? WHERE id = 1", (on,))])

    switch(0)
    refused = alice.get(ME)
    assert (refused.status_code, refused.json["code"]) == (401, "TOKEN_INVALID")
    assert refused.json["detail"] == "the token's user is not active"
    assert bob.get(ME).json["name"] == "Bob"
    switch(1)
    assert alice.get(ME).json["name"] == "Alice"


@pytest.mark.parametrize("path", [ME, "/api/progress", "/api/study/sessions"])
@pytest.mark.parametrize(
    "subject", ["frontend", "-1", "1.0", "1" * 19, "", "1 ", "0001", "+1", "0", "١", "1\n"], ids=ascii
)
def test_a_subject_that_is_no_users_id_as_we_write_it_is_no_user(
    study_app: Flask, database: LibsqlDatabase, subject: str, path: str
) -> None:
    claims = {"sub": subject, "role": "user", "scope": "read", "aud": "study", "exp": time.time() + 60, "jti": "x"}
    token = jwt.encode(claims, KEYS["test"], "HS256", headers={"kid": "test"})
    refused = study_app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json["code"]) == (401, "TOKEN_INVALID")
    assert refused.json["detail"] == "the token's subject is no user"


def test_the_largest_id_is_looked_up_and_not_found(study_app: Flask, database: LibsqlDatabase) -> None:
    refused: Any = client(study_app, "9" * 18, "user").get(ME)
    assert (refused.status_code, refused.json["detail"]) == (401, "the token's user is not active")


def test_alice_changes_what_is_hers(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    before = alice.get(ME).json
    others = [row(database, "users", other) for other in (2, 3, 4)]
    body = {
        "name": "Alice L.",
        "timezone": "America/New_York",
        "language": "pt-BR",
        "shareProfile": True,
        "examDates": {"1": "2027-02-28"},
    }
    changed = alice.patch(ME, json=body)
    hers = {name: value for name, value in before.items() if name != "plan"} | body
    assert (changed.status_code, changed.json) == (200, hers)
    after = alice.get(ME).json
    assert after == hers | {"plan": after["plan"]}
    assert alice.patch(ME, json={"examDates": {}}).json == hers | {"examDates": {}}
    assert [row(database, "users", other) for other in (2, 3, 4)] == others
    first, second = audited(database, "user.change")
    assert (first["user"], first["id"], first["old"]["name"], first["new"]["name"]) == (1, "1", "Alice", "Alice L.")
    assert (second["old"], second["new"]) == ({"exam_dates": {"1": "2027-02-28"}}, {"exam_dates": {}})
    assert alice.patch(ME, json={}).status_code == 200
    assert len(audited(database, "user.change")) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [("Asia/Calcutta", "Asia/Kolkata"), ("US/Eastern", "America/New_York"), ("PRC", "Asia/Shanghai")],
)
def test_an_old_name_of_a_zone_is_one(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, old: str, new: str
) -> None:
    """Case tz-unknown-name: its days are those of the new name."""
    days = set()
    for number, name in enumerate((old, new)):
        assert alice.patch(ME, json={"timezone": name}).json["timezone"] == name
        for hour in (3, 4, 5, 15, 16, 17, 18, 19):
            submit(f"2026-03-1{1 + number}T{hour:02}:30:00Z", bank["Routing question 0"]["id"])
        found = rows(database, "SELECT day FROM user_answers ORDER BY id DESC LIMIT 8")
        days.add(tuple(int(row["day"][-2:]) - number for row in found))
    assert len(days) == 1
    assert len(set(*days)) == 2  # midnight is among these hours


WRONG: list[tuple[str, Any]] = [
    ("timezone", "Mars/Olympus"),
    *(("timezone", name) for name in ("Asia/Beijing", "India/Calcutta", "UTC+2", "../etc/passwd", "europe/berlin")),
    *(("timezone", name) for name in ("localtime", "posixrules", "right/Europe/Berlin", "posix/Europe/Berlin")),
    ("timezone", "America"),
    ("timezone", "../../etc/passwd"),
    ("timezone", "x" * 65),
    ("timezone", ""),
    ("timezone", None),
    ("name", ""),
    ("name", "x" * 201),
    ("name", "a\0b"),
    ("language", "english"),
    ("language", "en\n"),
    ("shareProfile", 1),
    ("examDates", {"1": "2026-02-30"}),
    ("examDates", {"01": "2026-02-28"}),
    ("examDates", {"x": "2026-02-28"}),
    ("examDates", {"99": "2026-02-28"}),
    ("examDates", {str(n): "2026-02-28" for n in range(1, 52)}),
    ("examDates", []),
    ("role", "admin"),
    ("email", "x@x.example"),
    ("subscriptionStatus", "premium"),
    ("isActive", True),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=lambda value: str(value)[:30])
def test_a_value_that_cannot_be_is_named_and_nothing_changes(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, field: str, value: Any
) -> None:
    before = row(database, "users", 1)
    refused = alice.patch(ME, json={"name": "Other", field: value})
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    assert row(database, "users", 1) == before


def test_an_exam_that_was_retired_has_no_date(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    assert ada.delete("/api/exams/1").status_code == 204
    refused = alice.patch(ME, json={"examDates": {"1": "2027-02-28"}})
    assert refused.json["errors"] == {"examDates": ["Names an exam that is not in the catalog."]}


@pytest.mark.parametrize("stored", ["no JSON", "[]", '{"1":5}', '{"1":"soon"}'])
def test_dates_that_cannot_be_shown_are_told_and_can_be_replaced(
    alice: FlaskClient, database: LibsqlDatabase, stored: str
) -> None:
    database.batch([Statement("UPDATE users SET exam_dates = ? WHERE id = 1", (stored,))])
    assert alice.get(ME).json["code"] == "CONFLICT"
    assert alice.patch(ME, json={"examDates": {}}).json["examDates"] == {}


def test_a_user_who_is_switched_off_meanwhile_changes_nothing(alice: FlaskClient, database: LibsqlDatabase) -> None:
    database.batch([Statement("UPDATE users SET is_active = 0 WHERE id = 1")])
    refused = alice.patch(ME, json={"name": "Other"})  # this process has read her row before
    assert (refused.status_code, row(database, "users", 1)["name"]) == (401, "Alice")
