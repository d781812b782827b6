"""A body is whole, or refused, under any WSGI server: cut at the limit or by its client it never counts as complete."""

import io
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.web import bodies
from shared_schema.web.bodies import MAX_BODY

EXAM = json.dumps({"vendorId": "Acme", "code": "A-1", "name": "First"}).encode()


class Dribble(io.RawIOBase):
    """A server's stream that gives a few bytes at a time."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._content.readinto(memoryview(buffer)[:7000])


def post(ada: FlaskClient, body: bytes, **environ: object) -> Any:
    given = {"CONTENT_TYPE": "application/json", "wsgi.input": Dribble(body), **environ}
    return ada.post("/api/exams", environ_overrides=given)


def exams(database: LibsqlDatabase) -> int:
    ((count,),) = database.execute_sql("SELECT count(*) FROM exams").fetchall()
    return count


CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


def test_a_body_without_a_length_is_read_to_its_end_or_refused(ada: FlaskClient, database: LibsqlDatabase) -> None:
    fills = EXAM + b" " * (MAX_BODY - len(EXAM))
    refused = post(ada, fills + b" ", **CHUNKED)
    assert (refused.status_code, refused.json["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert exams(database) == 0
    assert post(ada, fills, **CHUNKED).status_code == 201
    assert exams(database) == 1


def test_a_body_shorter_than_announced_is_refused_and_one_that_is_longer_cut_there(
    ada: FlaskClient, database: LibsqlDatabase
) -> None:
    refused = post(ada, EXAM, CONTENT_LENGTH=str(len(EXAM) + 1))
    assert (refused.status_code, refused.json["code"]) == (422, "VALIDATION_FAILED")
    assert exams(database) == 0
    assert post(ada, EXAM + b"the next request", CONTENT_LENGTH=str(len(EXAM))).status_code == 201


def test_a_server_that_does_not_read_chunks_gets_no_empty_body(ada: FlaskClient, database: LibsqlDatabase) -> None:
    refused = post(ada, EXAM, HTTP_TRANSFER_ENCODING="chunked")
    assert (refused.status_code, refused.json["detail"]) == (422, "send the body with its Content-Length")


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", "/api/questions/import", 20 * MAX_BODY),
        ("GET", "/api/questions/import", MAX_BODY),
        ("POST", "/api/exams", MAX_BODY),
        ("POST", "/api/exams/", MAX_BODY),
        ("POST", "", MAX_BODY),
        ("CONNECT", "a:1", MAX_BODY),
        ("POST", "/nowhere/\ufffd", MAX_BODY),
    ],
)
def test_the_server_asks_what_each_route_takes(study_app: Flask, method: str, path: str, limit: int) -> None:
    assert bodies.limit(study_app, method, path) == limit
