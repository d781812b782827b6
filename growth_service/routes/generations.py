"""The ledger of AI calls."""

import datetime as dt
import time
from collections.abc import Mapping
from typing import Any, TypedDict

import marshmallow
from flask import Response
from marshmallow import fields, pre_load

from growth_service.ledger import generation_rows, generations
from growth_service.ledger.calls import Call
from growth_service.ledger.generation_rows import Recorded
from shared_schema import bounded
from shared_schema.idempotency import Receipt
from shared_schema.problems import Invalid
from shared_schema.web import requests
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import SERVICES, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.messages import by_path
from shared_schema.web.schema import Flag, Ids, Instant, Out, Schema, Text, Usd, UsdIn, Whole, choice

blp = Blueprint("generations", __name__, url_prefix="/api/ai/generations", description="The ledger of AI calls")

MAX_ITEMS = 100
MAX_USAGE_VALUES = 500  # in one usage object; a provider's has some forty
MAX_TOKENS = 1_000_000_000  # beyond any call; keeps every sum of costs within 64 bits
EARLIEST_CALL = 1_577_836_800  # 2020-01-01
CLOCKS_DIFFER_S = 60


class Usage(fields.Dict):
    """A provider's usage object: any JSON of a size that such an object has, whose token counts a call can have."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        left = MAX_USAGE_VALUES
        level: list[tuple[str, object]] = list(value.items())
        while level:
            if (left := left - len(level)) < 0:
                raise marshmallow.ValidationError(f"More than {MAX_USAGE_VALUES} values.")
            level = [pair for name, inner in level for pair in _parts(name, inner)]
        return value


def _parts(name: str, value: object) -> list[tuple[str, object]]:
    """The values directly within one, with their names; those of a list have the list's. Raises for a wrong count."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return [(name, item) for item in value]
    if name.lower().endswith(("tokens", "tokencount")) and not _can_be_count(value):
        raise marshmallow.ValidationError(f"{name[:100]} is not a number from 0 to {MAX_TOKENS}.")
    return []


def _can_be_count(value: object) -> bool:
    if isinstance(value, bool | str):
        return False
    return not isinstance(value, int | float) or 0 <= value <= MAX_TOKENS


class TrueOrFalse(Flag):
    """true or false of JSON; no text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class CallTime(Instant):
    """When a call was made: no time before there were such calls, and none that our clock has not come to."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        moment = super()._deserialize(value, attr, data, **options)
        if not EARLIEST_CALL <= moment <= time.time() + CLOCKS_DIFFER_S:
            raise marshmallow.ValidationError("Not a time from 2020-01-01 until now.")
        return moment


class Provider(Text):
    """A provider's name, however its letters are written: as two of them a call could be counted twice."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        return str(super()._deserialize(value, attr, data, **options)).lower()


class GenerationIn(Schema):
    request_id = Text(1, 255, required=True)
    purpose = Text(1, 100, required=True)
    provider = Provider(1, 100, allow_none=True, metadata={"description": "In small letters from then on"})
    model = Text(1, 200, required=True)
    usage = Usage(allow_none=True)
    prompt_tokens = Whole(0, MAX_TOKENS, allow_none=True)
    completion_tokens = Whole(0, MAX_TOKENS, allow_none=True)
    billed_nanousd = UsdIn(data_key="billedUsd", allow_none=True)
    service_tier = Text(1, 100, allow_none=True, metadata={"description": "As it was served, else as it was asked for"})
    response_id = Text(1, 255, allow_none=True, metadata={"description": "The provider's id of its answer"})
    created_at = CallTime(allow_none=True, metadata={"description": "When the call was made, where that is not now"})
    success = TrueOrFalse(required=True)
    error_message = Text(0, 10_000, allow_none=True)
    generation_time_ms = Whole(0, 2**31, allow_none=True)
    exam_id = Whole(1, allow_none=True)
    objective_id = Whole(1, allow_none=True)
    user_id = Whole(1, allow_none=True)
    question_ids = Ids(1000, allow_none=True)
    tweet_id = Text(1, 64, allow_none=True)
    opportunity_id = Text(1, 64, allow_none=True)


class GenerationsIn(Schema):
    """One call, or a list of them."""

    generations = bounded.List(fields.Nested(GenerationIn), 1, MAX_ITEMS)
    several = Flag()

    @pre_load
    def wrap(self, data: object, **_: object) -> dict[str, object]:
        return {"generations": data if isinstance(data, list) else [data], "several": isinstance(data, list)}

    def handle_error(self, error: marshmallow.ValidationError, data: object, **_: object) -> None:
        place = "generations" if isinstance(data, list) else "generations.0"
        wrong = {path.removeprefix(place).lstrip("."): texts for path, texts in by_path(error.messages).items()}
        raise Invalid("nothing was recorded", errors={path or "body": texts for path, texts in wrong.items()})


class GenerationsBody(TypedDict):
    """GenerationsIn, loaded. `several` is true where the client sent a list."""

    generations: list[Call]
    several: bool


class GenerationOut(Out):
    id = Whole(1)
    request_id = fields.String()
    purpose = fields.String()
    provider = fields.String(allow_none=True)
    model = fields.String()
    prompt_tokens = fields.Integer(allow_none=True, metadata={"description": "All input, cached or not"})
    completion_tokens = fields.Integer(allow_none=True)
    total_tokens = fields.Integer(allow_none=True)
    cost_nanousd = Usd(
        data_key="costUsd", allow_none=True, metadata={"description": "What counts: what was billed, else computed"}
    )
    cost_basis = choice(*generation_rows.BASES, allow_none=True, metadata={"description": "null without a cost"})
    computed_nanousd = Usd(data_key="computedUsd", allow_none=True, metadata={"description": "By the price book"})
    billed_nanousd = Usd(data_key="billedUsd", allow_none=True, metadata={"description": "By the provider"})
    price_source = fields.String(allow_none=True, metadata={"description": "The price book, or whose bill it is"})
    warnings = fields.List(fields.String(), metadata={"description": "Why a price is not known, or a bill not taken"})
    service_tier = fields.String(allow_none=True)
    response_id = fields.String(allow_none=True)
    success = Flag()
    error_message = fields.String(allow_none=True)
    generation_time_ms = fields.Integer(allow_none=True)
    exam_id = Whole(1, allow_none=True)
    objective_id = Whole(1, allow_none=True)
    user_id = Whole(1, allow_none=True)
    question_ids = fields.List(fields.Integer(), allow_none=True)
    tweet_id = fields.String(allow_none=True)
    opportunity_id = fields.String(allow_none=True)
    created_at = Instant()
    recorded_at = Instant(allow_none=True)


class GenerationList(Out):
    generations = fields.List(fields.Nested(GenerationOut))


_SEVERAL = {"type": "array", "items": GenerationIn, "minItems": 1, "maxItems": MAX_ITEMS}
_TAKES = {"content": {"application/json": {"schema": {"oneOf": [GenerationIn, _SEVERAL]}}}}
_GIVES = {
    "description": "Created",
    "content": {"application/json": {"schema": {"oneOf": [GenerationOut, GenerationList]}}},
}


def _recorded(document: Recorded | list[Recorded]) -> tuple[object, int]:
    """A list for a list, one for one."""
    if not isinstance(document, list):
        return GenerationOut.of(generation_rows.shown(document)), 201
    return {"generations": [GenerationOut.of(generation_rows.shown(row)) for row in document]}, 201


@blp.route("", methods=["POST"])
@allow(*SERVICES)
@keyed(_recorded)
@blp.doc(requestBody=_TAKES, responses={"201": _GIVES})
@blp.arguments(GenerationsIn)
@blp.response(201, GenerationOut)
def record_generations(body: GenerationsBody) -> Response:
    """Record an AI call, or a list of them: all or none, each once by its requestId, at the price we compute"""
    several = body["several"]
    receipt = generations.record(body["generations"], dt.datetime.now(dt.UTC), requests.once(), several=several)
    if not several and isinstance(receipt.document, list):  # of a release before
        receipt = Receipt(receipt.document[0], receipt.replayed)
    return requests.answer(receipt)
