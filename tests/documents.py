"""Every answer of a service in the tests, held against the service's own OpenAPI document."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from shared_schema.web.schema import camel

_PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")


class Document:
    """The answers that an app's document describes. An app without a document has none."""

    def __init__(self, app: Flask) -> None:
        response = FlaskClient(app, app.response_class).get("/openapi.json")
        document = response.json if response.status_code == 200 else {"paths": {}}
        self._paths: dict[str, Any] = document["paths"]
        self._components = _closed(document.get("components", {}))
        self._url_map = app.url_map
        self.given: set[tuple[str, str, int]] = set()  # the answers that were checked: method, path, status
        self._validators: dict[tuple[str, str, int, str], jsonschema_rs.Validator] = {}

    def check(self, response: TestResponse) -> None:
        """Raise unless the document has this answer: its status, its content type, each field and its value."""
        path, method = self._operation(response)
        if not path.startswith("/api") or method in ("head", "options"):
            return
        assert path in self._paths, f"{path} is not in the document"
        key = (path, method, response.status_code, response.mimetype)
        if key not in self._validators:
            self._validators[key] = self._validator(*key)
        self._validators[key].validate(_body(response))
        self._check_headers(path, method, response)
        self.given.add((method, path, response.status_code))

    def _operation(self, response: TestResponse) -> tuple[str, str]:
        """The path as it stands in the document, and the method. Empty for a path that no route has."""
        try:
            rule, _ = self._url_map.bind_to_environ(response.request.environ).match(return_rule=True)
        except HTTPException:
            return "", ""
        return _PLACEHOLDER.sub(lambda name: f"{{{camel(name[1])}}}", rule.rule), response.request.method.lower()

    def _check_headers(self, path: str, method: str, response: TestResponse) -> None:
        """An answer has the headers that its document says it always has, and none of the others that it knows."""
        described = self._described(path, method, response.status_code).get("headers", {})
        known = self._components["headers"]
        always = {name for name in described if known[name]["required"]}
        sent = {name for name in known if name in response.headers}
        assert always <= sent <= set(described), f"{method} {path} answers {response.status_code} with {sorted(sent)}"

    def _described(self, path: str, method: str, status: int) -> Any:
        described = self._paths[path][method]["responses"].get(str(status))
        assert described, f"{method} {path} answers {status}, which its document does not have"
        if "$ref" in described:
            return self._components["responses"][described["$ref"].rsplit("/", 1)[1]]
        return described

    def _validator(self, path: str, method: str, status: int, mimetype: str) -> jsonschema_rs.Validator:
        content = self._described(path, method, status).get("content", {})
        if not content:
            return jsonschema_rs.validator_for({"type": "null"})
        assert mimetype in content, f"{method} {path} answers {status} as {mimetype}, its document has {list(content)}"
        schema = _closed(content[mimetype]["schema"])
        return jsonschema_rs.validator_for(schema | {"components": self._needed(schema)})

    def _needed(self, schema: Any) -> dict[str, dict[str, Any]]:
        """The components that a schema refers to, and those that they refer to. A validator keeps all that it is given,
        and there are hundreds of validators.
        """
        needed: dict[str, dict[str, Any]] = {}
        waiting = list(_references(schema))
        while waiting:
            _, _, kind, name = waiting.pop().split("/")
            if name not in needed.setdefault(kind, {}):
                needed[kind][name] = self._components[kind][name]
                waiting += _references(needed[kind][name])
        return needed


def _body(response: TestResponse) -> Any:
    """What its schema describes: a document, a text, the bytes of an archive as a text, or nothing."""
    if not response.data:
        return None
    if response.is_json:
        return response.json
    return response.data.decode("latin-1" if response.mimetype == "application/zip" else "utf-8")


def _references(schema: Any) -> Iterator[str]:
    """Every `$ref` in a schema: `#/components/schemas/Name`."""
    for part in schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ():
        yield from _references(part)
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        yield schema["$ref"]


def _closed(schema: Any) -> Any:
    """The same schemas, but an object has no property that its schema does not name."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    return closed | ({"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {})
