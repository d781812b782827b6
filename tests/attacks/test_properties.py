"""OWASP API3, property level, on the way in: no request sets a column that its schema does not name.

Every column of every table is tried in every body, and in each object within it; a new one needs nothing here.
"""

import re
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.tables import OWNERS
from shared_schema.web.schema import camel
from tests.attacks import places
from tests.attacks.rows import stored
from tests.contract import calls
from tests.contract.calls import Call
from tests.contract.people import People
from tests.growth_service.conftest import x_response
from tests.study_service.conftest import BANK, post_bank

MODELS = [model for models in OWNERS.values() for model in models]
COLUMNS = {field.column_name for model in MODELS for field in model._meta.sorted_fields}
ODD = (
    "__proto__", "constructor", "prototype", "__class__", "__init__", "__dict__", "_sa_instance_state", "_sa",
    "_data", "_method", "$set", "$where", "isAdmin", "is_admin", "admin", "roles", "scope", "scopes", "aud", "sub",
    "groups", "isCorrect", "is_correct", "correctAnswer", "score", "owner", "ownerId", "tenant", "user", "userId",
    "plan", "dailyQuestions", "usedToday", "verified", "emailVerified", "password", "token", "data", "attributes",
    "json", "query",
)  # fmt: skip
NAMES = sorted({*COLUMNS, *map(camel, COLUMNS), *ODD})
AT_ONCE = 80  # a problem has up to a hundred messages

# They take what others have made, whose further fields are passed over.
PASSED_OVER = {"importQuestions", "ingestTweets", "ingestAccounts"}
KNOWN_OF_FILE = {
    "description", "explanation", "difficulty", "tags", "reference", "correctAnswer", "id", "code", "imageUrl", "unit",
    "units", "imageWidth", "imageHeight", "aiModel", "aiPromptVersion", "aiConfidenceScore",
}  # fmt: skip
KNOWN_OF_X = {"public_metrics", "entities", "created_at", "note_tweet", "description", "conversation_id", "withheld"}


def extended(document: dict[str, Any], call: Call) -> Iterator[tuple[tuple[Any, ...], list[str], Any]]:
    """The body of a call with names that its schema does not have, in each object of it: where, which, and the body."""
    for way, form in places.objects(places.schema_of(document, call)):
        foreign = [name for name in NAMES if name not in form["properties"]]
        for names in chunks(foreign, AT_ONCE):
            yield way, names, _with(call.body, way, {name: _value(name) for name in names})


def _with(body: Any, way: tuple[Any, ...], more: dict[str, Any]) -> Any:
    for name, value in more.items():
        body = places.put(body, (*way, name), value)
    return body


def _value(name: str) -> Any:
    return {"role": "admin", "email": "mallory@x.example", "id": 4, "status": "approved"}.get(name, 1)


def test_a_field_that_the_schema_does_not_have_is_refused_and_sets_nothing(
    crowd: People, document: dict[str, Any]
) -> None:
    tried = 0
    for call in calls.of(document):
        if call.kind != "application/json" or call.name in PASSED_OVER:
            continue
        caller, before = crowd.of(call), stored(crowd.database)
        for way, names, body in extended(document, call):
            response = call.send(caller, json=body)
            problem = response.json
            wanted = set(names)
            if response.status_code == 200 and call.name == "answerQuestions":
                problem = problem["answers"][0]["problem"]  # each answer is refused for itself, in a few messages
                wanted &= _unknown(problem["errors"])
                assert wanted
            assert (problem["status"], problem["code"]) == (422, "VALIDATION_FAILED"), (call.name, way)
            assert _unknown(problem["errors"]) >= wanted, (call.name, way)
            tried += len(names)
        assert stored(crowd.database) == before, call.name
    assert tried > 9 * len(NAMES)


def _unknown(errors: dict[str, list[str]]) -> set[str]:
    """The last parts of the names that are called unknown, alone or in the message of what is around them."""
    alone = {path.rpartition(".")[2] for path, texts in errors.items() if texts == ["Unknown field."]}
    within = (re.fullmatch(r"(?:.*: )?([\w$]+): Unknown field\.", text) for texts in errors.values() for text in texts)
    return alone | {match[1] for match in within if match}


def test_further_fields_of_a_response_of_x_set_nothing(bot: FlaskClient, database: LibsqlDatabase) -> None:
    tweet = {"id": "5", "text": "five", "author_id": "7"}
    user = {"id": "7", "username": "seven", "name": "Seven"}
    states = []
    for extra in ({}, {name: 1 for name in NAMES if name not in KNOWN_OF_X}):
        sent = x_response(extra | tweet, users=[extra | user]) | {"meta": extra}
        assert bot.post("/api/twitter/tweets?fetchedAt=2026-01-01T00:00:00Z", json=sent).status_code == 200
        rows = stored(database, "audit_log", "audit_seals")
        states.append({table: [_timeless(row) for row in listed] for table, listed in rows.items()})
    assert states[0]["tweets"]
    assert states[0]["twitter_accounts"]
    assert states[1] == states[0]


def test_further_fields_of_a_file_of_questions_are_refused_and_set_nothing(
    ada: FlaskClient, database: LibsqlDatabase
) -> None:
    before = stored(database, "audit_log", "audit_seals")
    for names in chunks([name for name in NAMES if name not in KNOWN_OF_FILE], 8):
        for part in ("objectives", "questions"):
            poisoned = BANK | {part: [dict.fromkeys(names, 1) | BANK[part][0], *BANK[part][1:]]}
            response = post_bank(ada, poisoned)
            assert response.status_code == 422
            texts = " ".join(error["message"] for error in response.json["errors"])
            taken = {name for name in names if f"{name}: Unknown field." not in texts}
            assert taken <= BANK[part][0].keys(), part
        response = post_bank(ada, dict.fromkeys(names, 1) | BANK)
        assert response.status_code == 422
        refused = {error["message"] for error in response.json["errors"]}
        assert refused == {f"{name}: Unknown field." for name in names if name not in BANK}
    assert stored(database, "audit_log", "audit_seals") == before


def chunks(names: list[str], size: int) -> Iterator[list[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "updated_at"}
