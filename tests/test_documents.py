"""The tests' own look at every answer sees a field too many, one too few, a null, and what is not described."""

from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared_schema.database import LibsqlDatabase
from tests.documents import Document

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}


@pytest.fixture
def answer(ada: FlaskClient) -> TestResponse:
    """Exam 1."""
    ada.post("/api/exams", json=EXAM)
    return ada.get("/api/exams/1")


def with_another_field(exam: dict[str, Any]) -> dict[str, Any]:
    return exam | {"passwordHash": "x"}


def without_a_field(exam: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in exam.items() if name != "code"}


def with_null(exam: dict[str, Any]) -> dict[str, Any]:
    return exam | {"name": None}


def with_another_type(exam: dict[str, Any]) -> dict[str, Any]:
    return exam | {"id": "1"}


@pytest.mark.only("file")
@pytest.mark.parametrize("change", [with_another_field, without_a_field, with_null, with_another_type])
def test_a_field_that_is_not_as_described_is_seen(
    study_app: Flask, database: LibsqlDatabase, answer: TestResponse, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    document = Document(study_app)
    document.check(answer)
    changed = change(answer.json)  # type: ignore[arg-type]
    answer.set_data(study_app.json.dumps(changed))
    with pytest.raises(jsonschema_rs.ValidationError):
        document.check(answer)


@pytest.mark.only("file")
def test_a_status_and_a_content_type_that_are_not_described_are_seen(study_app: Flask, answer: TestResponse) -> None:
    document = Document(study_app)
    answer.status_code = 202
    with pytest.raises(AssertionError, match=r"get /api/exams/\{examId\} answers 202"):
        document.check(answer)
    answer.status_code = 404
    with pytest.raises(AssertionError, match="answers 404 as application/json"):
        document.check(answer)
