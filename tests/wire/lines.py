"""A service's OpenAPI document as short lines: every operation, every field, and everything said of it."""

import json
from collections.abc import Iterator
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")

EVERYWHERE = ("X-Request-ID", "RateLimit-Policy", "RateLimit")


def of(document: dict[str, Any]) -> list[str]:
    """The groups of operations, the operations by path, then the schemas by name."""
    groups = [f"{group['name']}: {group['description']}" for group in document["tags"]]
    return [*groups, *_operations(document), *_schemas(document["components"]["schemas"])]


def _operations(document: dict[str, Any]) -> Iterator[str]:
    for path, operations in sorted(document["paths"].items()):
        for method in (method for method in _METHODS if method in operations):
            operation = operations[method]
            yield f"{method.upper()} {path}: {operation['summary']}"
            yield f"  {operation['operationId']}: {operation['description']}"
            for parameter in [*operations.get("parameters", ()), *operation.get("parameters", ())]:
                yield f"  {_parameter(parameter, document)}"
            if body := operation.get("requestBody"):
                yield f"  body: {_content(body)}"
            for status, response in sorted(operation["responses"].items()):
                yield f"  {status}: {_response(response, document)}"


def _parameter(parameter: dict[str, Any], document: dict[str, Any]) -> str:
    parameter = _resolved(parameter, document)
    needed = ", required" if parameter.get("required") else ""
    return f"{parameter['in']} {parameter['name']}: {_described(parameter['schema'])}{needed}"


def _response(response: dict[str, Any], document: dict[str, Any]) -> str:
    """What an answer has in its body, and the headers beside those that all have."""
    response = _resolved(response, document)
    headers = [name for name in response["headers"] if name not in EVERYWHERE]
    links = ["links: " + ", ".join(response["links"])] if "links" in response else []
    return "; ".join([_content(response), *headers, *links])


def _resolved(part: dict[str, Any], document: dict[str, Any]) -> Any:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return document["components"][kind][name]


def _schemas(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        more = {key: value for key, value in schema.items() if key not in ("type", "properties", "required")}
        yield name + "".join(f", {key} {json.dumps(value)}" for key, value in more.items())
        for field, value in schema.get("properties", {}).items():
            needed = ", required" if field in schema.get("required", ()) else ""
            yield f"  {field}: {_described(value)}{needed}"


def _content(body: dict[str, Any]) -> str:
    kinds = [f"{kind} {_described(media.get('schema', {}))}" for kind, media in body.get("content", {}).items()]
    return " or ".join(kinds) or body.get("description", "")


def _described(schema: dict[str, Any]) -> str:
    """`[Served], maxItems 100`: the kind of a value, and whatever else its schema says."""
    more = {key: value for key, value in schema.items() if key not in ("$ref", "type", "items", "oneOf", "anyOf")}
    return _kind(schema) + "".join(f", {key} {json.dumps(value, ensure_ascii=False)}" for key, value in more.items())


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(_described(choice) for choice in choices)
    types = schema.get("type", "anything")
    kind = types if isinstance(types, str) else " or ".join(types)
    return f"{kind} of {_described(schema['items'])}" if "items" in schema else kind
