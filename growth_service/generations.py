"""The ledger of AI calls: each counted once, by the client's own id for it, at a price that we compute."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
import peewee

from growth_service import metrics, prices
from growth_service.prices import Call
from shared_schema import idempotency
from shared_schema.database import Guard, Statement, errors
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Invalid
from shared_schema.tables import db
from shared_schema.tables.growth import AIGeneration

Row = dict[str, Any]

_SENT = (
    "request_id", "purpose", "model", "success", "error_message", "generation_time_ms", "exam_id", "objective_id",
    "tweet_id", "opportunity_id",
)  # fmt: skip
_PRICED = ("provider", "prompt_tokens", "completion_tokens", "total_tokens", "cost_microusd", "cost_basis")
_STORED = (*_SENT, *_PRICED, "usage", "question_ids", "digest", "created_at")

_INSERT = f"""
    INSERT INTO ai_generation_log ({", ".join(_STORED)})
    SELECT {", ".join(f"value->>'{column}'" for column in _STORED)} FROM json_each(?) ORDER BY key
"""
_KNOWN = "SELECT request_id, digest FROM ai_generation_log WHERE request_id IN (SELECT value FROM json_each(?))"
_UNKNOWN_REFERENCES = """
    SELECT 'exam_id' AS field, value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM exams)
    UNION ALL
    SELECT 'objective_id', value FROM json_each(?) WHERE value NOT IN (SELECT id FROM objectives)
"""
# A server's parser knows no ORDER BY inside an aggregate.
_RECEIPT = f"""
    SELECT json_group_array(json(recorded)) FROM (
        SELECT {idempotency.row_json(AIGeneration)} AS recorded
        FROM json_each(?) wanted JOIN ai_generation_log ON ai_generation_log.request_id = wanted.value
        ORDER BY wanted.key)
"""


def record(items: Sequence[Row], now: dt.datetime, once: Once, *, fresh: bool = False) -> Receipt:
    """Write AI calls into the ledger, all or none. The receipt is their rows, in the order given.

    A call whose request_id is there already is not counted again; the receipt is a replay where none is new. Conflict
    if that id was used for another call, Invalid for an exam or objective that does not exist. `fresh` reads what
    a replica may not have yet.
    """
    rows = _distinct(items)
    ids = dumps([item["request_id"] for item in items])
    reads = [once.lookup(), Statement(_KNOWN, (ids,)), _references(items)]
    earlier, known, dangling = db.fetch(reads, fresh=fresh)
    if replay := once.replay(earlier.first(dict)):
        return _shown(replay)
    _check_references(items, {(row["field"], row["id"]) for row in dangling.rows})
    seen = {row["request_id"]: row["digest"] for row in known.rows}
    if any(seen.get(request_id, row["digest"]) != row["digest"] for request_id, row in rows.items()):
        raise _reused()
    new = [_priced(row, now) for request_id, row in rows.items() if request_id not in seen]
    try:
        receipt = once.write(_writes(new, now), _RECEIPT, (ids,), natural_key=True)
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "ai_generation_log", "request_id"):
            raise
        # Another call came between; what it wrote is known at the next look.
        return record(items, now, once, fresh=True)
    return _shown(Receipt(receipt.document, receipt.replayed or not new))


def _distinct(items: Sequence[Row]) -> dict[str, Row]:
    """The calls by request_id, each with the digest of what was sent."""
    found: dict[str, Row] = {}
    for item in items:
        said = {name: value for name, value in item.items() if value is not None}
        digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
        if found.setdefault(item["request_id"], item | {"digest": digest})["digest"] != digest:
            raise _reused()
    return found


def _reused() -> Conflict:
    return Conflict("a requestId was used for another call already; nothing was recorded")


def _references(items: Sequence[Row]) -> Statement:
    wanted = [sorted({item[name] for item in items if item.get(name)}) for name in ("exam_id", "objective_id")]
    return Statement(_UNKNOWN_REFERENCES, [dumps(ids) for ids in wanted])


def _check_references(items: Sequence[Row], dangling: set[tuple[str, int]]) -> None:
    wrong = {
        field if len(items) == 1 else f"{place}.{field}": ["There is none with this id."]
        for place, item in enumerate(items)
        for field in ("exam_id", "objective_id")
        if (field, item.get(field)) in dangling
    }
    if wrong:
        raise Invalid("nothing was recorded", fields=wrong)


def _priced(row: Row, now: dt.datetime) -> Row:
    """A call as the ledger's columns."""
    given = ("provider", "usage", "prompt_tokens", "completion_tokens", "billed_microusd")
    found = prices.price(Call(row["model"], **{name: row.get(name) for name in given}), now)
    counts = [count for count in (found.prompt_tokens, found.completion_tokens) if count is not None]
    return {name: row.get(name) for name in _SENT} | {
        "provider": found.provider,
        "prompt_tokens": found.prompt_tokens,
        "completion_tokens": found.completion_tokens,
        "total_tokens": sum(counts) if counts else None,
        "cost_microusd": found.cost_microusd,
        "cost_basis": found.cost_basis,
        "usage": AIGeneration.usage.db_value(row.get("usage")),
        "question_ids": AIGeneration.question_ids.db_value(row.get("question_ids")),
        "digest": row["digest"],
        "created_at": int(now.timestamp()),
    }


def _writes(new: list[Row], now: dt.datetime) -> list[Statement | Guard]:
    if not new:
        return []
    costs = [row["cost_microusd"] for row in new if row["cost_microusd"] is not None]
    steps: list[Statement | Guard] = [Statement(_INSERT, (dumps(new),))]
    return [*steps, metrics.add_cost(sum(costs), int(now.timestamp()))] if costs else steps


def _shown(receipt: Receipt) -> Receipt:
    """The receipt with its JSON columns read."""
    read = AIGeneration.question_ids.python_value
    rows = [row | {"question_ids": read(row["question_ids"])} for row in receipt.document]
    return Receipt(rows, receipt.replayed)
