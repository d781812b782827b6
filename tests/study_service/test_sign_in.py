"""Signing in over HTTP: who becomes a user, who is known again, who is refused, and what the log says of it."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import jwt
import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase, Statement
from study_service.issuer_keys import IssuerKeys
from tests.conftest import KEYS, caught_up
from tests.servers.issuer import CLIENT, Issuer
from tests.study_service.conftest import audited, row, rows

GOOGLE, ME = "/api/auth/google", "/api/auth/me"
SignIn = Callable[..., Any]


@pytest.fixture
def sign_in(door: Flask, issuer: Issuer, database: LibsqlDatabase) -> SignIn:
    """`sign_in("1", email=…)` sends an ID token with this subject and these claims; `body` has the other fields."""

    def send(subject: str, *, body: dict[str, str] | None = None, headers: Any = None, **claims: Any) -> Any:
        sent = {"credential": issuer.token(subject, **claims), **(body or {})}
        return door.test_client().post(GOOGLE, json=sent, headers=headers)

    return send


def people(database: LibsqlDatabase) -> list[dict[str, Any]]:
    """Who has come in through the issuer."""
    return rows(database, "SELECT * FROM users WHERE provider_id IS NOT NULL ORDER BY id")


def test_a_first_sign_in_makes_a_user_and_gives_two_tokens(
    sign_in: SignIn, door: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    before = int(time.time())
    picture = "https://x.example/ada.png"
    response = sign_in("109", email="Ada@X.example", name="Ada L.", picture=picture, headers={"User-Agent": "Firefox"})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    body, (ada,) = response.json, people(database)
    assert (ada["email"], ada["name"], ada["picture"]) == ("Ada@X.example", "Ada L.", picture)
    assert (ada["provider"], ada["provider_id"], ada["role"]) == ("google", "109", "user")
    assert (ada["email_verified"], ada["is_active"], ada["login_count"]) == (1, 1, 1)
    assert 0 <= ada["last_login"] - before <= 60
    me = door.test_client().get(ME, headers=bearer(body)).json
    assert me == body["user"] | {"plan": me["plan"]}
    assert (body["user"]["id"], body["user"]["email"]) == (ada["id"], "Ada@X.example")
    claims = jwt.decode(body["token"], KEYS["test"], ["HS256"], audience="study")
    assert (claims["sub"], claims["role"], claims["aud"], claims["scope"]) == (
        str(ada["id"]),
        "user",
        "study",
        "read write",
    )
    assert (claims["exp"] - claims["iat"], 0 <= claims["iat"] - before <= 60) == (900, True)
    (kept,) = rows(database, "SELECT * FROM sign_ins")
    assert (kept["id"], kept["user_id"], kept["user_agent"]) == (claims["sid"], ada["id"], "Firefox")
    assert (kept["ended_at"], 0 <= kept["expires_at"] - before - 30 * 86_400 <= 60) == (None, True)
    assert growth_app.test_client().get("/api/ai/costs", headers=bearer(body)).status_code == 401


def bearer(body: dict[str, Any]) -> dict[str, str]:
    caught_up()
    return {"Authorization": f"Bearer {body['token']}"}


def test_the_log_has_every_sign_in_and_nothing_of_a_token(
    sign_in: SignIn, issuer: Issuer, database: LibsqlDatabase
) -> None:
    first = sign_in("109", email="ada@x.example", body={"ref": "newsletter"}).json
    second = sign_in("109", email="ada@x.example").json
    user = str(first["user"]["id"])
    sids = [jwt.decode(body["token"], options={"verify_signature": False})["sid"] for body in (first, second)]
    (made,) = audited(database, "user.create")
    new = {"email": "ada@x.example", "name": "Newcomer", "provider": "google", "sign_up_ref": "newsletter"}
    assert (made["id"], made["new"]) == (user, new)
    entries = audited(database, "sign_in.create")
    assert [(entry["entity"], entry["id"], entry["new"]) for entry in entries] == [
        ("user", user, {"sign_in": sids[0], "ref": "newsletter"}),
        ("user", user, {"sign_in": sids[1]}),
    ]
    assert audited(database, "user.change") == []
    everything = json.dumps(
        [rows(database, f"SELECT * FROM {table}") for table in ("audit_log", "users", "sign_ins", "refresh_tokens")]
    )
    for body in (first, second):
        assert body["token"] not in everything
        assert body["refreshToken"] not in everything
    assert len({body["refreshToken"] for body in (first, second)}) == 2


@pytest.fixture
def ada_is_known(sign_in: SignIn, database: LibsqlDatabase) -> int:
    """Case 1: subject 1, with a verified e-mail."""
    response = sign_in("1", email="ada@x.example")
    assert response.status_code == 200
    user: int = response.json["user"]["id"]
    return user


@pytest.mark.usefixtures("ada_is_known")
@pytest.mark.parametrize(
    ("claims", "status", "code", "reason"),
    [
        ({"email_verified": False}, 403, "PERMISSION_DENIED", "the issuer has not verified this e-mail"),
        ({"email_verified": "true"}, 403, "PERMISSION_DENIED", "the issuer has not verified this e-mail"),
        ({}, 409, "CONFLICT", "another account has this e-mail; sign in to that one"),
        ({"email": "ADA@X.EXAMPLE"}, 409, "CONFLICT", "another account has this e-mail; sign in to that one"),
        ({"aud": "other.example"}, 401, "TOKEN_INVALID", "the ID token is none of the issuer's for this service"),
        ({"aud": [CLIENT, "other"], "azp": None}, 401, "TOKEN_INVALID", "the ID token was made for another client"),
        ({"exp": 1}, 401, "TOKEN_EXPIRED", "the ID token has expired"),
        ({"nonce": "n"}, 401, "TOKEN_INVALID", "the ID token's nonce is not the one of this sign-in"),
    ],
    ids=["unverified", "true as a text", "another's", "another's in capitals", "client", "audiences", "old", "nonce"],
)
def test_whoever_is_refused_is_linked_to_nobody_and_logged(
    sign_in: SignIn, database: LibsqlDatabase, claims: dict[str, Any], status: int, code: str, reason: str
) -> None:
    before = people(database), rows(database, "SELECT * FROM sign_ins")
    refused = sign_in("2", **{"email": "ada@x.example", **claims})
    assert (refused.status_code, refused.json["code"], refused.json["detail"]) == (status, code, reason)
    assert (people(database), rows(database, "SELECT * FROM sign_ins")) == before
    (entry,) = audited(database, "sign_in.refuse")
    assert (entry["user"], entry["subject"], entry["new"], entry["path"]) == (
        None,
        "anyone",
        {"reason": reason},
        GOOGLE,
    )


def test_an_email_never_links_to_an_account_that_was_there_before(sign_in: SignIn, database: LibsqlDatabase) -> None:
    before = row(database, "users", 1)
    assert sign_in("2", email="Alice@Example.com").status_code == 409
    assert row(database, "users", 1) == before


def test_another_subject_is_another_person(sign_in: SignIn, database: LibsqlDatabase, ada_is_known: int) -> None:
    answers = [sign_in(subject, email=f"{subject}@x.example") for subject in ("0", "01", "10")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({ada_is_known, *(answer.json["user"]["id"] for answer in answers)}) == 4


def test_a_sign_in_of_a_known_person_is_noted_in_their_row(
    sign_in: SignIn, database: LibsqlDatabase, ada_is_known: int
) -> None:
    before = row(database, "users", ada_is_known)
    database.batch([Statement("UPDATE users SET email_verified = 0, last_login = 1, updated_at = 1")])
    now = int(time.time())
    sign_in("1", email="ada@x.example")
    stored = row(database, "users", ada_is_known)
    assert (stored["email_verified"], stored["login_count"]) == (1, before["login_count"] + 1)
    assert now <= stored["last_login"] == stored["updated_at"] <= now + 60
    assert row(database, "users", 1)["last_login"] == 1


def test_a_known_person_brings_a_new_email_if_it_is_free(
    sign_in: SignIn, database: LibsqlDatabase, ada_is_known: int
) -> None:
    for email, now in (("lovelace@x.example", "lovelace@x.example"), ("BOB@example.com", "lovelace@x.example")):
        assert sign_in("1", email=email).json["user"]["email"] == now
        assert row(database, "users", ada_is_known)["email"] == now
    (entry,) = audited(database, "user.change")
    assert (entry["user"], entry["id"]) == (ada_is_known, str(ada_is_known))
    assert (entry["old"], entry["new"]) == ({"email": "ada@x.example"}, {"email": "lovelace@x.example"})
    assert row(database, "users", ada_is_known)["login_count"] == 3


def test_the_same_email_in_another_case_is_the_same_person(
    sign_in: SignIn, database: LibsqlDatabase, ada_is_known: int
) -> None:
    again = sign_in("1", email="ADA@x.example")
    assert (again.status_code, again.json["user"]["id"]) == (200, ada_is_known)
    assert row(database, "users", ada_is_known)["email"] == "ada@x.example"
    assert len(people(database)) == 1


def test_what_a_person_has_changed_here_stays_and_a_new_picture_comes(
    sign_in: SignIn, door: Flask, database: LibsqlDatabase, ada_is_known: int
) -> None:
    database.batch([Statement("UPDATE users SET name = 'Countess' WHERE id = ?", (ada_is_known,))])
    assert sign_in("1", email="ada@x.example", picture="https://x.example/1.png").json["user"]["name"] == "Countess"
    stored = row(database, "users", ada_is_known)
    assert (stored["name"], stored["picture"]) == ("Countess", "https://x.example/1.png")
    sign_in("1", email="ada@x.example")
    assert row(database, "users", ada_is_known)["picture"] == "https://x.example/1.png"


def test_who_is_switched_off_cannot_sign_in(sign_in: SignIn, database: LibsqlDatabase, ada_is_known: int) -> None:
    database.batch([Statement("UPDATE users SET is_active = 0 WHERE id = ?", (ada_is_known,))])
    before = row(database, "users", ada_is_known), rows(database, "SELECT * FROM sign_ins")
    refused = sign_in("1", email="new@x.example")
    assert (refused.status_code, refused.json["detail"]) == (403, "this account is not active")
    assert (row(database, "users", ada_is_known), rows(database, "SELECT * FROM sign_ins")) == before
    assert [entry["new"] for entry in audited(database, "sign_in.refuse")] == [{"reason": "this account is not active"}]


@pytest.mark.parametrize(("role", "audience"), [("user", "study"), ("moderator", ["study", "growth"])])
def test_one_sign_in_serves_both_services_where_the_role_allows(
    sign_in: SignIn, growth_app: Flask, database: LibsqlDatabase, ada_is_known: int, role: str, audience: object
) -> None:
    database.batch([Statement("UPDATE users SET role = ? WHERE id = ?", (role, ada_is_known))])
    body = sign_in("1", email="ada@x.example").json
    claims = jwt.decode(body["token"], options={"verify_signature": False})
    assert (claims["role"], claims["aud"], body["user"]["role"]) == (role, audience, role)
    status = growth_app.test_client().get("/api/ai/costs", headers=bearer(body)).status_code
    assert status == (401 if role == "user" else 403)


def test_twenty_first_sign_ins_at_once_make_one_user(door: Flask, issuer: Issuer, database: LibsqlDatabase) -> None:
    credential = issuer.token("109", email="ada@x.example")

    def send(_: int) -> int:
        with door.app_context():
            try:
                response = door.test_client().post(GOOGLE, json={"credential": credential})
                return int(response.json["user"]["id"]) if response.status_code == 200 else -response.status_code
            finally:
                database.close()

    caught_up()
    with ThreadPoolExecutor(8) as several:
        ids = set(several.map(send, range(20)))
    (ada,) = people(database)
    assert (ids, ada["login_count"]) == ({ada["id"]}, 20)
    assert len(rows(database, "SELECT * FROM sign_ins")) == 20
    assert len(audited(database, "user.create")) == 1


def test_a_lost_answer_is_given_again_and_no_usable_token_is_kept(
    sign_in: SignIn, door: Flask, issuer: Issuer, database: LibsqlDatabase
) -> None:
    sent = {"credential": issuer.token("109", email="ada@x.example")}
    keyed = {"Idempotency-Key": "k-1"}
    first = door.test_client().post(GOOGLE, json=sent, headers=keyed)
    time.sleep(1.1)  # a token that is made anew would have other times
    again = door.test_client().post(GOOGLE, json=sent, headers=keyed)
    assert (again.headers["Idempotency-Replayed"], again.json) == ("true", first.json)
    assert (people(database)[0]["login_count"], len(rows(database, "SELECT * FROM sign_ins"))) == (1, 1)
    kept = json.dumps(rows(database, "SELECT * FROM receipts"), default=repr)
    assert first.json["refreshToken"] not in kept
    assert first.json["token"].rpartition(".")[2] not in kept
    assert sent["credential"] not in kept
    other = door.test_client().post(GOOGLE, json={**sent, "ref": "x"}, headers=keyed)
    assert (other.status_code, other.json["code"]) == (409, "CONFLICT")
    stranger = sign_in("110", email="other@x.example", headers=keyed)
    assert "Idempotency-Replayed" not in stranger.headers
    assert stranger.json["user"]["email"] == "other@x.example"


def test_without_a_client_id_nobody_can_sign_in(study_app: Flask, issuer: Issuer, database: LibsqlDatabase) -> None:
    response = study_app.test_client().post(GOOGLE, json={"credential": issuer.token()})
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
    assert response.json["detail"] == "nobody can sign in here: GOOGLE_CLIENT_IDS is not set"


@pytest.mark.parametrize(
    "body",
    [{}, {"credential": ""}, {"credential": 5}, {"credential": "x" * 8001}, {"credential": "x", "nonce": ""}, {"x": 1}],
)
def test_a_body_that_is_none_is_told_so(door: Flask, database: LibsqlDatabase, body: dict[str, Any]) -> None:
    response = door.test_client().post(GOOGLE, json=body)
    assert (response.status_code, response.json["code"]) == (422, "VALIDATION_FAILED")
    assert audited(database, "sign_in.refuse") == []


def forget_keys(door: Flask) -> None:
    """As in a new process."""
    known = door.extensions["issuer"]
    door.extensions["issuer"] = replace(known, keys=IssuerKeys(known.keys.url))


def test_while_the_issuer_is_down_known_keys_count_and_nobody_is_blamed(
    sign_in: SignIn, door: Flask, issuer: Issuer, database: LibsqlDatabase
) -> None:
    assert sign_in("109").status_code == 200
    issuer.stop()
    try:
        assert sign_in("109").status_code == 200
        forget_keys(door)
        away = sign_in("109")
    finally:
        issuer.start()
        forget_keys(door)
    assert (away.status_code, away.json["code"]) == (503, "ISSUER_UNAVAILABLE")
    assert "Retry-After" in away.headers
    assert audited(database, "sign_in.refuse") == []
