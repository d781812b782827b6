"""Examples of requests and answers, made from their schemas and from the words of a service."""

from collections.abc import Mapping
from typing import Any

_BY_FORMAT = {"date-time": "2026-11-22T08:00:00Z", "date": "2026-11-22"}
_BY_TYPE = {"boolean": True, "number": 0.75}

Words = Mapping[str, Any]


def of(schema: Mapping[str, Any], schemas: Mapping[str, Any], words: Words, place: str = "") -> Any:
    """A value as the schema has it.

    `words` are the values to show, by the name of a schema (`ExamIn`), of a field in it (`ExamIn.code`), or of a field
    wherever it is (`code`). `place` is where the value stands: `ExamIn.code`.
    """
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return words[name] if name in words else of(schemas[name], schemas, words, name)
    for word in (place, place.rsplit(".", 1)[-1]):
        if word in words:
            return words[word]
    if kinds := schema.get("anyOf") or schema.get("oneOf"):
        return of(kinds[0], schemas, words, place)
    return _plain(schema, schemas, words, place)


def _plain(schema: Mapping[str, Any], schemas: Mapping[str, Any], words: Words, place: str) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    types = schema.get("type", "null")
    kind = types if isinstance(types, str) else types[0]
    if kind == "object":
        name = place.split(".", 1)[0] if "." not in place else place
        return {
            field: of(inner, schemas, words, f"{name}.{field}") for field, inner in schema.get("properties", {}).items()
        }
    if kind == "array":
        return [of(schema["items"], schemas, words, place)]
    if kind == "integer":
        return max(schema.get("minimum", 1), 1)
    if kind == "string" and "format" not in schema:
        return place.rsplit(".", 1)[-1][: schema.get("maxLength")] or "text"
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE.get(kind))
