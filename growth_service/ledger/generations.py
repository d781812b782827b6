"""The ledger of AI calls: each counted once, by the client's own id for it and by the provider's id of its answer, at
the price that was in force when it was made.
"""

import datetime as dt
from collections.abc import Sequence

import peewee

from growth_service import prices
from growth_service.ledger import calls
from growth_service.ledger.calls import Booked, Call
from growth_service.ledger.generation_rows import Recorded
from shared_schema import idempotency, rows
from shared_schema.database import Statement, errors
from shared_schema.fields import NANO, dumps, loads
from shared_schema.idempotency import Once, Receipt
from shared_schema.metrics import series
from shared_schema.problems import Invalid
from shared_schema.rows import Shape, Unusable
from shared_schema.tables import db
from shared_schema.tables.ledger import AIGeneration

__all__ = ["Call", "record"]

_SHAPE = Shape("ai_generation_log", moments=("created_at",))

NewRow = dict[str, object]  # a row to insert, by column

_SENT = (
    "request_id", "purpose", "model", "success", "response_id", "error_message", "generation_time_ms", "exam_id",
    "objective_id", "user_id", "tweet_id", "opportunity_id",
)  # fmt: skip
_PRICED = (
    "provider", "prompt_tokens", "completion_tokens", "cost_nanousd", "cost_basis", "computed_nanousd",
    "billed_nanousd", "price_source", "service_tier",
)  # fmt: skip
_STORED = (
    *_SENT, *_PRICED, "total_tokens", "cost_microusd", "usage", "question_ids", "warnings", "digest", "created_at",
    "recorded_at", "is_counted",
)  # fmt: skip

_INSERT = f"""
    INSERT INTO ai_generation_log ({", ".join(_STORED)})
    SELECT {", ".join(f"value->>'{column}'" for column in _STORED)} FROM json_each(?) ORDER BY key
"""
_COMPARED = ", ".join(f"ai_generation_log.{column}" for column in Booked.__annotations__)
_KNOWN = f"""
    SELECT {_COMPARED} FROM ai_generation_log WHERE request_id IN (SELECT value FROM json_each(:ids))
    UNION ALL
    SELECT {_COMPARED} FROM json_each(:responses) wanted JOIN ai_generation_log
    ON ai_generation_log.provider IS wanted.value->>0 AND ai_generation_log.response_id = wanted.value->>1
"""
_UNKNOWN_REFERENCES = """
    SELECT 'exam_id' AS field, value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM exams)
    UNION ALL
    SELECT 'objective_id', value FROM json_each(?) WHERE value NOT IN (SELECT id FROM objectives)
    UNION ALL
    SELECT 'user_id', value FROM json_each(?) WHERE value NOT IN (SELECT id FROM users)
"""
_REFERENCES = ("exam_id", "objective_id", "user_id")
# The unique keys by which a call is counted once.
_KEYS = (("request_id",), ("provider", "response_id"), ("response_id",))
_RECORDED = idempotency.row_json(AIGeneration, "g", only=Recorded.__annotations__)
_RECEIPT_OF_ONE = f"SELECT {_RECORDED} FROM ai_generation_log g WHERE g.request_id = ?"
# A server's parser knows no ORDER BY inside an aggregate.
_RECEIPT = f"""
    SELECT json_group_array(json(recorded)) FROM (
        SELECT {_RECORDED} AS recorded
        FROM json_each(?) wanted JOIN ai_generation_log g ON g.request_id = wanted.value ORDER BY wanted.key)
"""


def record(reported: Sequence[Call], now: dt.datetime, once: Once, *, several: bool = True) -> Receipt:
    """Write AI calls into the ledger, all or none. The receipt is a list of Recorded in the order of the calls, which
    `shown` makes a Generation of; without `several` it is that of the only one.

    A call whose request_id is there already is not counted again, nor one whose answer is: its Recorded is the first
    one's, with that one's request_id. The receipt is a replay where none is new. Conflict if an id was used for another
    call, Invalid for an exam, objective or user that does not exist. Damaged, and none recorded, where a call that is
    there already cannot be used.

    They are written as if all were new, so nothing is read before; only where a rule of the tables stops that, the
    ledger is asked which of them are there.
    """
    calls.check_distinct(reported)
    told = _sort(reported, known=())
    while True:
        booked, new = told
        made = [_row(call, now) for call in new]
        try:
            receipt = _write(booked, made, once, several)
        except peewee.IntegrityError as error:
            if not _is_of_a_call(error) or (told := _sort(reported, _known(reported))) == (booked, new):
                raise
        else:
            if not receipt.replayed:
                _count(made)
            return Receipt(receipt.document, receipt.replayed or not new)


def _write(booked: Sequence[str], made: Sequence[NewRow], once: Once, several: bool) -> Receipt:
    """Add the new rows. The receipt has those under the ids `booked`."""
    steps = [Statement(_INSERT, (dumps(made),))] if made else []
    receipt, of = (_RECEIPT, dumps(booked)) if several else (_RECEIPT_OF_ONE, booked[0])
    return once.write(steps, receipt, (of,), natural_key=True)


def _is_of_a_call(error: peewee.IntegrityError) -> bool:
    """Whether a call is there already, or names an exam, an objective or a user that is not."""
    of_ids = any(errors.is_unique(error, "ai_generation_log", *key) for key in _KEYS)
    return of_ids or isinstance(errors.cause(error), errors.ForeignKey)


def _known(reported: Sequence[Call]) -> list[Booked]:
    """The calls of the ledger that have an id of these. Invalid where one of these names what does not exist."""
    answers = [key for key in map(_answer, reported) if key]
    sought = {"ids": calls.named(reported, "request_id"), "responses": dumps(answers)}
    known, dangling = db.fetch([Statement(_KNOWN, sought), _references(reported)], fresh=True)
    _check_references(reported, {(row["field"], row["id"]) for row in dangling.rows})
    return [rows.one("ai_generation_log", row, _usable) for row in known.all(Booked)]


def _answer(call: Call) -> tuple[str | None, str] | None:
    """By what the provider's answer is known: the provider and its id; None without an id."""
    response_id = call.get("response_id")
    return None if response_id is None else (prices.provider(_priceable(call)), response_id)


def _sort(reported: Sequence[Call], known: Sequence[Booked]) -> tuple[list[str], list[Call]]:
    """Under which request_id each call is booked, and the calls that are new. Conflict where an id was used before."""
    by_id = {row["request_id"]: row for row in known}
    by_answer = {(row["provider"], row["response_id"]): row for row in known if row["response_id"] is not None}
    booked: list[str] = []
    new: dict[str, Call] = {}
    for call in reported:
        request_id, answer = call["request_id"], _answer(call)
        if row := by_id.get(request_id):
            calls.check_same(call, row)
        elif request_id in new:
            pass
        elif answer and (row := by_answer.get(answer)):
            calls.check_same_response(call, row)
            request_id = row["request_id"]
        else:
            new[request_id] = call
            if answer:
                by_answer[answer] = calls.as_booked(call, answer[0])
        booked.append(request_id)
    return booked, list(new.values())


def _references(reported: Sequence[Call]) -> Statement:
    """A query for the exams, objectives and users that the calls name and that do not exist."""
    return Statement(_UNKNOWN_REFERENCES, tuple(calls.named(reported, field) for field in _REFERENCES))


def _check_references(reported: Sequence[Call], dangling: set[tuple[str, int]]) -> None:
    """Raise Invalid that names each field of a call whose (field, id) is among the dangling references."""
    wrong = {
        field if len(reported) == 1 else f"{place}.{field}": ["There is none with this id."]
        for place, call in enumerate(reported)
        for field in _REFERENCES
        if (field, call.get(field)) in dangling
    }
    if wrong:
        raise Invalid("nothing was recorded", fields=wrong)


def _row(call: Call, now: dt.datetime) -> NewRow:
    """The new row of the ledger for a call, priced as of the time at which the call was made."""
    made_at = call.get("created_at")
    priced = prices.price(_priceable(call), now if made_at is None else dt.datetime.fromtimestamp(made_at, dt.UTC))
    counts = [count for count in (priced.prompt_tokens, priced.completion_tokens) if count is not None]
    return {
        **{name: call.get(name) for name in _SENT},
        **{name: getattr(priced, name) for name in _PRICED},
        "total_tokens": sum(counts) if counts else None,
        "cost_microusd": None if priced.cost_nanousd is None else (priced.cost_nanousd + 500) // 1000,
        "usage": AIGeneration.usage.db_value(call.get("usage")),
        "question_ids": AIGeneration.question_ids.db_value(call.get("question_ids")),
        "warnings": AIGeneration.warnings.db_value(list(priced.warnings)),
        "digest": calls.digest(call),
        "created_at": int(now.timestamp()) if made_at is None else made_at,
        "recorded_at": int(now.timestamp()),
        "is_counted": 1,
    }


def _priceable(call: Call) -> prices.Call:
    """What of a call decides its price."""
    counts = (call.get("prompt_tokens"), call.get("completion_tokens"))
    bill, tier = call.get("billed_nanousd"), call.get("service_tier")
    return prices.Call(call["model"], call.get("provider"), call.get("usage"), *counts, bill, tier)


def _usable(row: Booked) -> Booked:
    ids = None if row["question_ids"] is None else loads(row["question_ids"])
    if ids is not None and (type(ids) is not list or not all(type(number) is int for number in ids)):
        raise Unusable("question_ids", "is not a list of whole numbers")
    return rows.checked(row, _SHAPE)


def _count(made: list[NewRow]) -> None:
    """Tell the metrics what was recorded."""
    for row in made:
        cost = row["cost_nanousd"]
        series.ai_call(str(row["purpose"]), str(row["model"]), cost / NANO if isinstance(cost, int) else None)
