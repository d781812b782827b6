"""OWASP API8 and API9: no answer tells of the inside, nothing is open beside what is documented, and nothing overrides
the method of a request."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase
from shared_schema.tables import db
from shared_schema.web.schema import camel
from tests.attacks.routes import METHODS, Operation, operations
from tests.attacks.rows import stored
from tests.contract import calls
from tests.contract.calls import Call
from tests.contract.people import People

pytestmark = pytest.mark.only("file")

INSIDE = re.compile(
    r'Traceback|File "|\.py\b|site-packages|no such (?:table|column)|SQL|sqlite|SELECT |INSERT |UPDATE |peewee'
    r"|marshmallow|werkzeug|orjson|libsql|flask|<class|object at 0x|\w+Error\b|/(?:tmp|usr|home|var|work|root)/"
)
TELLING = {"Server", "Via", "X-Powered-By", "X-AspNet-Version", "X-Runtime", "X-Debug", "SourceMap", "Allow-Private"}
FOREIGN = {"Origin": "https://evil.example"}
OTHERS = ("TRACE", "TRACK", "CONNECT", "DEBUG", "PROPFIND", "MOVE", "PURGE", "X" * 99)
# Beside the documented operations: the documents themselves, and what operators look at.
UNDOCUMENTED = {"/openapi.json", "/docs/", "/docs/<path:path>", "/healthz", "/readyz", "/metrics"}
PROBED = (
    *("/", "/api", "/api/", "/api/v1/exams", "/v1/exams", "/API/exams", "/api/docs", "/api/openapi.json", "/healthz/"),
    *(
        "/admin",
        "/debug",
        "/console",
        "/actuator/env",
        "/server-status",
        "/graphql",
        "/swagger.json",
        "/redoc",
        "/trace",
    ),
    *(
        "/.env",
        "/.git/config",
        "/static/app.js",
        "/robots.txt",
        "/debug/pprof/",
        "/phpinfo.php",
        "/config",
        "/metrics/x",
    ),
    *("/backup.sql", "/pingtopass.db", "/var/pingtopass.db", "/../pyproject.toml", "/docs/../../pyproject.toml"),
    *("/docs/%2e%2e/docs.py", "/docs/..%2fdocs.py", "/?__debugger__=yes&cmd=resource&f=debugger.js"),
)


def requests(crowd: People, call: Call) -> Iterator[Any]:
    """Answers of a call, good and bad."""
    caller, missing = crowd.of(call), dict.fromkeys(call.values, 999_999)
    wrong = {"json": {"surprise": 1}} if call.kind else {"query_string": {"surprise": 1}}
    yield call.send(caller, headers=FOREIGN)
    yield call.send(caller, path=missing, headers=FOREIGN)
    yield call.send(caller, path=dict.fromkeys(call.values, "%F0%9F%98%80"), headers=FOREIGN)
    yield call.send(caller, headers=FOREIGN, **wrong)
    yield call.send(caller, headers=FOREIGN, data=b"{", content_type="application/json")
    yield call.send(caller, headers=FOREIGN, data=b"\xff", content_type="text/xml")
    yield call.send(crowd.app.test_client(), headers=FOREIGN)
    yield call.send(crowd.app.test_client(), headers={**FOREIGN, "Authorization": "Bearer x.y.z"})


def check(call: Call, response: Any) -> None:
    assert response.headers["X-Content-Type-Options"] == "nosniff", call.name
    assert TELLING.isdisjoint(dict(response.headers)), call.name
    assert not [name for name, _ in response.headers if name.startswith("Access-Control-Allow")], call.name
    if response.status_code >= 400:
        assert response.content_type == "application/problem+json", call.name
        assert INSIDE.findall(response.text) == [], (call.name, response.text)


def test_no_answer_tells_of_the_inside(crowd: People, document: dict[str, Any], tmp_path: Path) -> None:
    listed = list(calls.of(document))
    for call in sorted(listed, key=lambda call: call.method == "delete"):
        for response in requests(crowd, call):
            check(call, response)
    broken = LibsqlDatabase(f"file:{tmp_path / 'empty.db'}")
    db.initialize(broken)  # type: ignore[attr-defined]
    try:
        for call in listed:
            response = call.send(crowd.of(call), headers=FOREIGN)
            assert (response.status_code, response.json["code"]) == (500, "INTERNAL_ERROR"), call.name
            assert set(response.json) == {"type", "title", "status", "instance", "code", "requestId"}, call.name
            check(call, response)
    finally:
        db.initialize(crowd.database)  # type: ignore[attr-defined]
        broken.close()


def path_of(operation: Operation) -> str:
    """Its rule, as it stands in the document."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: f"{{{camel(part[1])}}}", operation.rule)


@pytest.mark.parametrize("service", ["study", "growth"])
def test_nothing_is_open_but_what_is_documented(
    service: str, study_app: Flask, growth_app: Flask, database: LibsqlDatabase
) -> None:
    app = study_app if service == "study" else growth_app
    document: Any = app.test_client().get("/openapi.json").json
    assert {rule.rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/api/")} == UNDOCUMENTED
    there = {(operation.method, path_of(operation)) for operation in operations(app) if "/api/" in operation.rule}
    assert {(call.method.upper(), call.path) for call in calls.of(document)} == there
    assert (app.debug, app.testing, app.config["PROPAGATE_EXCEPTIONS"]) == (False, False, None)
    assert (app.secret_key, app.static_folder, app.has_static_folder) == (None, None, False)
    for path in PROBED:
        response = app.test_client().get(path)
        assert (response.status_code, response.content_type) == (404, "application/problem+json"), path


def test_methods_of_no_operation_are_refused_and_echo_nothing(crowd: People) -> None:
    for operation in operations(crowd.app):
        taken = crowd.app.url_map.bind("localhost").allowed_methods(operation.url())
        for method in {*METHODS, *OTHERS} - set(taken):
            response = operation.caller().open(operation.url(), method=method, headers={"X-Secret": "planted"})
            assert response.status_code == 405, (str(operation), method)
            assert response.headers["Allow"]
            assert "planted" not in f"{response.text}{response.headers}"


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "POST"])
def test_no_header_or_parameter_changes_the_method_of_a_request(
    crowd: People, document: dict[str, Any], method: str
) -> None:
    before = stored(crowd.database)
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method")
    for call in (call for call in calls.of(document) if call.method == "get"):
        caller = crowd.of(call)
        plain = call.send(caller).status_code
        assert call.send(caller, headers=dict.fromkeys(names, method)).status_code == plain, call.name
        for name in ("_method", "method", "x-http-method-override"):
            response = call.send(caller, query_string=call.query | {name: method})
            assert (response.status_code, list(response.json["errors"])) == (422, [name]), call.name
    assert stored(crowd.database) == before
