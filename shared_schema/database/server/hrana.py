"""Hrana, the protocol of libSQL servers, over HTTP: requests as JSON. `replies` reads the answers.

One call is one `POST /v3/pipeline`. A whole transaction is one call, too: BEGIN, the statements and COMMIT are steps,
each runs only if the step before it succeeded, and a last step rolls back if COMMIT did not succeed.
Source: the Hrana 3 specification in libSQL's repository, docs/HRANA_3_SPEC.md.
"""

import base64
from collections.abc import Sequence
from typing import Any

from shared_schema.database.binding import Bindable

Json = dict[str, Any]


def statement(sql: str, values: Sequence[Bindable]) -> Json:
    return {"sql": sql, "args": [_encoded(value) for value in values]}


def execute(sql: str, values: Sequence[Bindable]) -> Json:
    """A request that runs one statement."""
    return {"type": "execute", "stmt": statement(sql, values)}


_RELEASE = statement("RELEASE member", ())
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


def group(members: Sequence[Sequence[Json]]) -> tuple[Json, list[tuple[int, int]]]:
    """A request that runs batches as one transaction, and the steps of each: its first, and one past its last.

    Each batch has a SAVEPOINT, and is rolled back to it if one of its steps fails.

    A step that ends the whole transaction, as `INSERT OR ROLLBACK` can, would let what follows run by itself. So
    nothing more begins outside of a transaction.
    """
    begun = {"type": "and", "conds": [_ok(0), {"type": "not", "cond": {"type": "is_autocommit"}}]}
    steps: list[Json] = [{"stmt": statement("BEGIN IMMEDIATE", ())}]
    places = []
    for statements in members:
        start = len(steps)
        steps.append({"stmt": statement("SAVEPOINT member", ()), "condition": begun})
        for stmt in (*statements, _RELEASE):
            steps.append({"stmt": stmt, "condition": _ok(len(steps) - 1)})
        places.append((start + 1, len(steps) - 1))
        failed = {"type": "and", "conds": [begun, {"type": "not", "cond": _ok(len(steps) - 1)}]}
        steps.append({"stmt": statement("ROLLBACK TO member", ()), "condition": failed})
        steps.append({"stmt": _RELEASE, "condition": _ok(len(steps) - 1)})
    steps.append({"stmt": statement("COMMIT", ()), "condition": begun})
    undo = {"type": "and", "conds": [begun, {"type": "not", "cond": _ok(len(steps) - 1)}]}
    steps.append({"stmt": statement("ROLLBACK", ()), "condition": undo})
    return {"type": "batch", "batch": {"steps": steps}}, places


def sequence(statements: Sequence[Json]) -> Json:
    """A request that runs statements one after the other, up to the first that fails."""
    steps = [{"stmt": stmt} | ({"condition": _ok(n - 1)} if n else {}) for n, stmt in enumerate(statements)]
    return {"type": "batch", "batch": {"steps": steps}}


def _ok(step: int) -> Json:
    return {"type": "ok", "step": step}


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
