"""Hrana, the protocol of libSQL servers, over HTTP: requests as JSON, and answers read from JSON.

One call is one `POST /v3/pipeline`. A whole transaction is one call, too: BEGIN, the statements and COMMIT are steps,
each runs only if the step before it succeeded, and a last step rolls back if COMMIT did not succeed.
Source: the Hrana 3 specification in libSQL's repository, docs/HRANA_3_SPEC.md.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared_schema.database import errors
from shared_schema.database.binding import Bindable
from shared_schema.database.cursor import Answer

Json = dict[str, Any]


def statement(sql: str, values: Sequence[Bindable]) -> Json:
    return {"sql": sql, "args": [_encoded(value) for value in values]}


def execute(sql: str, values: Sequence[Bindable]) -> Json:
    """A request that runs one statement."""
    return {"type": "execute", "stmt": statement(sql, values)}


CLOSE: Json = {"type": "close"}
AUTOCOMMIT: Json = {"type": "get_autocommit"}


def batch(begin: str, statements: Sequence[Json]) -> Json:
    """A request that runs statements as one transaction: step 0 is `begin`, the last two are COMMIT and ROLLBACK."""
    steps: list[Json] = [{"stmt": statement(begin, ())}]
    for previous, stmt in enumerate([*statements, statement("COMMIT", ())]):
        steps.append({"stmt": stmt, "condition": _ok(previous)})
    # Only if BEGIN succeeded: a ROLLBACK without a transaction would be one more error.
    undo = {"type": "and", "conds": [_ok(0), {"type": "not", "cond": _ok(len(steps) - 1)}]}
    steps.append({"stmt": statement("ROLLBACK", ()), "condition": undo})
    return {"type": "batch", "batch": {"steps": steps}}


def sequence(statements: Sequence[Json]) -> Json:
    """A request that runs statements one after the other, up to the first that fails."""
    steps = [{"stmt": stmt} | ({"condition": _ok(n - 1)} if n else {}) for n, stmt in enumerate(statements)]
    return {"type": "batch", "batch": {"steps": steps}}


def _ok(step: int) -> Json:
    return {"type": "ok", "step": step}


def response(result: Json) -> Json:
    """The result of one request of a pipeline. Raises its error."""
    if result["type"] == "error":
        raise error_of(result["error"])
    answered: Json = result["response"].get("result", {})
    return answered


def is_at_rest(result: Json) -> bool:
    """Whether a stream has no transaction, by the result of AUTOCOMMIT."""
    return result["type"] == "ok" and result["response"].get("is_autocommit") is True


@dataclass(eq=False)  # not frozen: a context manager that an exception leaves sets its traceback
class FailedStep(Exception):
    """`step` counts the statements of a batch from 0; -1 is its BEGIN, and one past the last its COMMIT."""

    step: int
    error: errors.DatabaseError


def sequence_answers(result: Json) -> tuple[list[Answer], errors.DatabaseError | None]:
    """The answers of a sequence up to the first step that failed, and that step's error."""
    failed = next((error for error in result["step_errors"] if error is not None), None)
    done = [answer(step) for step in result["step_results"] if step is not None]
    return done, None if failed is None else error_of(failed)


def batch_answers(result: Json) -> list[Answer]:
    """The answers of a batch's statements. Raises FailedStep for the first that failed; then nothing was applied."""
    for step, error in enumerate(result["step_errors"]):
        if error is not None:
            raise FailedStep(step - 1, error_of(error))
    *_, committed, _ = result["step_results"]
    if committed is None:
        raise FailedStep(len(result["step_results"]) - 3, errors.OperationalError("the server did not commit"))
    return [answer(step) for step in result["step_results"][1:-2]]


def answer(result: Json) -> Answer:
    """One statement's result. A server sends an infinite number as null, since JSON has no infinity; it becomes NaN
    here, so that the other rows can be read.
    """
    last = result["last_insert_rowid"]
    return Answer(
        tuple(column["name"] for column in result["cols"]),
        [tuple(_decoded(value) for value in row) for row in result["rows"]],
        result["affected_row_count"],
        None if last is None else int(last),
        result.get("rows_read") or 0,
        result.get("rows_written") or 0,
        (result.get("query_duration_ms") or 0) / 1000,
    )


def error_of(error: Json) -> errors.DatabaseError:
    """The server's error as one of ours, with its code."""
    return errors.from_text(str(error.get("message")).removeprefix("SQLite error: "), error.get("code"))


def _encoded(value: Bindable) -> Json:
    if value is None:
        return {"type": "null"}
    if isinstance(value, int):
        return {"type": "integer", "value": str(value)}
    if isinstance(value, float):
        return {"type": "float", "value": value}
    if isinstance(value, str):
        return {"type": "text", "value": value}
    return {"type": "blob", "base64": base64.b64encode(value).decode()}


def _decoded(value: Json) -> Any:
    kind = value["type"]
    if kind == "integer":
        return int(value["value"])
    if kind == "text":
        return value["value"]
    if kind == "null":
        return None
    if kind == "blob":
        text = value["base64"]
        return base64.b64decode(text + "=" * (-len(text) % 4))
    return math.nan if value["value"] is None else float(value["value"])
