"""A caller sends so many requests in a window, an address so many without a good token; what is left is told."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import study_service.app
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.environment import ConfigurationError
from shared_schema.web import limits, tokens
from shared_schema.web.auth import ANYONE, LEARNERS, allow
from shared_schema.web.config import Config
from shared_schema.web.limits import Rate
from tests.conftest import KEYS, client

BAD = {"Authorization": "Bearer nonsense"}
_numbers = iter(range(1000, 9999))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An address may send 3 requests a minute, a user 4, and 2 to sign in."""
    quotas = {"address": 3, "user": 4, "sign-in": 2}
    rates = {name: Rate(name, quota, 60) for name, quota in quotas.items()}
    app = made(tmp_path_factory.mktemp("state"), rates)

    @app.post("/api/auth/enter")
    @allow(ANYONE)
    def enter() -> str:
        return "in"

    @app.get("/api/auth/stay")
    @allow(*LEARNERS)
    def stay() -> str:
        return "here"

    return app


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A user may send 1 request a second."""
    return made(tmp_path_factory.mktemp("state"), {name: Rate(name, 1, 1) for name in ("address", "user", "sign-in")})


@pytest.fixture(scope="module")
def uncounted(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One request a minute, and a file where the folder of the counts should be."""
    state = tmp_path_factory.mktemp("state") / "file"
    state.write_text("")
    return made(state, {name: Rate(name, 1, 60) for name in ("address", "user", "sign-in")})


def made(state: Path, rates: limits.Rates) -> Flask:
    config = Config("study", 0, "127.0.0.1", Settings("file::memory:"), KEYS, state=state, rates=rates)
    return study_service.app.create_app(config)


def newcomer(database: LibsqlDatabase) -> str:
    """The id of a user whom no other test has been, and who may have a token of any role."""
    subject = str(next(_numbers))
    insert = "INSERT INTO users (id, email, name, role) VALUES (?, ?, 'Someone', 'admin')"
    database.batch([Statement(insert, (subject, f"{subject}@x.example"))])
    return subject


def someone(app: Flask, database: LibsqlDatabase) -> FlaskClient:
    return client(app, newcomer(database), "user")


def somewhere() -> dict[str, str]:
    """An address that no other test has come from."""
    number = next(_numbers)
    return {"REMOTE_ADDR": f"10.0.{number // 256}.{number % 256}"}


def told(response: TestResponse) -> tuple[int, str, int]:
    """The status, the policy, and how many more may come."""
    name, quota = re.fullmatch(r'"([a-z-]+)";q=(\d+);w=\d+', response.headers["RateLimit-Policy"]).groups()  # type: ignore[union-attr]
    left = re.fullmatch(rf'"{name}";r=(\d+);t=(\d+)', response.headers["RateLimit"])
    assert left
    assert 0 < int(left[2]) <= 60
    return response.status_code, f"{name}/{quota}", int(left[1])


def test_a_user_is_refused_above_the_limit_and_told_when_to_come_back(app: Flask, database: LibsqlDatabase) -> None:
    alice, bob = someone(app, database), someone(app, database)
    answers = [alice.get("/api/auth/stay") for _ in range(6)]
    assert [told(answer) for answer in answers] == [
        (200, "user/4", 3), (200, "user/4", 2), (200, "user/4", 1), (200, "user/4", 0), (429, "user/4", 0),
        (429, "user/4", 0),
    ]  # fmt: skip
    refused = answers[-1]
    assert refused.mimetype == "application/problem+json"
    assert refused.json["code"] == "RATE_LIMIT_EXCEEDED"
    assert refused.json["detail"].startswith("at most 4 requests in 60 seconds; try again in ")
    assert 59 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit"] == f'"user";r=0;t={refused.headers["Retry-After"]}'
    assert "Retry-After" not in answers[0].headers
    assert told(bob.get("/api/auth/stay")) == (200, "user/4", 3)


def test_a_request_after_the_time_told_passes(brief: Flask, database: LibsqlDatabase) -> None:
    alice = client(brief, "1", "user")
    while (refused := alice.get("/api/progress")).status_code == 200:
        pass
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    time.sleep(int(refused.headers["Retry-After"]))
    assert alice.get("/api/progress").status_code == 200


def test_a_refused_request_is_not_carried_out(app: Flask, database: LibsqlDatabase) -> None:
    ada, body = client(app, "4", "admin"), {"vendorId": "Acme", "code": "A-1", "name": "First"}
    for _ in range(4):
        ada.get("/api/auth/stay")
    assert ada.post("/api/exams", json=body).status_code == 429
    assert database.execute_sql("SELECT count(*) FROM exams").fetchall() == [(0,)]


def test_the_tokens_of_one_user_share_and_a_service_is_no_user(app: Flask, database: LibsqlDatabase) -> None:
    subject = newcomer(database)
    for role in ("user", "moderator", "admin"):
        response = client(app, subject, role).get("/api/auth/stay")
    assert told(response) == (200, "user/4", 1)
    assert told(client(app, f"bot-{subject}", "service").get("/api/auth/stay")) == (403, "user/4", 3)


def test_a_caller_who_may_not_do_this_is_counted_too(app: Flask, database: LibsqlDatabase) -> None:
    mallory = someone(app, database)
    assert [told(mallory.get("/api/questions")) for _ in range(5)][-2:] == [(403, "user/4", 0), (429, "user/4", 0)]


def test_guessing_tokens_is_limited_by_address_and_locks_no_neighbour_out(app: Flask, database: LibsqlDatabase) -> None:
    here, there = somewhere(), somewhere()
    anyone = app.test_client()
    expired = {"Authorization": f"Bearer {tokens.mint(KEYS, 'study', '1', 'user', ttl_s=-1)}"}
    tries: list[dict[str, str]] = [BAD, expired, {}, BAD, {}]
    answers = [anyone.get("/api/auth/stay", headers=headers, environ_overrides=here) for headers in tries]
    assert [told(answer) for answer in answers] == [
        (401, "address/3", 2), (401, "address/3", 1), (401, "address/3", 0), (429, "address/3", 0),
        (429, "address/3", 0),
    ]  # fmt: skip
    assert "WWW-Authenticate" not in answers[-1].headers
    assert told(someone(app, database).get("/api/auth/stay", environ_overrides=here)) == (200, "user/4", 3)
    assert told(anyone.get("/api/auth/stay", headers=BAD, environ_overrides=there)) == (401, "address/3", 2)


def test_open_and_missing_routes_count_by_address(app: Flask) -> None:
    here, anyone = somewhere(), app.test_client()
    assert told(anyone.get("/openapi.json", environ_overrides=here)) == (200, "address/3", 2)
    assert told(anyone.get("/nothing", environ_overrides=here)) == (404, "address/3", 1)
    assert told(anyone.put("/docs/", environ_overrides=here)) == (405, "address/3", 0)
    assert told(anyone.get("/docs/", environ_overrides=here)) == (429, "address/3", 0)


def test_ways_to_sign_in_have_a_stricter_limit(app: Flask) -> None:
    here, anyone = somewhere(), app.test_client()
    answers = [anyone.post("/api/auth/enter", environ_overrides=here) for _ in range(3)]
    assert [told(answer) for answer in answers] == [(200, "sign-in/2", 1), (200, "sign-in/2", 0), (429, "sign-in/2", 0)]
    assert told(anyone.get("/nothing", environ_overrides=here)) == (404, "address/3", 2)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_and_preflights_are_never_refused(app: Flask, database: LibsqlDatabase, path: str) -> None:
    here, anyone = somewhere(), app.test_client()
    preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    for _ in range(6):
        probe = anyone.get(path, environ_overrides=here)
        asked = anyone.options("/api/exams", headers=preflight, environ_overrides=here)
        assert (probe.status_code, asked.status_code) == (200, 204)
        assert "RateLimit" not in probe.headers
        assert "RateLimit" not in asked.headers
    assert told(anyone.get("/nothing", environ_overrides=here)) == (404, "address/3", 2)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
    ],
)
def test_an_address_of_ipv6_stands_for_its_64(address: str, network: str) -> None:
    assert limits.network(address) == network


def test_without_a_place_to_count_everybody_comes_through(uncounted: Flask) -> None:
    anyone = uncounted.test_client()
    answers = [anyone.get("/nothing"), anyone.get("/nothing"), anyone.get("/api/exams", headers=BAD)]
    assert [(answer.status_code, answer.headers.get("RateLimit")) for answer in answers] == [
        (404, None), (404, None), (401, None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("", {"address": (600, 60), "user": (1200, 60), "sign-in": (20, 60)}),
        ("off", {}),
        ("user=5/1", {"address": (600, 60), "user": (5, 1), "sign-in": (20, 60)}),
        ("user=1/86400, address=2/3,sign-in=4/5", {"address": (2, 3), "user": (1, 86400), "sign-in": (4, 5)}),
    ],
)
def test_limits_come_from_a_variable(monkeypatch: pytest.MonkeyPatch, text: str, rates: dict[str, Any]) -> None:
    monkeypatch.setenv("RATE_LIMITS", text)
    assert limits.from_env() == {name: Rate(name, *pair) for name, pair in rates.items()}


@pytest.mark.parametrize(
    "text", ["on", "user", "user=5", "user=0/60", "user=5/0", "user=-1/60", "guest=5/60", "user=1/2,user=3/4", "a=1/2,"]
)
def test_a_wrong_limit_is_named_at_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("RATE_LIMITS", text)
    with pytest.raises(ConfigurationError, match=r"^RATE_LIMITS must be off or like address=600/60,"):
        limits.from_env()
