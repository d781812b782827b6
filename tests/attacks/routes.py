"""Every operation of both services, who may call it, and how: read from the app, so that none is forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from shared_schema.web import auth
from shared_schema.web.schema import camel
from tests.conftest import client

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SUBJECTS = {"user": "1", "moderator": "3", "admin": "4", "service": "growth-bot"}

# A value for each part of a path that a rule names. A rule with another part fails until the part is here.
PARTS = {
    "exam_id": "1", "objective_id": "1", "question_id": "1", "session_id": "1", "attempt_id": "1", "version": "1",
    "user_id": "1", "profile_id": "1",
    "account_id": "12", "tweet_id": "1", "opportunity_id": "1", "date": "2026-11-22", "path": "swagger-ui.css",
    "key": "k", "request_id": "call-1", "budget_name": "monthly", "hold_id": "1",
}  # fmt: skip
# A query that leads to the body. The other routes read their body without one.
QUERIES = {"/api/questions/import": ("format=pingtopass", "format=gift&examId=1")}


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a rule of an app. `schema` is that of its JSON body, with no reference left, if it has one."""

    app: Flask
    method: str
    rule: str
    role: str
    schema: dict[str, Any] | None

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    def url(self, **parts: str) -> str:
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: (PARTS | parts)[part[1]], self.rule)

    def urls(self) -> list[str]:
        """With each query that leads to the body."""
        queries = QUERIES.get(self.rule, ("",)) if self.method == "POST" else ("",)
        return [f"{self.url()}?{query}".rstrip("?") for query in queries]

    def caller(self) -> FlaskClient:
        """Somebody who may call it. The answers of this client are not held against the document, which takes time."""
        asked = client(self.app, SUBJECTS[self.role], self.role)
        bare = FlaskClient(self.app, self.app.response_class)
        bare.environ_base |= asked.environ_base
        return bare


def operations(*apps: Flask) -> Iterator[Operation]:
    for app in apps:
        document = FlaskClient(app, app.response_class).get("/openapi.json").json
        for rule in app.url_map.iter_rules():
            roles = auth.allowed(app, rule.endpoint)
            role = next(role for role in SUBJECTS if role in roles or auth.ANYONE in roles)
            for method in sorted((rule.methods or set()) & set(METHODS)):
                yield Operation(app, method, str(rule), role, _body(document, method, str(rule)))


def _body(document: dict[str, Any], method: str, rule: str) -> dict[str, Any] | None:
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: f"{{{camel(part[1])}}}", rule)
    assert path in document["paths"] or not rule.startswith("/api"), f"{path} is not in the document"
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return None if schema is None else resolved(document, schema)


def resolved(document: dict[str, Any], schema: Any) -> Any:
    """A schema with no reference left."""
    if isinstance(schema, list):
        return [resolved(document, part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return resolved(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    return {name: resolved(document, part) for name, part in schema.items()}
