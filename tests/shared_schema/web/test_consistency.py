"""Read your writes over HTTP: what a write answers with, what a read may bring, and when an answer is marked as old."""

import base64
import contextvars
import hmac
import time
from collections import Counter
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.consistency import Clock
from shared_schema.tables import db
from shared_schema.web.consistency import Signer
from tests import stages
from tests.conftest import KEYS, Client, client

HEADER = "X-Consistency-Token"
SIGNER = Signer(KEYS)
NEVER = SIGNER.token(10**17)  # as from before a restore: no database gets there
EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}
KEY = {"Idempotency-Key": "k"}


@pytest.fixture(autouse=True)
def _nothing_known(database: LibsqlDatabase) -> Iterator[None]:
    database.clock.begin()
    yield
    database.clock.begin()


def test_nothing_is_known_written_or_old_at_first() -> None:
    clock, fresh = Clock("consistency_clock"), contextvars.Context()
    assert fresh.run(clock.wanted.get) == fresh.run(clock.written.get) == 0
    assert fresh.run(clock.stale.get) is False


def now(database: LibsqlDatabase) -> int:
    """The clock of the primary."""
    (clock,) = database.fetch([database.clock.read], fresh=True)
    return clock.value(int)


def codes(reader: FlaskClient, **headers: str) -> list[str]:
    """The exams that a reader sees. `cookie` and `header` are the tokens that the request brings."""
    if cookie := headers.get("cookie"):
        reader.set_cookie("consistency", cookie)
    brought = {HEADER: headers["header"]} if "header" in headers else {}
    return [exam["code"] for exam in reader.get("/api/exams", headers=brought).json["exams"]]


@pytest.mark.only("server", "replica")
def test_a_write_answers_with_the_clock_it_has_moved(ada: FlaskClient, database: LibsqlDatabase) -> None:
    before = now(database)
    response = ada.post("/api/exams", json=EXAM)
    assert SIGNER.tick(response.headers[HEADER]) == before + 1 == now(database)
    cookie = SimpleCookie(response.headers["Set-Cookie"])["consistency"]
    assert cookie.value == response.headers[HEADER]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == ("60", True, "Lax")


@pytest.mark.only("server")
def test_a_read_and_a_refused_write_give_no_token(ada: FlaskClient, database: LibsqlDatabase) -> None:
    assert HEADER in ada.post("/api/exams", json=EXAM).headers
    for response in (ada.get("/api/exams"), ada.post("/api/exams", json=EXAM)):
        assert response.status_code in (200, 409)
        assert HEADER not in response.headers
        assert "Set-Cookie" not in response.headers


@pytest.mark.only("file")
def test_a_file_has_no_clock_to_tell(ada: FlaskClient, database: LibsqlDatabase) -> None:
    """One that was restored from a server's backup has a row of it, which nothing moves on."""
    database.batch([Statement("INSERT INTO consistency_clock VALUES (1, 7)")])
    responses = [ada.post("/api/exams", json=EXAM, headers=KEY) for _ in range(2)]
    assert [response.status_code for response in responses] == [201, 201]
    for response in (*responses, ada.get("/api/requests/k")):
        assert HEADER not in response.headers
        assert "Set-Cookie" not in response.headers


@pytest.mark.only("replica")
def test_who_brings_the_token_of_a_write_sees_it_on_a_replica_that_lags(
    study_app: Flask, database: LibsqlDatabase, primary: stages.Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with primary.held_back():
        monkeypatch.setattr(Client, "catch_up", None)
        before = SIGNER.token(now(database))
        ada = client(study_app, "4", "admin")
        token = ada.post("/api/exams", json=EXAM).headers[HEADER]
        assert codes(ada) == ["A-1"]  # her client keeps the cookie
        assert codes(client(study_app, "1", "user")) == []
        assert codes(client(study_app, "1", "user"), header=token) == ["A-1"]
        assert codes(client(study_app, "1", "user"), cookie=token) == ["A-1"]
        assert codes(client(study_app, "1", "user"), header=before, cookie=token) == ["A-1"]
        assert codes(client(study_app, "1", "user"), header=token, cookie=before) == ["A-1"]
        assert codes(client(study_app, "1", "user"), header=before, cookie=before) == []
    primary.catch_up()
    assert codes(client(study_app, "1", "user")) == ["A-1"]


@pytest.mark.only("server", "replica")
def test_a_repeated_write_answers_with_a_token_that_is_not_older_than_its_first_answer(
    ada: FlaskClient, mo: FlaskClient, database: LibsqlDatabase
) -> None:
    first = ada.post("/api/exams", json=EXAM, headers=KEY)
    mo.post("/api/exams", json=EXAM | {"code": "A-2"})
    again, told = ada.post("/api/exams", json=EXAM, headers=KEY), ada.get("/api/requests/k")
    assert (again.headers["Idempotency-Replayed"], told.json["body"]) == ("true", first.json)
    for response in (again, told):
        assert SIGNER.tick(first.headers[HEADER]) <= SIGNER.tick(response.headers[HEADER]) <= now(database)
        cookie = SimpleCookie(response.headers["Set-Cookie"])["consistency"]
        assert cookie.value == response.headers[HEADER]


@pytest.mark.only("server", "replica")
def test_a_repeat_that_is_refused_gives_no_token(ada: FlaskClient, database: LibsqlDatabase) -> None:
    ada.post("/api/exams", json=EXAM, headers=KEY)
    refused = ada.post("/api/exams", json=EXAM | {"code": "A-2"}, headers=KEY)
    never = ada.get("/api/requests/other")
    assert (refused.status_code, never.status_code) == (409, 404)
    assert HEADER not in refused.headers
    assert HEADER not in never.headers


@pytest.mark.only("replica")
@pytest.mark.parametrize("repeat", ["reads first", "writes first", "asks"])
def test_who_has_lost_the_answer_to_a_write_sees_it_after_a_repeat_though_the_replica_lags(
    study_app: Flask,
    database: LibsqlDatabase,
    bank: dict[str, Any],
    primary: stages.Primary,
    monkeypatch: pytest.MonkeyPatch,
    repeat: str,
) -> None:
    """A session is looked for on the replica first, an exam is not; the third asks what became of the request."""
    path, body = ("/api/study/sessions", {"examId": 1}) if repeat == "reads first" else ("/api/exams", EXAM)
    with primary.held_back():
        monkeypatch.setattr(Client, "catch_up", None)
        first = client(study_app, "4", "admin").post(path, json=body, headers=KEY)
        ada = client(study_app, "4", "admin")  # has no cookie of the first answer
        response = ada.get("/api/requests/k") if repeat == "asks" else ada.post(path, json=body, headers=KEY)
        assert (response.json["body"] if repeat == "asks" else response.json) == first.json
        header = {HEADER: response.headers[HEADER]}
        for reader in (ada, client(study_app, "4", "admin")):
            assert reader.get(f"{path}/{first.json['id']}", headers=header).json["id"] == first.json["id"]


@pytest.mark.only("replica")
def test_a_repeat_that_the_replica_answers_has_the_replicas_clock(
    study_app: Flask, database: LibsqlDatabase, bank: dict[str, Any], primary: stages.Primary, count_queries: Any
) -> None:
    alice = client(study_app, "1", "user")
    first = alice.post("/api/study/sessions", json={"examId": 1}, headers=KEY)
    with primary.held_back():
        (clock,) = database.fetch([database.clock.read])
        behind = now(database)
        again = alice.post("/api/study/sessions", json={"examId": 1}, headers=KEY)
    assert again.json == first.json
    assert SIGNER.tick(again.headers[HEADER]) == clock.value(int) == behind


@pytest.mark.only("replica")
def test_the_token_of_one_request_says_nothing_about_the_next(
    study_app: Flask, database: LibsqlDatabase, primary: stages.Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with primary.held_back():
        monkeypatch.setattr(Client, "catch_up", None)
        token = client(study_app, "4", "admin").post("/api/exams", json=EXAM).headers[HEADER]
        bob = client(study_app, "2", "user")
        assert codes(bob, header=token) == ["A-1"]
        assert codes(bob) == []


@pytest.mark.only("server", "replica")
def test_an_answer_that_may_be_old_is_marked_and_the_next_is_not(alice: FlaskClient, database: LibsqlDatabase) -> None:
    old = alice.get("/api/exams", headers={HEADER: NEVER})
    assert (old.status_code, old.headers["Warning"]) == (200, '110 - "Response is Stale"')
    assert "Warning" not in alice.get("/api/exams").headers


@pytest.mark.only("server")
def test_a_tick_that_never_comes_is_waited_for_by_one_read_of_a_request(
    database: LibsqlDatabase, count_queries: Any
) -> None:
    db.clock.wanted.set(10**17)
    with count_queries() as run:
        for number in (1, 2, 3):
            database.fetch([Statement(f"SELECT {number}")])
    looks = Counter(run)
    assert 1 < looks.pop("SELECT 1") <= 12
    assert looks == {"SELECT 2": 1, "SELECT 3": 1}
    assert db.clock.stale.get() is True


@pytest.mark.only("server")
def test_a_token_that_has_been_reached_marks_nothing(ada: FlaskClient, database: LibsqlDatabase) -> None:
    token = ada.post("/api/exams", json=EXAM).headers[HEADER]
    database.batch([Statement("UPDATE exams SET name = 'Second'")])
    answer = ada.get("/api/exams", headers={HEADER: token})
    assert answer.json["exams"][0]["name"] == "Second"
    assert "Warning" not in answer.headers


def signed(text: str) -> str:
    """As the service signs, step by step."""
    key = hmac.digest(KEYS["test"].encode(), b"consistency token", "sha256")
    return f"{text}.{base64.urlsafe_b64encode(hmac.digest(key, text.encode(), 'sha256')[:15]).decode()}"


def wanted_by(app: Flask, path: str, header: str | None, cookie: str | None, *, role: str = "user") -> int:
    """The tick that a request of Alice wants; of a stranger, with the role ""."""
    db.clock.wanted.set(99)
    caller = client(app, "bot" if role == "service" else "1", role) if role else app.test_client()
    if cookie is not None:
        caller.set_cookie("consistency", cookie)
    caller.get(path, headers={HEADER: header} if header is not None else {})
    return db.clock.wanted.get()


@pytest.mark.parametrize(
    ("header", "cookie", "wanted"),
    [(17, None, 17), (None, 17, 17), (17, 16, 17), (16, 17, 17), (10**17, None, 10**17), (None, None, 0)],
)
def test_a_request_wants_the_newer_of_its_tokens(
    study_app: Flask, database: LibsqlDatabase, header: int | None, cookie: int | None, wanted: int
) -> None:
    tokens = [SIGNER.token(tick) if tick else None for tick in (header, cookie)]
    assert wanted_by(study_app, "/api/exams/1", *tokens) == wanted


def test_what_is_not_signed_by_us_or_for_another_purpose_or_long_ago_wants_nothing(
    study_app: Flask, database: LibsqlDatabase
) -> None:
    now = int(time.time())
    good = signed(f"17.{now}")
    assert wanted_by(study_app, "/api/exams/1", good, None) == 17
    changed = good.replace("17.", "18.", 1)
    others = Signer({"test": KEYS["test"] + "x"}).token(17)
    raw = base64.urlsafe_b64encode(hmac.digest(KEYS["test"].encode(), f"17.{now}".encode(), "sha256")[:15]).decode()
    old, early = signed(f"17.{now - 3610}"), signed(f"17.{now + 3610}")
    for token in (
        changed,
        others,
        f"17.{now}.{raw}",
        old,
        early,
        "17",
        good[:-1],
        good + "A",
        "",
        "9" * 70,
        "٣",
        "..",
        ".",
    ):
        assert wanted_by(study_app, "/api/exams/1", token if token.isascii() else None, token) == 0, token


def test_every_key_reads_tokens_and_the_first_signs_them() -> None:
    old, new = {"a": "x" * 32}, {"b": "y" * 32}
    both = Signer(new | old)
    assert both.tick(Signer(old).token(5)) == both.tick(Signer(new).token(5)) == 5
    assert Signer(new).tick(both.token(6)) == 6
    assert Signer(old).tick(both.token(6)) == 0


def test_nothing_is_waited_for_by_strangers_and_probes(
    study_app: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    token = SIGNER.token(17)
    assert wanted_by(study_app, "/api/exams/1", token, token, role="") == 0
    assert wanted_by(study_app, "/api/questions", token, token) == 0  # she may not call it
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs/"):
        assert wanted_by(study_app, path, token, token) == 0
    assert wanted_by(growth_app, "/api/twitter/accounts", token, None, role="service") == 17
