"""Read your writes over HTTP: what a write answers with, what a read may bring, and when an answer is marked as old."""

import contextvars
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import Database, Statement, consistency
from tests import stages
from tests.conftest import Client, client

HEADER = "X-Consistency-Token"
NEVER = str(10**17)  # as from before a restore: no database gets there
EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    consistency.wanted.set(0)
    yield
    consistency.wanted.set(0)
    consistency.written.set(0)
    consistency.stale.set(False)


def test_nothing_is_known_written_or_old_at_first() -> None:
    fresh = contextvars.Context()
    assert fresh.run(consistency.wanted.get) == fresh.run(consistency.written.get) == 0
    assert fresh.run(consistency.stale.get) is False


def now(database: Database) -> int:
    """The clock of the primary."""
    (clock,) = database.fetch([consistency.READ], fresh=True)
    return clock.value(int)


def codes(reader: FlaskClient, **headers: str) -> list[str]:
    """The exams that a reader sees. `cookie` and `header` are the tokens that the request brings."""
    if cookie := headers.get("cookie"):
        reader.set_cookie("consistency", cookie)
    brought = {HEADER: headers["header"]} if "header" in headers else {}
    return [exam["code"] for exam in reader.get("/api/exams", headers=brought).json["exams"]]


@pytest.mark.only("server", "replica")
def test_a_write_answers_with_the_clock_it_has_moved(ada: FlaskClient, database: Database) -> None:
    before = now(database)
    response = ada.post("/api/exams", json=EXAM)
    assert response.headers[HEADER] == str(before + 1) == str(now(database))
    cookie = SimpleCookie(response.headers["Set-Cookie"])["consistency"]
    assert cookie.value == response.headers[HEADER]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == ("60", True, "Lax")


@pytest.mark.only("server")
def test_a_read_and_a_refused_write_give_no_token(ada: FlaskClient, database: Database) -> None:
    assert HEADER in ada.post("/api/exams", json=EXAM).headers
    for response in (ada.get("/api/exams"), ada.post("/api/exams", json=EXAM)):
        assert response.status_code in (200, 409)
        assert HEADER not in response.headers
        assert "Set-Cookie" not in response.headers


@pytest.mark.only("file")
def test_a_file_has_no_clock_to_tell(ada: FlaskClient) -> None:
    response = ada.post("/api/exams", json=EXAM)
    assert response.status_code == 201
    assert HEADER not in response.headers
    assert "Set-Cookie" not in response.headers


@pytest.mark.only("replica")
def test_who_brings_the_token_of_a_write_sees_it_on_a_replica_that_lags(
    study_app: Flask, database: Database, primary: stages.Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with primary.held_back():
        monkeypatch.setattr(Client, "catch_up", None)
        before = now(database)
        ada = client(study_app, "4", "admin")
        token = ada.post("/api/exams", json=EXAM).headers[HEADER]
        assert codes(ada) == ["A-1"]  # her client keeps the cookie
        assert codes(client(study_app, "1", "user")) == []
        assert codes(client(study_app, "1", "user"), header=token) == ["A-1"]
        assert codes(client(study_app, "1", "user"), cookie=token) == ["A-1"]
        assert codes(client(study_app, "1", "user"), header=str(before), cookie=token) == ["A-1"]
        assert codes(client(study_app, "1", "user"), header=token, cookie=str(before)) == ["A-1"]
        assert codes(client(study_app, "1", "user"), header=str(before), cookie=str(before)) == []
    primary.catch_up()
    assert codes(client(study_app, "1", "user")) == ["A-1"]


@pytest.mark.only("replica")
def test_the_token_of_one_request_says_nothing_about_the_next(
    study_app: Flask, database: Database, primary: stages.Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with primary.held_back():
        monkeypatch.setattr(Client, "catch_up", None)
        token = client(study_app, "4", "admin").post("/api/exams", json=EXAM).headers[HEADER]
        bob = client(study_app, "2", "user")
        assert codes(bob, header=token) == ["A-1"]
        assert codes(bob) == []


@pytest.mark.only("server", "replica")
def test_an_answer_that_may_be_old_is_marked_and_the_next_is_not(alice: FlaskClient, database: Database) -> None:
    old = alice.get("/api/exams", headers={HEADER: NEVER})
    assert (old.status_code, old.headers["Warning"]) == (200, '110 - "Response is Stale"')
    assert "Warning" not in alice.get("/api/exams").headers


@pytest.mark.only("server")
def test_a_token_that_has_been_reached_marks_nothing(ada: FlaskClient, database: Database) -> None:
    token = ada.post("/api/exams", json=EXAM).headers[HEADER]
    database.batch([Statement("UPDATE exams SET name = 'Second'")])
    answer = ada.get("/api/exams", headers={HEADER: token})
    assert answer.json["exams"][0]["name"] == "Second"
    assert "Warning" not in answer.headers


@pytest.mark.parametrize(
    ("header", "cookie", "wanted"),
    [
        ("17", None, 17),
        (None, "17", 17),
        ("17", "16", 17),
        ("16", "17", 17),
        ("9" * 18, None, 10**18 - 1),
        ("9" * 19, None, 0),
        ("-5", "", 0),
        ("", "1e3", 0),
        (None, r'"\331\243"', 0),  # a three in Arabic digits
        ("5 ", "x", 0),
        (None, None, 0),
    ],
)
def test_a_request_wants_the_newer_of_its_tokens_and_no_nonsense(
    study_app: Flask, header: str | None, cookie: str | None, wanted: int
) -> None:
    consistency.wanted.set(99)
    brought = {HEADER: header, "Cookie": cookie and f"consistency={cookie}".encode().decode("latin-1")}
    headers = {name: value for name, value in brought.items() if value is not None}
    assert study_app.test_client(use_cookies=False).get("/healthz", headers=headers).status_code == 200
    assert consistency.wanted.get() == wanted
