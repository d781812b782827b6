"""Reading the ledger of AI calls."""

from typing import TypedDict, cast

from marshmallow import fields

from growth_service.ledger import entries
from growth_service.ledger.entries import Entry, Filters
from growth_service.routes.generations import GenerationOut
from shared_schema.web import paging
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import SERVICES_AND_ADMINS, allow
from shared_schema.web.schema import Flag, Instant, Out, Page, QueryWhole, Text, Usd, Whole

blp = Blueprint("entries", __name__, url_prefix="/api/ai/generations", description="Reading the ledger of AI calls")


class EntriesQuery(Page):
    purpose = Text(1, 100, metadata={"description": "Calls for this purpose"})
    model = Text(1, 200, metadata={"description": "Calls of this model"})
    exam_id = QueryWhole(metadata={"description": "0: calls for no exam"})
    user_id = QueryWhole(metadata={"description": "0: calls for no user"})
    success = Flag(metadata={"description": "Whether the call succeeded"})
    priced = Flag(metadata={"description": "Whether the price is known"})
    start = Instant(data_key="from", metadata={"description": "Calls made then or later"})
    end = Instant(data_key="to", metadata={"description": "Calls made before"})


class EntriesAsked(TypedDict, total=False):
    """EntriesQuery, loaded; the filters beside the place and size of the page."""

    after: int
    limit: int


class EntryOut(GenerationOut):
    request_id = fields.String(allow_none=True, metadata={"description": "null: of before the service"})
    computed_nanousd = Usd(data_key="computedUsd", allow_none=True, metadata={"description": "By the price book"})
    billed_nanousd = Usd(data_key="billedUsd", allow_none=True, metadata={"description": "By the provider"})
    repriced_nanousd = Usd(
        data_key="repricedUsd",
        allow_none=True,
        metadata={"description": "By the latest price book that says otherwise; costUsd stays what was booked"},
    )
    price_source = fields.String(allow_none=True)
    service_tier = fields.String(allow_none=True)
    response_id = fields.String(allow_none=True, metadata={"description": "The provider's own id of its response"})
    warnings = fields.List(fields.String())
    user_id = Whole(1, allow_none=True)
    recorded_at = Instant(allow_none=True, metadata={"description": "`createdAt` is when the call was made"})


class EntryList(Out):
    generations = fields.List(fields.Nested(EntryOut))
    next = Whole(1, allow_none=True)


_REQUEST_ID = {
    "in": "path",
    "name": "request_id",
    "description": "The client's own id for the call, percent-encoded",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(EntriesQuery, location="query")
@blp.response(200, EntryList)
def list_generations(query: EntriesAsked) -> dict[str, object]:
    """AI calls, newest first: those to which all filters apply"""
    after, limit = query.pop("after", None), query.pop("limit")
    return paging.page("generations", entries.page(cast(Filters, query), after, limit))


# The id of a client's call may have slashes anywhere.
@blp.route("/<key:request_id>", parameters=[_REQUEST_ID])
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, EntryOut)
@blp.unless_damaged
def get_generation(request_id: str) -> Entry:
    """One AI call, by the id that its client gave it"""
    return entries.get(request_id)
