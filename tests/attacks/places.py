"""Every place of a request where a client can put a text: in the path, the query, and the body, as deep as it goes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.attacks import routes
from tests.contract.calls import Call

KEY = object()  # in the way to a place: the name of a field, where names are the client's own
Way = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the request of a call. `way` leads there: the name of a parameter, or names and indexes in a body."""

    call: Call
    part: str  # path, query or body
    way: Way

    def __str__(self) -> str:
        way = ".".join("*" if step is KEY else str(step) for step in self.way)
        return f"{self.call.name} {self.part} {way}"

    def request(self, value: Any) -> dict[str, Any]:
        """What `Call.send` takes to send this value at this place."""
        if self.part == "path":
            return {"path": {self.way[0]: quote(str(value), safe="")}}
        if self.part == "query":
            name = value if self.way[0] is KEY else self.way[0]
            return {"query_string": self.call.query | {name: value}}
        body = json.dumps(put(self.call.body, self.way, value))
        return {"data": body, "content_type": "application/json"}


def put(body: Any, way: Way, value: Any) -> Any:
    """The body with this value at the end of a way, which is made where the body does not have it."""
    if not way:
        return value
    step, rest = value if way[0] is KEY else way[0], way[1:]
    if isinstance(step, int):
        items = body if isinstance(body, list) else [body]
        return [put(items[0] if items else None, rest, value), *items[1:]]
    inner = body if isinstance(body, dict) else {}
    return {**inner, step: put(inner.get(step), rest, value)}


def of(document: dict[str, Any], call: Call) -> Iterator[Place]:
    """The places of a call where the document, or its example, has a text or leaves open what is there.

    The name of a parameter, and of a field of the body, is a place, too.
    """
    for name in call.values:
        yield Place(call, "path", (name,))
    yield Place(call, "query", (KEY,))
    for parameter in call.doc["parameters"]:
        if parameter.get("in") == "query":
            yield Place(call, "query", (parameter["name"],))
    names = [(KEY,)] if call.kind == "application/json" else []
    for way in dict.fromkeys([*names, *_texts(schema_of(document, call)), *_examples(call.body)]):
        yield Place(call, "body", way)


def schema_of(document: dict[str, Any], call: Call) -> dict[str, Any]:
    """The schema of a call's JSON body, with no reference left; {} for none."""
    content = call.doc.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = routes.resolved(document, content.get("application/json", {}).get("schema", {}))
    return schema


def objects(schema: dict[str, Any], way: Way = ()) -> Iterator[tuple[Way, dict[str, Any]]]:
    """The objects within a schema whose fields it names, each with the way there."""
    for form in (schema, *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        if form.get("additionalProperties") is False or form.get("properties"):
            yield way, form
        for name, inner in form.get("properties", {}).items():
            yield from objects(inner, (*way, name))
        if isinstance(items := form.get("items"), dict):
            yield from objects(items, (*way, 0))


def _texts(schema: dict[str, Any], way: Way = ()) -> Iterator[Way]:
    for form in (schema, *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        if way and "string" in form.get("type", "string" if form == {} else ""):
            yield way
        for name, inner in form.get("properties", {}).items():
            yield from _texts(inner, (*way, name))
        if isinstance(items := form.get("items"), dict):
            yield from _texts(items, (*way, 0))
        if "object" in form.get("type", ()) and form.get("additionalProperties", "properties" not in form) is not False:
            yield (*way, KEY)


def _examples(body: Any, way: Way = ()) -> Iterator[Way]:
    if isinstance(body, str) and way:
        yield way
    steps = body.items() if isinstance(body, dict) else enumerate(body[:1]) if isinstance(body, list) else ()
    for step, inner in steps:
        yield from _examples(inner, (*way, step))
