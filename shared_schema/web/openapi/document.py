"""The finished document of a service, from the one that flask-smorest writes."""

import json
import re
from typing import Any

from flask import Flask

from shared_schema.web import progress
from shared_schema.web.openapi import examples, headers, links, operations, parameters, problems
from shared_schema.web.openapi.examples import Words
from shared_schema.web.openapi.operations import Operation
from shared_schema.web.schema import camel

_END = r"\Z"  # of a pattern in Python
_REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')


def finish(document: dict[str, Any], app: Flask, words: Words) -> dict[str, Any]:
    """The document with all that follows from the code of the routes. `words` are the values that examples show."""
    components = document["components"] | headers.components()
    components["schemas"] |= problems.schemas()
    components["responses"] = {}
    document["components"] = components
    listed = list(operations.of(document, app))
    for operation in listed:
        _describe(operation)
        _require_body(operation, components["schemas"])
        _answer(operation, components)
        parameters.finish(operation, words)
    _rewrite_patterns(document)
    document["paths"] = {parameters.path(path): item for path, item in document["paths"].items()}
    _make_optional(listed, components["schemas"])
    for operation in listed:
        _show(operation, components["schemas"], words)
    links.add(listed)
    _prune(document)
    return document


def _describe(operation: Operation) -> None:
    """Its name for generated clients, and who may call it."""
    operation.doc["operationId"] = camel(operation.view.__name__)
    who = "Anyone may call this." if operation.is_open else f"For {', '.join(sorted(operation.roles))}."
    operation.doc["description"] = " ".join(filter(None, (operation.doc.get("description"), who)))
    if operation.is_open:
        operation.doc["security"] = []


def _require_body(operation: Operation, schemas: dict[str, Any]) -> None:
    """Nothing is read as {}: a body can be left out where all that it may have can be left out."""
    for media in operation.doc.get("requestBody", {}).get("content", {}).values():
        schema = schemas.get(media["schema"].get("$ref", "").rsplit("/", 1)[-1], {})
        if schema.get("additionalProperties") is False and "required" not in schema:
            operation.doc["requestBody"]["required"] = False


def _answer(operation: Operation, components: dict[str, Any]) -> None:
    """Every answer that the operation can give, with its headers."""
    answers = operation.doc["responses"]
    own = {status: answer for status, answer in answers.items() if status[0] in "23"}
    for status, answer in own.items():
        answer["headers"] = headers.answered(_headers(operation, status))
        if operation.in_lines:
            answer["content"] |= progress.DOCUMENTED
    for status, codes in problems.by_status(operations.codes(operation)).items():
        more = [media["schema"] for media in answers.get(str(status), {}).get("content", {}).values()]
        reports = [problems.with_report(codes[0], schema, components["schemas"]) for schema in more]
        response = problems.response([*codes, *reports])
        response["headers"] = headers.answered([*headers.EVERYWHERE, *problems.HEADERS.get(status, ())])
        named = "Or".join(problems.name(code).removesuffix("Problem") for code in [*codes, *reports])
        components["responses"][named] = response
        own[str(status)] = {"$ref": f"#/components/responses/{named}"}
    operation.doc["responses"] = dict(sorted(own.items()))


def _headers(operation: Operation, status: str) -> list[str]:
    """The headers of an answer without a problem."""
    names = list(headers.EVERYWHERE)
    if "304" in operation.doc["responses"] or (operation.is_versioned and status == "200"):
        names.append("ETag")
    if operation.is_keyed:
        names.append("Idempotency-Replayed")
    if operation.may_write:
        names.append("X-Consistency-Token")
    return names


def _rewrite_patterns(part: Any) -> None:
    """Python's `match` of a pattern that ends in \\Z is, in JavaScript, the pattern between ^ and $."""
    if isinstance(part, dict) and str(part.get("pattern", "")).endswith(_END):
        part["pattern"] = f"^{part['pattern'].removesuffix(_END)}$"
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _rewrite_patterns(inner)


def _make_optional(listed: list[Operation], schemas: dict[str, Any]) -> None:
    """In bodies of requests, tell defaults in words: generators make a property with a `default` a required one."""
    bodies = [operation.doc["requestBody"] for operation in listed if "requestBody" in operation.doc]
    for name in _reached(bodies, schemas):
        for value in schemas[name].get("properties", {}).values():
            if "default" in value:
                default = value.pop("default")
                text = "" if default is None else f"{json.dumps(default)} where it is left out"
                described = ". ".join(filter(None, (value.get("description"), text)))
                value |= {"description": described} if described else {}


def _reached(parts: object, schemas: dict[str, Any]) -> set[str]:
    """The names of the schemas that parts of a document lead to."""
    reached: set[str] = set()
    names = {name for _, name in _REFERENCE.findall(json.dumps(parts))} & schemas.keys()
    while names:
        reached |= names
        inner = json.dumps([schemas[name] for name in names])
        names = ({name for _, name in _REFERENCE.findall(inner)} & schemas.keys()) - reached
    return reached


def _show(operation: Operation, schemas: dict[str, Any], words: Words) -> None:
    """Give an example of the body and of each answer."""
    answers = (answer for answer in operation.doc["responses"].values() if "$ref" not in answer)
    for part in (operation.doc.get("requestBody", {}), *answers):
        for kind, media in part.get("content", {}).items():
            if "example" not in media and kind == "application/json":
                media["example"] = examples.of(media["schema"], schemas, words)


def _prune(document: dict[str, Any]) -> None:
    """Leave out what no operation refers to."""
    components = document["components"]
    while True:
        used = set(_REFERENCE.findall(json.dumps([document["paths"], components])))
        unused = [
            (kind, name)
            for kind in ("schemas", "responses", "headers", "parameters")
            for name in components[kind]
            if (kind, name) not in used
        ]
        if not unused:
            return
        for kind, name in unused:
            del components[kind][name]
