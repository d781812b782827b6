"""The ledger of AI calls: each counted once, by the client's own id for it, at a price that we compute."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import orjson
import peewee

from growth_service import metrics, prices
from growth_service.prices import UsageObject
from shared_schema import idempotency, rows
from shared_schema.database import Guard, Statement, errors
from shared_schema.fields import NANO, dumps, loads
from shared_schema.idempotency import Once, Receipt
from shared_schema.metrics import series
from shared_schema.problems import Conflict, Invalid
from shared_schema.rows import Shape, Unusable
from shared_schema.tables import db
from shared_schema.tables.ledger import COST_BASES, AIGeneration


class Call(TypedDict):
    """An AI call, as the client reports it. `request_id` is the client's own id for the call."""

    request_id: str
    purpose: str
    model: str
    success: bool
    provider: NotRequired[str | None]
    usage: NotRequired[UsageObject | None]
    prompt_tokens: NotRequired[int | None]
    completion_tokens: NotRequired[int | None]
    billed_nanousd: NotRequired[int | None]
    error_message: NotRequired[str | None]
    generation_time_ms: NotRequired[int | None]
    exam_id: NotRequired[int | None]
    objective_id: NotRequired[int | None]
    question_ids: NotRequired[list[int] | None]
    tweet_id: NotRequired[str | None]
    opportunity_id: NotRequired[str | None]


class _Entry(TypedDict):
    """What a row of the ledger has, but for its JSON. `cost_basis` says where the cost is from; None without a cost."""

    id: int
    request_id: str
    purpose: str
    provider: str | None
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cost_nanousd: int | None
    cost_basis: str | None
    success: int
    error_message: str | None
    generation_time_ms: int | None
    exam_id: int | None
    objective_id: int | None
    tweet_id: str | None
    opportunity_id: str | None
    created_at: int


class Generation(_Entry):
    """A row of the ledger."""

    question_ids: list[int] | None


class Recorded(_Entry):
    """A row of the ledger as a receipt has it: `question_ids` is JSON text."""

    question_ids: str | None


class _Known(TypedDict):
    """A call that is in the ledger already. `question_ids` is JSON text."""

    id: int
    request_id: str
    digest: str | None
    created_at: int
    question_ids: str | None


BASES = COST_BASES
_SHAPE = Shape("ai_generation_log", moments=("created_at",))

NewRow = dict[str, object]  # a row to insert, by column

_SENT = (
    "request_id", "purpose", "model", "success", "error_message", "generation_time_ms", "exam_id", "objective_id",
    "tweet_id", "opportunity_id",
)  # fmt: skip
_STORED = (
    *_SENT, "provider", "prompt_tokens", "completion_tokens", "total_tokens", "cost_nanousd", "cost_microusd",
    "cost_basis", "usage", "question_ids", "digest", "created_at",
    "recorded_at",
)  # fmt: skip

_INSERT = f"""
    INSERT INTO ai_generation_log ({", ".join(_STORED)})
    SELECT {", ".join(f"value->>'{column}'" for column in _STORED)} FROM json_each(?) ORDER BY key
"""
_KNOWN = """
    SELECT id, request_id, digest, created_at, question_ids FROM ai_generation_log
    WHERE request_id IN (SELECT value FROM json_each(?))
"""
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


def record(
    calls: Sequence[Call], now: dt.datetime, once: Once, *, several: bool = True, fresh: bool = False
) -> Receipt:
    """Write AI calls into the ledger, all or none. The receipt is a list of Recorded in the order of the calls, which
    `shown` makes a Generation of; without `several` it is that of the only one.

    A call whose request_id is there already is not counted again; the receipt is a replay where none is new. Conflict
    if that id was used for another call, Invalid for an exam or objective that does not exist. `fresh` reads what
    a replica may not have yet. Damaged, and none recorded, where a call that is there already cannot be used.
    """
    digests = _digests(calls)
    ids = dumps([call["request_id"] for call in calls])
    reads = [once.lookup(), Statement(_KNOWN, (ids,)), _references(calls)]
    earlier, known, dangling = db.fetch(reads, fresh=fresh)
    if replay := once.replay(earlier):
        return replay
    _check_references(calls, {(row["field"], row["id"]) for row in dangling.rows})
    usable = [rows.one("ai_generation_log", row, _known) for row in known.all(_Known)]
    stored = {row["request_id"]: row["digest"] for row in usable}
    if any(stored.get(request_id, digest) != digest for request_id, digest in digests.items()):
        raise _reused()
    new = {call["request_id"]: call for call in calls if call["request_id"] not in stored}
    made = [_row(call, digests[request_id], now) for request_id, call in new.items()]
    try:
        recorded = _RECEIPT if several else f"json_extract(({_RECEIPT}), '$[0]')"
        receipt = once.write(_writes(made, now), recorded, (ids,), natural_key=True)
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "ai_generation_log", "request_id"):
            raise
        # Another request has recorded one of these calls in between; the next read finds it.
        return record(calls, now, once, several=several, fresh=True)
    if not receipt.replayed:
        _count(made)
    return Receipt(receipt.document, receipt.replayed or not new)


def _digests(calls: Sequence[Call]) -> dict[str, str]:
    """A digest of each call by its request_id. Conflict where two calls have the same id and are not equal."""
    digests: dict[str, str] = {}
    for call in calls:
        named = {name: value for name, value in call.items() if value is not None}
        digest = hashlib.sha256(orjson.dumps(named, option=orjson.OPT_SORT_KEYS)).hexdigest()
        if digests.setdefault(call["request_id"], digest) != digest:
            raise _reused()
    return digests


def _reused() -> Conflict:
    return Conflict("the id of a call was used for another call already; nothing was recorded")


def _references(calls: Sequence[Call]) -> Statement:
    """A query for the exams and objectives that the calls name and that do not exist."""
    exams = {call.get("exam_id") for call in calls} - {None}
    objectives = {call.get("objective_id") for call in calls} - {None}
    return Statement(_UNKNOWN_REFERENCES, (dumps(list(exams)), dumps(list(objectives))))


def _check_references(calls: Sequence[Call], dangling: set[tuple[str, int]]) -> None:
    """Raise Invalid that names each field of a call whose (field, id) is among the dangling references."""
    wrong = {
        field if len(calls) == 1 else f"{place}.{field}": ["There is none with this id."]
        for place, call in enumerate(calls)
        for field in ("exam_id", "objective_id")
        if (field, call.get(field)) in dangling
    }
    if wrong:
        raise Invalid("nothing was recorded", fields=wrong)


def _row(call: Call, digest: str, now: dt.datetime) -> NewRow:
    """A call as the ledger's columns."""
    priced = prices.price(_priceable(call), now)
    counts = [count for count in (priced.prompt_tokens, priced.completion_tokens) if count is not None]
    return {name: call.get(name) for name in _SENT} | {
        "provider": priced.provider,
        "prompt_tokens": priced.prompt_tokens,
        "completion_tokens": priced.completion_tokens,
        "total_tokens": sum(counts) if counts else None,
        "cost_nanousd": priced.cost_nanousd,
        "cost_microusd": None if priced.cost_nanousd is None else (priced.cost_nanousd + 500) // 1000,
        "cost_basis": priced.cost_basis,
        "usage": AIGeneration.usage.db_value(call.get("usage")),
        "question_ids": AIGeneration.question_ids.db_value(call.get("question_ids")),
        "digest": digest,
        "created_at": int(now.timestamp()),
        "recorded_at": int(now.timestamp()),
    }


def _priceable(call: Call) -> prices.Call:
    """What of a call decides its price."""
    counts = (call.get("prompt_tokens"), call.get("completion_tokens"))
    return prices.Call(call["model"], call.get("provider"), call.get("usage"), *counts, call.get("billed_nanousd"))


def _known(row: _Known) -> _Known:
    ids = None if row["question_ids"] is None else loads(row["question_ids"])
    if ids is not None and (type(ids) is not list or not all(type(number) is int for number in ids)):
        raise Unusable("question_ids", "is not a list of whole numbers")
    return rows.checked(row, _SHAPE)


def _writes(made: list[NewRow], now: dt.datetime) -> list[Statement | Guard]:
    """The steps that write new rows and add what they cost to their day."""
    if not made:
        return []
    costs = [row["cost_nanousd"] for row in made if isinstance(row["cost_nanousd"], int)]
    steps: list[Statement | Guard] = [Statement(_INSERT, (dumps(made),))]
    return [*steps, metrics.add_cost(sum(costs), int(now.timestamp()))] if costs else steps


def _count(made: list[NewRow]) -> None:
    """Tell the metrics what was recorded."""
    for row in made:
        cost = row["cost_nanousd"]
        series.ai_call(str(row["purpose"]), str(row["model"]), cost / NANO if isinstance(cost, int) else None)


def shown(row: Recorded) -> Generation:
    """A row of a receipt with its JSON column read."""
    return {**row, "question_ids": AIGeneration.question_ids.python_value(row["question_ids"])}
