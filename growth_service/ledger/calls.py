"""AI calls as clients report them: what one says, and whether two reports are of the same call."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NotRequired, TypedDict

import orjson

from growth_service.prices import UsageObject
from shared_schema.fields import dumps, loads
from shared_schema.problems import Conflict


class Call(TypedDict):
    """An AI call, as the client reports it. `request_id` is the client's own id for the call.

    `response_id` is the provider's id of its answer; `created_at` is when the call was made, in epoch seconds.
    """

    request_id: str
    purpose: str
    model: str
    success: bool
    provider: NotRequired[str | None]
    usage: NotRequired[UsageObject | None]
    prompt_tokens: NotRequired[int | None]
    completion_tokens: NotRequired[int | None]
    billed_nanousd: NotRequired[int | None]
    service_tier: NotRequired[str | None]
    response_id: NotRequired[str | None]
    created_at: NotRequired[int | None]
    error_message: NotRequired[str | None]
    generation_time_ms: NotRequired[int | None]
    exam_id: NotRequired[int | None]
    objective_id: NotRequired[int | None]
    user_id: NotRequired[int | None]
    question_ids: NotRequired[list[int] | None]
    tweet_id: NotRequired[str | None]
    opportunity_id: NotRequired[str | None]


class Booked(TypedDict):
    """A call that is in the ledger already, as far as reports are compared with it. JSON columns are text."""

    id: int
    request_id: str
    digest: str | None
    provider: str | None
    model: str
    response_id: str | None
    usage: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    question_ids: str | None
    created_at: int


def digest(call: Call) -> str:
    """The digest of what the client sent, to be stored. Releases before had whole micro-dollars, and so has this one
    where a bill is of whole micro-dollars: a call that one release has recorded is the same for the other.
    """
    bill = call.get("billed_nanousd")
    return _digest(call, in_micros=bill is None or bill % 1000 == 0)


def check_same(call: Call, booked: Booked) -> None:
    """Raises Conflict where this call is not the one that was booked under its request_id."""
    if booked["digest"] not in {_digest(call, in_micros=False), _digest(call, in_micros=True)}:
        raise _reused("id of a call")


def check_distinct(calls: Iterable[Call]) -> None:
    """Conflict where two calls of a request have the same id and are not equal."""
    digests: dict[str, str] = {}
    for call in calls:
        told = digest(call)
        if digests.setdefault(call["request_id"], told) != told:
            raise _reused("id of a call")


def check_same_response(call: Call, booked: Booked) -> None:
    """Raises Conflict where this call and the one booked under its response id differ in model or token counts.

    They are two calls then, and the second would be lost if it were taken for a repetition of the first.
    """
    usage = None if booked["usage"] is None else loads(booked["usage"])
    counts = (booked["prompt_tokens"], booked["completion_tokens"])
    told = (call.get("prompt_tokens"), call.get("completion_tokens"))
    if call["model"] != booked["model"] or call.get("usage") != usage or (usage is None and told != counts):
        raise _reused("response id of a call")


def as_booked(call: Call, provider: str | None) -> Booked:
    """A new call of a request, to compare a second report in the same request with."""
    usage = call.get("usage")
    return {
        "id": 0,
        "request_id": call["request_id"],
        "digest": None,
        "provider": provider,
        "model": call["model"],
        "response_id": call.get("response_id"),
        "usage": None if usage is None else dumps(usage),
        "prompt_tokens": call.get("prompt_tokens"),
        "completion_tokens": call.get("completion_tokens"),
        "question_ids": None,
        "created_at": 0,
    }


def named(calls: Sequence[Call], field: str) -> str:
    """The ids that calls have in a field, as JSON text."""
    return dumps(sorted({call.get(field) for call in calls} - {None}))  # type: ignore[type-var]  # None is taken out


def _digest(call: Call, *, in_micros: bool) -> str:
    told: dict[str, object] = {name: value for name, value in call.items() if value is not None}
    bill = call.get("billed_nanousd")
    if in_micros and bill is not None:
        del told["billed_nanousd"]
        told["billed_microusd"] = (bill + 500) // 1000
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _reused(what: str) -> Conflict:
    return Conflict(f"the {what} was used for another call already; nothing was recorded")
