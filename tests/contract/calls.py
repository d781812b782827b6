"""Requests made from the examples of a service's OpenAPI document."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from shared_schema.web.openapi import examples

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Call:
    """An operation and the request that its examples make."""

    name: str
    method: str
    path: str
    doc: dict[str, Any]
    values: dict[str, Any]  # of the parameters in the path
    query: dict[str, Any]
    kind: str | None  # the content type of the body
    body: Any

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.doc["responses"]}

    @property
    def is_keyed(self) -> bool:
        return {"$ref": "#/components/parameters/Idempotency-Key"} in self.doc["parameters"]

    @property
    def wants_match(self) -> bool:
        return {"$ref": "#/components/parameters/If-Match"} in self.doc["parameters"]

    def send(self, caller: FlaskClient, *, path: dict[str, Any] | None = None, **more: Any) -> Any:
        """Send it; `path` and `more` replace parts of the request."""
        body: dict[str, Any] = {}
        if self.kind == "application/json":
            body = {"json": self.body}
        elif self.kind:
            body = {"data": self.body, "content_type": self.kind}
        if more.keys() & {"json", "data"}:
            body = {}
        if self.wants_match and "headers" not in more:
            more["headers"] = {"If-Match": "*"}
        url = self.path.format(**self.values | (path or {}))
        return caller.open(url, method=self.method.upper(), **{"query_string": self.query} | body | more)


def of(document: dict[str, Any]) -> Iterator[Call]:
    """Every operation of a document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _call(method, path, item, item[method])


def _call(method: str, path: str, item: dict[str, Any], doc: dict[str, Any]) -> Call:
    kind, media = next(iter(doc.get("requestBody", {}).get("content", {}).items()), (None, {}))
    values = {parameter["name"]: parameter["example"] for parameter in item.get("parameters", ())}
    asked = [parameter for parameter in doc["parameters"] if parameter.get("in") == "query" and parameter["required"]]
    query = {parameter["name"]: examples.of(parameter["schema"], {}, {}, parameter["name"]) for parameter in asked}
    return Call(doc["operationId"], method, path, doc, values, query, kind, media.get("example"))
