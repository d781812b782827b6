"""Sign-in under a real gunicorn of two workers: what one of them is told, the other knows within seconds."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jwt
import pytest
import urllib3

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.web import tokens
from tests import stages
from tests.faults import hosts
from tests.faults.hosts import KEYS, wait_until
from tests.servers import HOST
from tests.servers.issuer import CLIENT, Issuer

ME = "/api/auth/me"
CANNOT = "revocations cannot be read"
HEARD_S = 10  # two seconds are meant; the machine may be busy
NEW = "new:another-secret-of-more-than-32-bytes-for-tests"
OLD = ",".join(f"{kid}:{secret}" for kid, secret in KEYS.items())


class Service(hosts.Service):
    """Each request goes over a connection of its own, so that either worker may get it."""

    def send(self, method: str, path: str, *, token: str = "", body: Any = None) -> urllib3.BaseHTTPResponse:
        headers = {"Connection": "close"} | ({"Authorization": f"Bearer {token}"} if token else {})
        if body is not None:
            headers["Content-Type"] = "application/json"
        sent = None if body is None else json.dumps(body)
        url = f"http://{HOST}:{self.port}{path}"
        with urllib3.PoolManager(timeout=30, retries=False) as http:
            return http.request(method, url, body=sent, headers=headers)

    def statuses(self, token: str, times: int = 12) -> set[int]:
        """What both workers say of a token: of twelve connections, each gets some."""
        return {self.send("GET", ME, token=token).status for _ in range(times)}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture
def start(issuer: Issuer, settings: Settings, tmp_path: Path) -> Iterator[Any]:
    """`start(**variables)`: a service on the database of this test."""
    front = {"GOOGLE_CLIENT_IDS": CLIENT, "OIDC_ISSUER": issuer.url, "OIDC_JWKS_URL": issuer.keys_url}
    with ExitStack() as running:

        def starting(**variables: str) -> Service:
            return running.enter_context(
                Service(settings.url, settings.token or "", tmp_path / "service.log", **front, **variables)
            )

        yield starting


def signed_in(service: Service, issuer: Issuer, subject: str = "109") -> dict[str, Any]:
    sent = {"credential": issuer.token(subject, email=f"{subject}@x.example")}
    response = service.send("POST", "/api/auth/google", body=sent)
    assert response.status == 200, response.data
    body: dict[str, Any] = response.json()
    return body


def refreshed(service: Service, body: dict[str, Any]) -> urllib3.BaseHTTPResponse:
    return service.send("POST", "/api/auth/refresh", body={"refreshToken": body["refreshToken"]})


pytestmark = pytest.mark.only("file", "server")


def test_both_workers_hear_of_a_logout_and_of_a_revoked_token(
    start: Any, issuer: Issuer, database: LibsqlDatabase, settings: Settings
) -> None:
    service = start()
    first, other = signed_in(service, issuer), signed_in(service, issuer, "110")
    minted = tokens.mint(KEYS, "study", "1", "user", ttl_s=600)
    assert service.statuses(first["token"]) == service.statuses(minted) == {200}
    assert service.send("POST", "/api/auth/logout", token=first["token"]).status == 204
    assert wait_until(lambda: service.statuses(first["token"]) == {401}) < HEARD_S
    assert refreshed(service, first).status == 401
    environment = stages.environment_of(settings) | {"TOKEN_KEYS": OLD}
    hosts.run_module("shared_schema.web.tokens", "revoke", env=environment, text=minted)
    assert wait_until(lambda: service.statuses(minted) == {401}) < HEARD_S
    assert service.statuses(other["token"]) == {200}


def test_a_change_of_role_or_activity_counts_in_both_workers(
    start: Any, issuer: Issuer, database: LibsqlDatabase
) -> None:
    service = start(STANDING_SECONDS="1")
    body = signed_in(service, issuer)
    user, admin = body["user"]["id"], tokens.mint(KEYS, "study", "4", "admin", ttl_s=600)
    assert service.statuses(body["token"]) == {200}
    promoted = service.send("PATCH", f"/api/users/{user}", token=admin, body={"role": "moderator"})
    assert promoted.status == 200
    assert wait_until(lambda: service.statuses(body["token"]) == {401}) < HEARD_S
    body = refreshed(service, body).json()
    assert service.send("GET", "/api/questions", token=body["token"]).status == 200
    database.batch([Statement("UPDATE users SET is_active = 0 WHERE id = ?", (user,))])  # by hand: nobody is told
    assert wait_until(lambda: service.statuses(body["token"]) == {401}) < HEARD_S


def test_twenty_first_sign_ins_at_two_workers_make_one_user(
    start: Any, issuer: Issuer, database: LibsqlDatabase
) -> None:
    service = start()
    with ThreadPoolExecutor(20) as several:
        ids = {body["user"]["id"] for body in several.map(lambda _: signed_in(service, issuer), range(20))}
    users = database.fetch([Statement("SELECT id, login_count FROM users WHERE provider_id = '109'")])[0].rows
    assert users == [{"id": ids.pop(), "login_count": 20}]
    assert not ids


def test_of_twenty_refreshes_at_two_workers_one_wins(start: Any, issuer: Issuer, database: LibsqlDatabase) -> None:
    service = start()
    body = signed_in(service, issuer)
    with ThreadPoolExecutor(20) as several:
        statuses = sorted(several.map(lambda _: refreshed(service, body).status, range(20)))
    assert statuses == [200] + [401] * 19
    assert wait_until(lambda: service.statuses(body["token"]) == {401}) < HEARD_S


def test_keys_rotate_without_logging_anyone_out(start: Any, issuer: Issuer, database: LibsqlDatabase) -> None:
    before = start()
    body = signed_in(before, issuer)
    assert before.statuses(body["token"]) == {200}
    before.stop()
    between = start(TOKEN_KEYS=f"{NEW},{OLD}")
    assert between.statuses(body["token"]) == {200}
    again = refreshed(between, body).json()
    assert jwt.get_unverified_header(again["token"])["kid"] == "new"
    between.stop()
    after = start(TOKEN_KEYS=NEW)
    assert after.statuses(again["token"]) == {200}
    assert after.statuses(body["token"]) == {401}
    assert refreshed(after, again).status == 200


@pytest.mark.only("server")
def test_while_the_database_is_away_the_last_list_counts(
    start: Any, issuer: Issuer, database: LibsqlDatabase, request: pytest.FixtureRequest
) -> None:
    service = start(TURSO_CONNECT_SECONDS="2", TURSO_READ_SECONDS="2", TURSO_TOTAL_SECONDS="3")
    ended, body = signed_in(service, issuer, "110"), signed_in(service, issuer)
    service.send("POST", "/api/auth/logout", token=ended["token"])
    wait_until(lambda: service.statuses(ended["token"]) == {401})
    time.sleep(5)  # each worker reads the list every two seconds; one of them may not have answered yet
    server = request.getfixturevalue("primary").server
    before = service.log.count(CANNOT)
    server.freeze()
    try:
        wait_until(lambda: service.log.count(CANNOT) >= before + 2)
        assert service.statuses(ended["token"], 6) == {401}
        assert service.statuses(body["token"], 2) == {503}
    finally:
        server.thaw()
    wait_until(lambda: service.statuses(body["token"]) == {200})
    assert wait_until(lambda: service.log.count("revocations are read again") >= service.log.count(CANNOT)) < HEARD_S
