"""What a request may have beside what its route reads: nothing. Each parameter once, each key once, no body unasked."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.attacks.routes import operations
from tests.conftest import client

EXAM = b'{"vendorId": "Acme", "code": "A-1", "name": "First"}'


def errors(response: Any) -> tuple[int, dict[str, list[str]]]:
    return response.status_code, response.json["errors"]


@pytest.mark.parametrize("service", ["study", "growth"])
def test_every_route_refuses_repeated_and_unknown_parameters(
    service: str, study_app: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    asked = list(operations(study_app if service == "study" else growth_app))
    assert len(asked) > 20
    for operation in asked:
        caller, url = operation.caller(), operation.url()
        for query, name in (("limit=1&limit=1", "limit"), ("surprise=1", "surprise"), ("=1", "")):
            response = caller.open(f"{url}?{query}", method=operation.method)
            assert response.status_code == 422, (str(operation), query)
            assert name in response.json["errors"], (str(operation), query, response.json)
        many = "&".join(f"p{number}=1" for number in range(101))
        response = caller.open(f"{url}?{many}", method=operation.method)
        assert errors(response) == (422, {"query": ["More than 100 parameters."]}), str(operation)


def test_a_repeated_parameter_is_named_however_it_is_written(alice: FlaskClient) -> None:
    for query in ("limit=1&limit=2", "limit=1&limit", "limit=1&%6cimit=2", "limit=1&after=0&limit=1"):
        assert errors(alice.get(f"/api/exams?{query}")) == (422, {"limit": ["Repeated."]})
    both = alice.get("/api/exams?limit=1&after=1&limit=1&after=1")
    assert errors(both) == (422, {"limit": ["Repeated."], "after": ["Repeated."]})
    assert alice.get("/api/exams?limit=1&after=0&").status_code == 200


def test_a_repeated_parameter_of_a_post_is_refused_before_anything_is_done(
    mo: FlaskClient, ada: FlaskClient, database: LibsqlDatabase
) -> None:
    file = mo.post("/api/questions/import?format=gift&examId=1&examId=2", data="It is. {T}")
    assert errors(file) == (422, {"examId": ["Repeated."]})
    exam = ada.post("/api/exams?dryRun=true", data=EXAM, content_type="application/json")
    assert (exam.status_code, exam.json["detail"]) == (422, "this route takes no query")
    assert errors(exam) == (422, {"dryRun": ["Unknown field."]})
    assert database.execute_sql("SELECT count(*) FROM exams").fetchall() == [(0,)]


def test_who_may_not_call_a_route_learns_nothing_of_its_parameters(stranger: FlaskClient, alice: FlaskClient) -> None:
    assert stranger.get("/api/exams?limit=1&limit=2").status_code == 401
    assert alice.get("/api/questions?limit=1&limit=2").status_code == 403
    assert stranger.get("/nowhere?limit=1&limit=2").status_code == 404


@pytest.mark.parametrize("service", ["study", "growth"])
def test_a_body_is_refused_where_none_is_read(
    service: str, study_app: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    bodiless = [
        operation
        for operation in operations(study_app if service == "study" else growth_app)
        if operation.method in ("GET", "DELETE")
    ]
    for operation in bodiless:
        for body in (b"{}", b"x"):
            response = operation.caller().open(operation.url(), method=operation.method, data=body)
            assert errors(response) == (422, {"body": ["This route takes no body."]}), str(operation)
    chunked = bodiless[0].caller().get(bodiless[0].url(), headers={"Transfer-Encoding": "chunked"})
    assert errors(chunked) == (422, {"body": ["This route takes no body."]})


def test_a_post_that_needs_no_body_takes_an_empty_one(alice: FlaskClient, growth_app: Flask) -> None:
    url = "/api/study/sessions/1/complete"
    for body in (b"", b"{}", b" {} "):
        assert alice.post(url, data=body, content_type="application/json").json["code"] == "NOT_FOUND"
    assert errors(alice.post(url, json={"score": 1})) == (422, {"score": ["Unknown field."]})
    approve = client(growth_app, "4", "admin").post("/api/twitter/opportunities/x/approve", json={"status": "sent"})
    assert errors(approve) == (422, {"status": ["Unknown field."]})


BODIES = [
    (EXAM[:-1] + b', "name": "Second"}', "The key 'name' is there twice in one object."),
    (EXAM[:-1] + b', "n\\u0061me": "Second"}', "The key 'name' is there twice in one object."),
    (EXAM[:-1] + b', "description": ' + b"[" * 32 + b"]" * 32 + b"}", "Nested deeper than 32 levels."),
    (b"\xef\xbb\xbf" + EXAM, "Not JSON: it begins with a byte order mark."),
    (EXAM[:-1] + b', "version": "\xff"}', "Not JSON: byte 0xff at offset 65 is not UTF-8."),
    (b"[" + b"0," * 50_000 + b"0]", "More than 50,000 values."),
    (b"{" + b",".join(b'"k%d":0' % n for n in range(101)) + b"}", "More than 100 fields."),
]


@pytest.mark.parametrize(("body", "message"), BODIES, ids=[message for _, message in BODIES])
def test_a_body_with_two_meanings_or_none_is_refused(
    ada: FlaskClient, database: LibsqlDatabase, body: bytes, message: str
) -> None:
    assert errors(ada.post("/api/exams", data=body, content_type="application/json")) == (422, {"body": [message]})
    assert database.execute_sql("SELECT count(*) FROM exams").fetchall() == [(0,)]


def test_a_problem_has_a_hundred_messages_and_the_number_of_the_others(bot: FlaskClient) -> None:
    wrong = [{f"k{number}": 0 for number in range(20)}] * 5
    problem = bot.post("/api/ai/generations", json=wrong).json
    assert (len(problem["errors"]), problem["moreErrors"]) == (100, 5 * 24 - 100)
    few = bot.post("/api/ai/generations", json=wrong[:1]).json
    assert (len(few["errors"]), "moreErrors" in few) == (24, False)


def test_what_a_client_sent_comes_back_cut(ada: FlaskClient, stranger: FlaskClient) -> None:
    long = "é" * 1000
    problem = ada.post("/api/exams", json={"vendorId": "A", "code": "A", "name": "A", long: 1}).json
    assert problem["errors"] == {"é" * 500 + "…": ["Unknown field."]}
    wide = ada.post("/api/exams", json={f"{number}{'🧭' * 400}": 1 for number in range(97)})
    assert (len(wide.data) < 40_000, wide.json["moreErrors"] > 60) == (True, True)
    assert stranger.get("/" + "x" * 1000).json["instance"] == "/" + "x" * 499


@pytest.mark.parametrize("digits", ["٢", "9" * 5000, "1_0", "²", "+1", " 1"])
def test_an_id_in_a_path_is_plain_digits(alice: FlaskClient, digits: str) -> None:
    assert alice.get(f"/api/exams/{digits}").json["detail"] != "no such exam"
    assert alice.get(f"/api/exams/{digits}").status_code == 404
