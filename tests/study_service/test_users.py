"""Who is calling: the user of the token, as long as that user is active."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import Database
from tests.conftest import client
from tests.study_service.conftest import row


def test_alice_sees_her_own_account(alice: FlaskClient, bob: FlaskClient, database: Database) -> None:
    database.execute_sql(
        "UPDATE users SET created_at = 1767225600, picture = 'https://pictures.example/a',"
        " subscription_status = 'premium' WHERE id = 1"
    )
    assert alice.get("/api/auth/me").json == {
        "id": 1,
        "email": "alice@example.com",
        "name": "Alice",
        "picture": "https://pictures.example/a",
        "role": "user",
        "subscriptionStatus": "premium",
        "timezone": "Europe/Berlin",
        "createdAt": "2026-01-01T00:00:00Z",
    }
    assert bob.get("/api/auth/me").json["name"] == "Bob"


def test_a_deactivated_user_is_nobody(alice: FlaskClient, bob: FlaskClient, database: Database) -> None:
    database.execute_sql("UPDATE users SET is_active = 0 WHERE id = 1")
    response = alice.get("/api/auth/me")
    assert (response.status_code, response.json["code"]) == (401, "TOKEN_INVALID")
    assert bob.get("/api/auth/me").status_code == 200
    assert row(database, "users", 1)["is_active"] == 0


@pytest.mark.parametrize("subject", ["99", "growth-bot", "-1", "1" * 19])
def test_a_token_of_no_user_does_not_count(study_app: Flask, database: Database, subject: str) -> None:
    response = client(study_app, subject, "user").get("/api/auth/me")
    assert (response.status_code, response.json["code"]) == (401, "TOKEN_INVALID")
