"""Staying signed in: each refresh token counts once, one that comes back ends the sign-in, and logging out ends it."""

import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.web import tokens
from shared_schema.web.auth import admission_of
from tests.conftest import KEYS, caught_up, client
from tests.servers.issuer import Issuer
from tests.study_service.conftest import audited, meanwhile, rows

REFRESH, LOGOUT, ME = "/api/auth/refresh", "/api/auth/logout", "/api/auth/me"
Refresh = Callable[..., Any]


@pytest.fixture
def first(door: Flask, issuer: Issuer, database: LibsqlDatabase) -> dict[str, Any]:
    """What Ada gets as she signs in."""
    sent = {"credential": issuer.token("109", email="ada@x.example")}
    body: dict[str, Any] = door.test_client().post("/api/auth/google", json=sent).json
    return body


@pytest.fixture
def refresh(door: Flask) -> Refresh:
    def send(body: dict[str, Any], key: str | None = None) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return door.test_client().post(REFRESH, json={"refreshToken": body["refreshToken"]}, headers=headers)

    return send


def counts(app: Flask, body: dict[str, Any]) -> bool:
    """Whether the token for requests does, in a process that has heard of everything."""
    caught_up()
    admission_of(app).revoked.read()
    response = app.test_client().get(ME, headers={"Authorization": f"Bearer {body['token']}"})
    assert response.status_code == 200 or response.json["code"] == "TOKEN_INVALID"
    return bool(response.status_code == 200)


def sid(body: dict[str, Any]) -> str:
    claim: str = jwt.decode(body["token"], options={"verify_signature": False})["sid"]
    return claim


def sign_in_row(database: LibsqlDatabase, body: dict[str, Any]) -> dict[str, Any]:
    (stored,) = rows(database, "SELECT * FROM sign_ins WHERE id = ?", sid(body))
    return stored


def test_a_refresh_token_gives_another_pair_of_the_same_sign_in(
    first: dict[str, Any], refresh: Refresh, door: Flask, database: LibsqlDatabase
) -> None:
    database.batch([Statement("UPDATE sign_ins SET expires_at = unixepoch() + 60")])
    database.batch([Statement("INSERT INTO sign_ins (id, user_id, expires_at) VALUES ('other', 1, 9000000000)")])
    response = refresh(first)
    second = response.json
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert second["user"] == first["user"]
    assert (sid(second), second["token"] != first["token"]) == (sid(first), True)
    assert counts(door, first)
    assert counts(door, second)
    stored = rows(database, "SELECT digest, number, used_at IS NOT NULL AS used FROM refresh_tokens ORDER BY number")
    digests = [hashlib.sha256(body["refreshToken"].encode()).hexdigest() for body in (first, second)]
    assert stored == [{"digest": digests[0], "number": 1, "used": 1}, {"digest": digests[1], "number": 2, "used": 0}]
    assert abs(sign_in_row(database, first)["expires_at"] - time.time() - 30 * 86_400) < 60
    assert rows(database, "SELECT expires_at FROM sign_ins WHERE id = 'other'") == [{"expires_at": 9_000_000_000}]
    assert refresh(second).status_code == 200


def test_a_token_that_comes_back_ends_its_sign_in_and_no_other(
    first: dict[str, Any], refresh: Refresh, door: Flask, issuer: Issuer, database: LibsqlDatabase
) -> None:
    sent = {"credential": issuer.token("109", email="ada@x.example")}
    elsewhere = door.test_client().post("/api/auth/google", json=sent).json
    second = refresh(first).json
    stolen = refresh(first)
    assert (stolen.status_code, stolen.json["code"]) == (401, "TOKEN_INVALID")
    assert stolen.json["detail"] == "this refresh token was used before, so its sign-in has ended"
    assert refresh(second).json["detail"] == "the sign-in has ended"
    assert not counts(door, first)
    assert not counts(door, second)
    assert counts(door, elsewhere)
    assert refresh(elsewhere).status_code == 200
    (entry,) = audited(database, "sign_in.reuse")
    assert (entry["id"], entry["new"]) == (str(first["user"]["id"]), {"sign_in": sid(first)})
    assert refresh(first).status_code == 401
    assert len(audited(database, "sign_in.reuse")) == 1
    revoked = rows(database, "SELECT kind, key, expires_at - unixepoch() > 3600 AS long FROM revocations")
    assert revoked == [{"kind": "sign_in", "key": sid(first), "long": 1}]


def test_of_two_refreshes_at_once_one_wins_and_the_sign_in_ends(
    first: dict[str, Any], refresh: Refresh, door: Flask, database: LibsqlDatabase
) -> None:
    caught_up()

    def send(_: int) -> int:
        with door.app_context():
            try:
                return int(refresh(first).status_code)
            finally:
                database.close()

    with ThreadPoolExecutor(4) as several:
        statuses = sorted(several.map(send, range(4)))
    assert statuses == [200, 401, 401, 401]
    assert [row["number"] for row in rows(database, "SELECT number FROM refresh_tokens ORDER BY number")] == [1, 2]
    assert sign_in_row(database, first)["ended_at"] is not None
    assert not counts(door, first)


def test_a_token_that_another_request_uses_after_we_looked_is_used_twice(
    first: dict[str, Any], refresh: Refresh, database: LibsqlDatabase, settings: Settings
) -> None:
    use = "UPDATE refresh_tokens SET used_at = unixepoch()"
    with meanwhile(database, settings, "FROM refresh_tokens t", use):
        assert refresh(first).status_code == 401
    assert sign_in_row(database, first)["ended_at"] is not None


@pytest.mark.parametrize(
    ("end", "detail"),
    [
        ("UPDATE sign_ins SET ended_at = unixepoch()", "the sign-in has ended"),
        ("UPDATE users SET is_active = 0", "the sign-in has ended"),
        ("UPDATE refresh_tokens SET expires_at = unixepoch()", "sign in again"),
    ],
    ids=["ended", "switched off", "expired"],
)
def test_a_sign_in_that_ends_after_we_looked_gives_no_pair(
    first: dict[str, Any], refresh: Refresh, database: LibsqlDatabase, settings: Settings, end: str, detail: str
) -> None:
    with meanwhile(database, settings, "FROM refresh_tokens t", end):
        refused = refresh(first)
    assert (refused.status_code, refused.json["detail"]) == (401, detail)
    assert rows(database, "SELECT used_at FROM refresh_tokens") == [{"used_at": None}]


def test_a_lost_answer_is_given_again_for_a_minute_to_the_same_request(
    first: dict[str, Any], refresh: Refresh, door: Flask, issuer: Issuer, database: LibsqlDatabase
) -> None:
    sent = {"credential": issuer.token("109", email="ada@x.example")}
    elsewhere = door.test_client().post("/api/auth/google", json=sent).json
    second = refresh(first, "k-1")
    assert refresh(refresh(elsewhere).json).status_code == 200  # what another sign-in has used says nothing
    again = refresh(first, "k-1")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert again.json == second.json
    assert second.json["refreshToken"] not in json.dumps(rows(database, "SELECT * FROM receipts"), default=repr)
    database.batch([Statement("UPDATE refresh_tokens SET used_at = used_at - 61 WHERE used_at IS NOT NULL")])
    assert refresh(first, "k-1").status_code == 401
    assert sign_in_row(database, first)["ended_at"] is not None


@pytest.mark.parametrize("end", ["UPDATE sign_ins SET ended_at = 1", "UPDATE users SET is_active = 0"])
def test_a_lost_answer_is_not_given_again_when_the_sign_in_has_ended(
    first: dict[str, Any], refresh: Refresh, database: LibsqlDatabase, end: str
) -> None:
    assert refresh(first, "k-1").status_code == 200
    database.batch([Statement(end)])
    refused = refresh(first, "k-1")
    assert (refused.status_code, refused.json["code"]) == (401, "TOKEN_INVALID")
    assert audited(database, "sign_in.reuse") == []


def test_an_answer_that_has_arrived_is_not_given_again(
    first: dict[str, Any], refresh: Refresh, database: LibsqlDatabase
) -> None:
    second = refresh(first, "k-1").json
    assert refresh(second).status_code == 200
    assert refresh(first, "k-1").status_code == 401
    assert sign_in_row(database, first)["ended_at"] is not None


def test_another_key_is_another_request(first: dict[str, Any], refresh: Refresh, database: LibsqlDatabase) -> None:
    assert refresh(first, "k-1").status_code == 200
    assert refresh(first, "k-2").status_code == 401
    assert sign_in_row(database, first)["ended_at"] is not None


@pytest.mark.parametrize(
    ("change", "code", "detail"),
    [
        ("UPDATE refresh_tokens SET expires_at = unixepoch()", "TOKEN_EXPIRED", "sign in again"),
        ("UPDATE sign_ins SET ended_at = 1", "TOKEN_INVALID", "the sign-in has ended"),
        ("UPDATE users SET is_active = 0", "TOKEN_INVALID", "the sign-in has ended"),
        ("DELETE FROM users WHERE provider_id = '109'", "TOKEN_INVALID", "this is no refresh token of ours"),
    ],
    ids=["expired", "ended", "switched off", "deleted"],
)
def test_a_refresh_token_that_counts_no_longer(
    first: dict[str, Any], refresh: Refresh, database: LibsqlDatabase, change: str, code: str, detail: str
) -> None:
    database.batch([Statement(change)])
    refused = refresh(first)
    assert (refused.status_code, refused.json["code"], refused.json["detail"]) == (401, code, detail)
    assert all(row["used_at"] is None for row in rows(database, "SELECT used_at FROM refresh_tokens"))


@pytest.mark.parametrize("sent", ["nonsense", "0" * 64, "٢"])
def test_what_is_no_refresh_token_is_told_so(refresh: Refresh, database: LibsqlDatabase, sent: str) -> None:
    refused = refresh({"refreshToken": sent})
    assert (refused.status_code, refused.json["detail"]) == (401, "this is no refresh token of ours")


def test_a_token_for_requests_is_no_refresh_token(first: dict[str, Any], door: Flask) -> None:
    as_bearer = {"Authorization": f"Bearer {first['refreshToken']}"}
    assert door.test_client().get(ME, headers=as_bearer).json["code"] == "TOKEN_INVALID"
    swapped = door.test_client().post(REFRESH, json={"refreshToken": first["token"][:255]})
    assert swapped.status_code == 401


def test_old_rows_go_a_few_at_a_time(first: dict[str, Any], refresh: Refresh, database: LibsqlDatabase) -> None:
    old = "INSERT INTO sign_ins (id, user_id, expires_at) VALUES (?, 1, ?)"
    kept = "INSERT INTO refresh_tokens (digest, sign_in_id, number, expires_at) VALUES (?, ?, 1, ?)"
    database.batch([Statement(old, (f"s{n}", n)) for n in range(5)])
    database.batch([Statement(kept, (f"d{n}", f"s{n}", n)) for n in range(5)])
    refresh(first)
    left = rows(database, "SELECT id FROM sign_ins WHERE id LIKE 's_' ORDER BY id")
    assert [row["id"] for row in left] == ["s2", "s3", "s4"]
    left = rows(database, "SELECT digest FROM refresh_tokens WHERE digest LIKE 'd_' ORDER BY digest")
    assert [row["digest"] for row in left] == ["d2", "d3", "d4"]


def bearer(body: dict[str, Any]) -> dict[str, str]:
    caught_up()
    return {"Authorization": f"Bearer {body['token']}"}


def test_logging_out_ends_the_sign_in_with_all_its_tokens(
    first: dict[str, Any], refresh: Refresh, door: Flask, study_app: Flask, database: LibsqlDatabase
) -> None:
    second = refresh(first).json
    assert counts(study_app, first)
    response = door.test_client().post(LOGOUT, headers=bearer(second))
    assert (response.status_code, response.data) == (204, b"")
    for body in (first, second):
        refused = door.test_client().get(ME, headers=bearer(body))
        assert (refused.json["code"], refused.json["detail"]) == ("TOKEN_INVALID", "the token was revoked")
        assert not counts(study_app, body)
    assert refresh(second).json["detail"] == "the sign-in has ended"
    (entry,) = audited(database, "sign_in.end")
    assert (entry["user"], entry["new"]) == (first["user"]["id"], {"sign_in": sid(first)})
    assert door.test_client().post(LOGOUT, headers=bearer(second)).status_code == 401
    assert len(audited(database, "sign_in.end")) == 1


def test_a_token_that_an_operator_has_minted_is_revoked_alone(
    door: Flask, study_app: Flask, database: LibsqlDatabase
) -> None:
    here, other = client(door, "1", "user"), client(door, "1", "user")
    token = here.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert here.post(LOGOUT).status_code == 204
    assert here.get(ME).json["detail"] == "the token was revoked"
    assert other.get(ME).json["name"] == "Alice"
    assert not counts(study_app, {"token": token})
    jti = tokens.read(KEYS, "study", token).id
    (stored,) = rows(database, "SELECT kind, key, expires_at - unixepoch() AS left FROM revocations")
    assert (stored["kind"], stored["key"], 3600 < stored["left"] <= 3660) == ("token", jti, True)
    assert [entry["id"] for entry in audited(database, "token.revoke")] == [jti]
