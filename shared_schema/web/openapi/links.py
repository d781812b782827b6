"""Links in the OpenAPI document: what a client can do with the thing that a request has just made."""

import re
from typing import Any

from shared_schema.web.openapi import parameters
from shared_schema.web.openapi.operations import Operation


def add(operations: list[Operation]) -> None:
    """From each POST that answers 201 to every operation on the path of the new `id`."""
    for maker in operations:
        below = re.compile(re.escape(maker.path) + r"/{\w+}(/[a-z-]+)?")
        made = maker.doc["responses"].get("201")
        if maker.method == "post" and made:
            made["links"] = {
                other.doc["operationId"]: _link(other) for other in operations if below.fullmatch(other.path)
            }


def _link(other: Operation) -> dict[str, Any]:
    *outer, own = parameters.PLACEHOLDER.findall(parameters.path(other.path))
    values = {name: f"$request.path.{name}" for name in outer} | {own: "$response.body#/id"}
    return {"operationId": other.doc["operationId"], "parameters": values}
