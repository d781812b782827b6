"""Flags: what learners find wrong with questions."""

from typing import NotRequired, TypedDict

from flask import Response
from marshmallow import fields

from shared_schema.problems import Conflict
from shared_schema.tables.editing import RESOLUTIONS
from shared_schema.web import auth, paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import LEARNERS, MODERATORS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Instant, Out, Page, Schema, Text, Whole, choice
from study_service import flags
from study_service.flags import Flagged, Resolved

blp = Blueprint("flags", __name__, url_prefix="/api", description="What learners find wrong with questions")


class FlagIn(Schema):
    reason = choice(*flags.REASONS, required=True)
    comment = Text(0, 1000, load_default=None, allow_none=True)


class FlagBody(TypedDict):
    """FlagIn, loaded."""

    reason: str
    comment: str | None


class Resolution(Schema):
    resolution = choice(*RESOLUTIONS, required=True)
    note = Text(0, 2000, load_default=None, allow_none=True, metadata={"description": "For those who flagged it"})


class ResolutionBody(TypedDict):
    """Resolution, loaded."""

    resolution: str
    note: str | None


class OwnFlag(Out):
    id = Whole(1)
    question_id = Whole(1)
    reason = choice(*flags.REASONS)
    comment = fields.String(allow_none=True)
    created_at = Instant()
    resolution = choice(*RESOLUTIONS, allow_none=True, metadata={"description": "null while it is open"})
    note = fields.String(allow_none=True, metadata={"description": "What the moderator says to it"})
    resolved_at = Instant(allow_none=True)


class FlagOut(OwnFlag):
    user_id = Whole(1)


class OwnFlagPage(Out):
    flags = fields.List(fields.Nested(OwnFlag))
    next = Whole(1, allow_none=True)


class FlagPage(Out):
    flags = fields.List(fields.Nested(FlagOut))
    next = Whole(1, allow_none=True)


class ResolvedOut(Out):
    question_id = Whole(1)
    resolved = fields.Integer(metadata={"description": "How many were open"})


class PageQuery(TypedDict):
    """A `Page` as it was read."""

    after: NotRequired[int]
    limit: int


def _added(document: Flagged) -> tuple[object, int]:
    return OwnFlag.of(flags.read(document)), 201 if document["is_new"] else 200


def _resolved(document: Resolved) -> tuple[object, int]:
    return ResolvedOut.of(document), 200


@blp.route("/questions/<id:question_id>/flags", methods=["POST"])
@allow(*LEARNERS)
@keyed(_added)
@raises(Conflict)
@blp.arguments(FlagIn)
@blp.response(201, OwnFlag)
@blp.alt_response(200, schema=OwnFlag, description="It replaces what the caller had said before", success=True)
@blp.unless_damaged
def add_flag(body: FlagBody, question_id: int) -> Response:
    """Say what is wrong with a question that the caller was given or can be given"""
    return requests.answer(flags.add(auth.user_id(), question_id, body["reason"], body["comment"], requests.once()))


@blp.route("/questions/<id:question_id>/flags")
@allow(*MODERATORS)
@blp.arguments(Page, location="query")
@blp.response(200, FlagPage)
def list_flags(query: PageQuery, question_id: int) -> dict[str, object]:
    """The flags of a question, the latest first"""
    return paging.page("flags", flags.of_question(question_id, query.get("after", 0), query["limit"]))


@blp.route("/questions/<id:question_id>/flags/resolve", methods=["POST"])
@allow(*MODERATORS)
@keyed(_resolved)
@blp.arguments(Resolution)
@blp.response(200, ResolvedOut)
def resolve_flags(body: ResolutionBody, question_id: int) -> Response:
    """Close all open flags of a question"""
    resolution, note = body["resolution"], body["note"]
    return requests.answer(flags.resolve(question_id, resolution, note, requests.actor(), requests.once()))


@blp.route("/flags")
@allow(*LEARNERS)
@blp.arguments(Page, location="query")
@blp.response(200, OwnFlagPage)
def list_own_flags(query: PageQuery) -> dict[str, object]:
    """The caller's flags and what became of them, the latest first"""
    return paging.page("flags", flags.own(auth.user_id(), query.get("after", 0), query["limit"]))
