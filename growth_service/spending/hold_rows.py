"""Holds as the tables have them, with what became of them."""

from typing import TypedDict

from shared_schema import rows
from shared_schema.rows import Shape

STATES = ("open", "settled", "released", "expired")
KINDS = {"settle": "settled", "release": "released", "expire": "expired"}


class Hold(TypedDict):
    """A hold and its resolution. `state` is one of STATES; the columns below it are None while the hold is open.

    `actual_nanousd` is what the call cost, None where that is unknown; `posted_nanousd` what the budget was charged;
    `resolved_by` is client, generation (a call that was recorded) or time. A hold whose time is over is expired before
    anything has written that down.
    """

    id: str
    budget: str
    request_id: str
    amount_nanousd: int
    created_at: int
    expires_at: int
    state: str
    actual_nanousd: int | None
    posted_nanousd: int | None
    overrun_nanousd: int | None
    resolved_at: int | None
    resolved_by: str | None


_SHAPE = Shape("ai_holds", moments=("created_at", "expires_at"))
_ENDED = Shape("ai_hold_resolutions", moments=("resolved_at",))

_WORDS = " ".join(f"WHEN '{kind}' THEN '{state}'" for kind, state in KINDS.items())
_COLUMNS = {
    **{name: f"h.{name}" for name in ("id", "budget", "request_id", "amount_nanousd", "created_at", "expires_at")},
    "state": f"CASE r.kind {_WORDS} ELSE iif(h.expires_at <= {{now}}, 'expired', 'open') END",
    **{name: f"r.{name}" for name in ("actual_nanousd", "posted_nanousd", "overrun_nanousd")},
    "resolved_at": "coalesce(r.resolved_at, iif(h.expires_at <= {now}, h.expires_at, NULL))",
    "resolved_by": "coalesce(r.resolved_by, iif(h.expires_at <= {now}, 'time', NULL))",
}
FROM = "FROM ai_holds h LEFT JOIN ai_hold_resolutions r ON r.hold_id = h.id"


def select(now: str = ":now") -> str:
    """SQL: holds as they are at `now`, which is SQL for epoch seconds. A WHERE may follow."""
    columns = ", ".join(f"{sql.format(now=now)} AS {name}" for name, sql in _COLUMNS.items())
    return f"SELECT {columns} {FROM}"


# SQL: the hold of a budget and a request, or with an id, as a JSON object; the first parameter is the present.
_JSON = ", ".join(f"'{name}', {name}" for name in _COLUMNS)


def document(where: str) -> str:
    """SQL: the one hold that meets a condition, as a JSON object. Its first three parameters are the present."""
    return f"SELECT json_object({_JSON}) FROM ({select('?')} WHERE {where})"


def shown(row: Hold) -> Hold:
    """The hold of a receipt. Damaged where it cannot be shown: what was done with it is done."""
    return rows.one("ai_holds", row, read)


def read(row: Hold) -> Hold:
    """A hold, or Unusable."""
    return rows.checked(rows.checked(row, _SHAPE), _ENDED)
