"""Who a token speaks for: an active user of ours, or nobody."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import Database, Statement
from tests.conftest import client

ME = "/api/auth/me"


def test_alice_sees_herself(alice: FlaskClient, database: Database) -> None:
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
        "createdAt": "2026-01-01T00:00:00Z",
        "plan": response.json["plan"],  # see test_daily_questions
    }


def test_a_user_who_was_switched_off_is_nobody_until_she_is_back(
    alice: FlaskClient, bob: FlaskClient, database: Database
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
    "subject", ["frontend", "-1", "1.0", "1" * 19, "", "1 "], ids=["name", "negative", "fraction", "long", "", "blank"]
)
def test_a_subject_that_is_no_number_is_no_user(study_app: Flask, database: Database, subject: str, path: str) -> None:
    refused = client(study_app, subject, "user").get(path)
    assert (refused.status_code, refused.json["code"]) == (401, "TOKEN_INVALID")
    assert refused.json["detail"] == "the token's subject is no user"


def test_the_largest_id_is_looked_up_and_not_found(study_app: Flask, database: Database) -> None:
    refused: Any = client(study_app, "9" * 18, "user").get(ME)
    assert (refused.status_code, refused.json["detail"]) == (401, "the token's user is not active")
