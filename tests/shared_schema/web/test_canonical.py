"""Which requests with one key are the same: the document counts, not how it is written."""

import hashlib
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests import keys_before
from tests.study_service.conftest import BANK, answer

KEYED = {"Idempotency-Key": "k"}
SENT = '{"questionId": 1, "selectedAnswer": ["a"], "timeSpentSeconds": 7, "flagged": true}'


def post(caller: FlaskClient, body: str, url: str = "/api/study/answer", **more: Any) -> Any:
    return caller.post(url, data=body.encode(), headers=KEYED, **{"content_type": "application/json"} | more)


def count(database: LibsqlDatabase, table: str = "user_answers") -> int:
    return database.fetch([Statement(f"SELECT count(*) FROM {table}")], fresh=True)[0].value(int)


@pytest.mark.parametrize(
    "again",
    [
        '{"questionId":1,"selectedAnswer":["a"],"timeSpentSeconds":7,"flagged":true}',
        '\n{ "flagged" : true,\t"timeSpentSeconds": 7, "selectedAnswer": [ "a" ], "questionId": 1 }\r\n',
        '{"questionId": 1, "selectedAnswer": ["\\u0061"], "timeSpentSeconds": 7, "fl\\u0061gged": true}',
    ],
    ids=["no white space", "other order and white space", "escapes"],
)
def test_the_same_document_is_the_same_request(
    alice: FlaskClient, database: LibsqlDatabase, bank: dict[str, Any], again: str
) -> None:
    first = post(alice, SENT)
    assert first.status_code == 200
    replayed = post(alice, again)
    assert (replayed.status_code, replayed.headers.get("Idempotency-Replayed")) == (200, "true")
    assert replayed.data == first.data
    assert count(database) == 1


@pytest.mark.parametrize(
    "other",
    [
        SENT.replace("7", "8"),
        SENT.replace("7", "7.0"),
        SENT.replace('["a"]', '"a"'),
        SENT.replace("true", "false"),
        SENT.replace(', "flagged": true', ""),
        SENT.replace('"a"', '"a "'),
    ],
    ids=["a number", "a number of another kind", "no list", "false", "left out", "white space in a text"],
)
def test_another_document_is_a_conflict(
    alice: FlaskClient, database: LibsqlDatabase, bank: dict[str, Any], other: str
) -> None:
    assert post(alice, SENT).status_code == 200
    refused = post(alice, other)
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert refused.json["detail"] == "this Idempotency-Key was used for another request"
    assert count(database) == 1


def test_the_order_of_a_list_counts(alice: FlaskClient, bank: dict[str, Any], cables: dict[str, Any]) -> None:
    assert answer(alice, cables["id"], ["a", "c"], key="k").status_code == 200
    assert answer(alice, cables["id"], ["c", "a"], key="k").status_code == 409


def test_a_file_that_is_json_counts_as_a_document_and_any_other_by_its_bytes(ada: FlaskClient) -> None:
    url = "/api/questions/import?format=pingtopass"
    assert post(ada, json.dumps(BANK), url).status_code == 200
    assert post(ada, json.dumps(BANK, indent=2, sort_keys=True), url).headers["Idempotency-Replayed"] == "true"
    gift = "/api/questions/import?format=gift&examId=1"
    for body, status in (("Glass? {T}\n", 409), ("Glass? {T}\n ", 409)):
        assert post(ada, body, gift, content_type="text/plain").status_code == status
    keyed = {"Idempotency-Key": "g"}
    sent = [
        ada.post(gift, data=text, content_type="text/plain", headers=keyed).status_code
        for text in (b"Glass? {T}\n", b"Glass? {T}\n", b"Glass? {T}\n ")
    ]
    assert sent == [200, 200, 409]


def test_a_body_that_is_no_json_is_refused_with_its_key_still_free(alice: FlaskClient, bank: dict[str, Any]) -> None:
    for body in ('{"questionId": 1', SENT.replace("1", "1, " + '"questionId": 1', 1)):
        assert post(alice, body).json["code"] == "VALIDATION_FAILED"
    assert "Idempotency-Replayed" not in post(alice, SENT).headers


def test_an_answer_of_the_release_before_is_given_again(
    alice: FlaskClient, database: LibsqlDatabase, bank: dict[str, Any]
) -> None:
    """That release wrote no service into the subject, and made the digest from the text."""
    first = post(alice, SENT)
    keys_before.moved(database, "another", subject="user:1")
    assert post(alice, SENT).status_code == 409
    digest = hashlib.sha256(b"POST /api/study/answer?\n" + SENT.encode()).hexdigest()
    database.batch([Statement("UPDATE idempotency_keys SET digest = ?", (digest,))])
    again = post(alice, SENT)
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
    assert alice.get("/api/requests/k").json["code"] == "FORGOTTEN"
    assert (count(database), count(database, "receipts"), count(database, "idempotency_keys")) == (1, 0, 1)
