"""Each operation gives each answer that its document describes, in the form that the document describes.

A new operation, or a new status of one, fails here until a request brings it about: by the examples of the document, by
what holds for all operations (`_common`), or by a request of its own in tests/contract/answers.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Limits, Settings
from shared_schema.tables import db
from shared_schema.web.auth import ANYONE
from tests.contract import answers, calls, people
from tests.contract.calls import Call
from tests.contract.people import People

AWAY = Settings("http://127.0.0.1:1", limits=Limits(connect_s=0.1, read_s=0.1, total_s=0.1))
TOO_LONG = {"CONTENT_LENGTH": str(21 * 1024 * 1024)}  # beyond the limit of a file, too


def test_every_documented_answer_is_given(crowd: People, document: dict[str, Any], tmp_path: Path) -> None:
    given = crowd.app.extensions["document"].given
    given.clear()
    listed = list(calls.of(document))
    for call in listed:
        _common(crowd, call)
    _keys_of_other_requests(crowd, [call for call in listed if call.is_keyed and crowd.role_of(call) != ANYONE])
    for name, request in answers.OF[crowd.service].items():
        for call in (call for call in listed if call.name == name):
            request(crowd, call)
    for call in listed:
        if not {status for method, path, status in given if (method, path) == (call.method, call.path)} & SUCCESSES:
            call.send(crowd.of(call))
    _without_quota(crowd, listed, tmp_path)
    _without_database(crowd, listed, LibsqlDatabase(AWAY), 503)
    _without_database(crowd, listed, LibsqlDatabase(f"file:{tmp_path / 'empty.db'}"), 500)
    wanted = {(call.method, call.path, status) for call in listed for status in call.statuses}
    assert wanted - given == set()
    assert len(wanted) >= {"study": 170, "growth": 120}[crowd.service], len(wanted)


SUCCESSES = {200, 201, 204}


def _common(crowd: People, call: Call) -> None:
    """The answers that come about in the same way everywhere. Each is checked against the document on its way."""
    caller = crowd.of(call)
    answered = {
        401: lambda: call.send(crowd.app.test_client()),
        403: lambda: call.send(crowd.of(call, scope="write" if call.method == "get" else "read")),
        413: lambda: call.send(caller, data=b"{}", content_type=call.kind, environ_overrides=TOO_LONG),
        415: lambda: call.send(caller, data=b"{}", content_type="text/plain"),
        422: lambda: call.send(caller, **_wrong(call)),
    }
    if crowd.role_of(call) == ANYONE:
        del answered[403]  # has a reason of its own
    for status in answered.keys() & call.statuses:
        response = answered[status]()
        assert response.status_code == status, (call.name, status, response.json)
    if 404 in call.statuses and call.values:
        missing = {name: 999_999 if isinstance(value, int) else "999" for name, value in call.values.items()}
        assert call.send(caller, path=missing).status_code == 404, call.name
    if 304 in call.statuses:
        etag = call.send(caller).headers["ETag"]
        assert call.send(caller, headers={"If-None-Match": etag}).status_code == 304


def _wrong(call: Call) -> dict[str, Any]:
    """What makes the request one that is not valid."""
    if call.kind == "application/json" and "format" not in call.query:
        return {"json": {"surprise": 1}}
    return {"query_string": call.query | {"surprise": "1"}}


def _keys_of_other_requests(crowd: People, keyed: list[Call]) -> None:
    """A key that was used for another request is a conflict."""
    used = "INSERT INTO receipts (subject, key, digest, receipt) VALUES (?, 'used', x'00', '{}')"
    for subject, role in people.CALLERS[crowd.service]:
        crowd.database.execute_sql(used, (f"{crowd.service}:{role}:{subject}",))
    for call in keyed:
        if not call.values:  # it makes what others are about
            call.send(crowd.of(call), headers={"Idempotency-Key": f"for {call.name}"})
        response = call.send(crowd.of(call), headers={"Idempotency-Key": "used"})
        assert response.status_code == 409, (call.name, response.json)


def _without_quota(crowd: People, listed: list[Call], state: Path) -> None:
    """Every operation of a service that lets nothing through. What it answers counts as answered by the first one."""
    limited = people.refused(crowd, state)
    limited.app.extensions["document"].given = crowd.app.extensions["document"].given
    for call in listed:
        assert call.send(limited.of(call)).status_code == 429, call.name


def _without_database(crowd: People, listed: list[Call], broken: LibsqlDatabase, status: int) -> None:
    """Every operation while its database is away, or has no tables."""
    db.initialize(broken)  # type: ignore[attr-defined]
    try:
        for call in listed:
            response = call.send(crowd.of(call))
            assert response.status_code == status, (call.name, response.json)
    finally:
        db.initialize(crowd.database)  # type: ignore[attr-defined]
        broken.close()


def test_every_example_is_as_its_schema_says(document: dict[str, Any]) -> None:
    components = {"components": document["components"]}
    shown = list(_examples(document["paths"])) + list(_examples(document["components"]["responses"]))
    assert len(shown) > 45
    for schema, example in shown:
        jsonschema_rs.validator_for(schema | components, validate_formats=True).validate(example)


def _examples(part: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    if isinstance(part, dict):
        if "schema" in part and "example" in part:
            yield part["schema"], part["example"]
        for inner in part.values():
            yield from _examples(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _examples(inner)
