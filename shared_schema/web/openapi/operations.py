"""What a route can answer with, from its code: its roles, its body, its path, its key, and the problems it names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_smorest.spec.plugins import FlaskPlugin

from shared_schema.problems import Conflict, PreconditionFailed, PreconditionRequired, Problem
from shared_schema.web import auth, errors, keyed

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the document, `doc`, with `path_doc` that all of its path share, and the view behind it."""

    path: str
    method: str
    doc: dict[str, Any]
    path_doc: dict[str, Any]
    view: Callable[..., Any]

    @property
    def roles(self) -> frozenset[str]:
        roles: frozenset[str] = getattr(self.view, "allowed", frozenset())
        return roles

    @property
    def is_open(self) -> bool:
        return auth.ANYONE in self.roles

    @property
    def is_keyed(self) -> bool:
        """Whether the view honours Idempotency-Key."""
        return keyed.of(self.view) is not None

    @property
    def is_versioned(self) -> bool:
        """Whether the answer has the ETag of a state."""
        return bool(getattr(self.view, "_apidoc", {}).get("versioned"))

    @property
    def wants_match(self) -> bool:
        """Whether the request must name the state that it changes, as If-Match."""
        return self.is_versioned and self.method != "get"

    @property
    def may_write(self) -> bool:
        return self.method != "get" or "may_write" in getattr(self.view, "_apidoc", {})

    @property
    def in_lines(self) -> bool:
        """Whether the answer may come in lines, while the work goes on."""
        return "in_lines" in getattr(self.view, "_apidoc", {})

    @property
    def raises(self) -> tuple[type[Problem], ...]:
        """The problems that the view names."""
        raised: tuple[type[Problem], ...] = getattr(self.view, "_apidoc", {}).get("raises", ())
        return raised

    @property
    def successes(self) -> list[str]:
        return [status for status in self.doc["responses"] if status.startswith("2")]


def of(document: dict[str, Any], app: Flask) -> Iterator[Operation]:
    """The operations of a document with their views."""
    views = {
        (FlaskPlugin.flaskpath2openapi(rule.rule), method.lower()): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(path, method, item[method], item, views[path, method])


def codes(operation: Operation) -> set[str]:
    """The codes of the problems that an operation can answer with."""
    doc = operation.doc
    # Every route refuses a query or a body that it does not read.
    possible = {"INTERNAL_ERROR", "DATABASE_UNAVAILABLE", "RATE_LIMIT_EXCEEDED", "VALIDATION_FAILED"}
    possible |= {errors.PROBLEMS[kind][1] for kind in operation.raises}
    if not operation.is_open:
        possible |= {"AUTH_REQUIRED", "TOKEN_EXPIRED", "TOKEN_INVALID", "PERMISSION_DENIED"}
    has_own_404 = any(errors.PROBLEMS[kind][0] == 404 for kind in operation.raises)
    if "{" in operation.path and not has_own_404 and not (operation.method == "put" and "201" in operation.successes):
        possible |= {"NOT_FOUND"}  # a PUT that creates finds every path
    if body := doc.get("requestBody"):
        possible |= {"PAYLOAD_TOO_LARGE"}
        if list(body["content"]) == ["application/json"]:
            possible |= {"UNSUPPORTED_MEDIA_TYPE"}
    if operation.wants_match:
        possible |= {errors.PROBLEMS[kind][1] for kind in (PreconditionFailed, PreconditionRequired)}
    if operation.is_keyed:
        possible |= {errors.PROBLEMS[Conflict][1]}
    return possible
