"""Problems in the OpenAPI document: one schema per code, so that a client that looks at `code` knows the rest."""

from collections.abc import Collection
from typing import Any

from shared_schema.web import errors

_STATUSES = {
    **{code: status for status, code in errors.CODES.items() if status != 400},
    **{code: status for status, code in errors.PROBLEMS.values()},
    "INTERNAL_ERROR": 500,
}
# What comes with every answer of a status, beside the headers of all answers.
HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}

# What the examples of problems with further members have in them.
_MEMBERS: dict[str, dict[str, Any]] = {
    "VALIDATION_FAILED": {"errors": {"limit": ["Not a valid integer."]}},
    "PLAN_LIMIT_REACHED": {"limit": 50, "used": 50, "resetsAt": "2026-11-22T23:00:00Z"},
    "BUDGET_EXCEEDED": {
        "limitUsd": 20,
        "postedUsd": 19.5,
        "pendingUsd": 0.4,
        "availableUsd": 0.1,
        "uncovered": 0,
        "periodEndsAt": "2026-12-01T00:00:00Z",
    },
}
_AMOUNT = {"type": "number", "description": "US dollars"}
_OF_BUDGET = {
    **dict.fromkeys(("limitUsd", "postedUsd", "pendingUsd", "availableUsd"), _AMOUNT),
    "uncovered": {"type": "integer", "description": "Calls of unknown price for which nothing is posted"},
    "periodEndsAt": {"type": "string", "format": "date-time", "description": "When the next period begins"},
}
_OF_HOLD = {
    "resolution": {
        "type": "string",
        "enum": ["settled", "released", "expired"],
        "description": "Of a hold that is resolved already: how",
    },
    "actualUsd": {"type": ["number", "null"], "description": "What that call has cost"},
}


def by_status(codes: Collection[str]) -> dict[int, list[str]]:
    """The codes under the status that each is answered with."""
    statuses: dict[int, list[str]] = {}
    for code in sorted(codes):
        statuses.setdefault(_STATUSES[code], []).append(code)
    return statuses


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each problem by its name in the document."""
    return {name(code): _schema(code, status) for code, status in _STATUSES.items()}


def with_report(code: str, report: dict[str, str], schemas: dict[str, Any]) -> str:
    """Add the schema of a problem with the members of a report, to which `report` refers. The name of the report."""
    reported = report["$ref"].rsplit("/", 1)[1]
    problem, more = schemas[name(code)], schemas[reported]
    schemas[name(reported)] = problem | {
        "properties": problem["properties"] | more["properties"],
        "required": [*problem["required"], *more["required"]],
    }
    return reported


def name(code: str) -> str:
    """`NOT_FOUND` is `NotFoundProblem`; the problem with an `ImportReport` is `ImportReportProblem`."""
    words = code.split("_")
    return ("".join(word.capitalize() for word in words) if code.isupper() else code) + "Problem"


def response(codes: Collection[str]) -> dict[str, Any]:
    """An answer with one of these codes; the name of a report stands for the problem that has it."""
    kinds = [{"$ref": f"#/components/schemas/{name(code)}"} for code in codes]
    plain = [code for code in codes if code in _STATUSES]
    content = {"schema": kinds[0] if len(kinds) == 1 else {"anyOf": kinds}, "example": _example(plain[0])}
    text = "; ".join(f"`{code}`: {errors.TITLES[code].lower()}" for code in plain)
    return {"description": text, "content": {"application/problem+json": content}}


def _schema(code: str, status: int) -> dict[str, Any]:
    text = {"type": "string"}
    properties: dict[str, Any] = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": text,
        "status": {"type": "integer", "const": status},
        "code": {"type": "string", "const": code},
        "detail": text | {"description": "What is wrong, for a person to read"},
        "instance": text | {"description": "The path of the request"},
        "requestId": text | {"description": "The id under which the log has the request"},
    }
    required = [part for part in properties if part != "detail"]
    if code == "VALIDATION_FAILED":
        messages = {"type": "array", "items": text}
        properties["errors"] = {
            "type": "object",
            "additionalProperties": messages,
            "description": "Messages by field, where single fields are wrong",
        }
        properties["moreErrors"] = {"type": "integer", "description": "How many further messages were left out"}
    if code == "PLAN_LIMIT_REACHED":
        properties |= {
            "limit": {"type": "integer", "description": "The answers a day of the learner's plan"},
            "used": {"type": "integer", "description": "Those given today"},
            "resetsAt": {"type": "string", "format": "date-time", "description": "The learner's next midnight"},
        }
        required += ["limit", "used", "resetsAt"]
    if code == "BUDGET_EXCEEDED":
        properties |= _OF_BUDGET
        required += _OF_BUDGET
    if code == "CONFLICT":
        properties |= _OF_HOLD
    return {"type": "object", "description": errors.TITLES[code], "properties": properties, "required": required}


def _example(code: str) -> dict[str, Any]:
    example = {
        "type": "about:blank",
        "title": errors.TITLES[code],
        "status": _STATUSES[code],
        "code": code,
        "instance": "/api/…",
        "requestId": "0b0a7c3b1d2e4f5a8b9c0d1e2f3a4b5c",
    }
    return example | _MEMBERS.get(code, {})
