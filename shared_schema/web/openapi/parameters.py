"""Parameters of operations in the OpenAPI document."""

import re
from typing import Any

from shared_schema.web.openapi import headers
from shared_schema.web.openapi.examples import Words
from shared_schema.web.openapi.operations import Operation
from shared_schema.web.schema import camel

PLACEHOLDER = re.compile(r"{(\w+)}")


def path(rule: str) -> str:
    """`/api/exams/{exam_id}` is `/api/exams/{examId}`."""
    return PLACEHOLDER.sub(lambda found: f"{{{camel(found[1])}}}", rule)


def finish(operation: Operation, words: Words) -> None:
    """Describe what stands in the path, say what a query really takes, and name the headers that the view reads."""
    for parameter in operation.path_doc.get("parameters", ()):
        if "example" not in parameter:  # the operations of a path share them
            _finish_path(parameter, words)
    own = operation.doc.setdefault("parameters", [])
    for parameter in own:
        _finish_query(parameter)
    if operation.is_keyed:
        own.append(headers.sent("Idempotency-Key"))
    if "304" in operation.doc["responses"]:
        own.append(headers.sent("If-None-Match"))
    if operation.wants_match:
        own.append(headers.sent("If-Match"))
    if operation.method == "get":
        own.append(headers.sent("X-Consistency-Token"))


def _finish_path(parameter: dict[str, Any], words: Words) -> None:
    """Its name on the wire, an example, and the description that a view has not given: `exam_id` is an exam's id."""
    noun = parameter["name"].removesuffix("_id").replace("_", " ")
    parameter["name"] = camel(parameter["name"])
    parameter.setdefault("description", f"The id of the {noun}")
    parameter["example"] = words.get(parameter["name"], 1)


def _finish_query(parameter: dict[str, Any]) -> None:
    """A query cannot say null: what is left out is not there."""
    schema = parameter["schema"]
    if isinstance(schema.get("type"), list):
        (schema["type"],) = (kind for kind in schema["type"] if kind != "null")
    if "enum" in schema:
        schema["enum"] = [word for word in schema["enum"] if word is not None]
    if schema.get("default", ...) is None:
        del schema["default"]
