"""Voices that drafts are written in."""

import re
from typing import Any, NotRequired, TypedDict

import marshmallow
from flask import Response
from marshmallow import fields

from growth_service.wording import prompts, voice_changes, voice_versions, voices
from growth_service.wording.voices import Row, Wish
from shared_schema import bounded
from shared_schema.fields import dumps
from shared_schema.problems import Conflict, NotFound
from shared_schema.web import etag, paging, requests
from shared_schema.web.api import Blueprint, raises, versioned
from shared_schema.web.auth import ADMINS, SERVICES_AND_ADMINS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Instant, NoBody, Out, Page, Schema, Text, Whole

blp = Blueprint(
    "voices", __name__, url_prefix="/api/twitter/voice-profiles", description="Voices that drafts are written in"
)

MAX_DATA = 10_000  # characters of JSON
_SOMETHING = r"^[^\u0000]*[^\u0000-\u0020][^\u0000]*$"


class Words(Text):
    """Text of up to `high` characters that is not blank."""

    def __init__(self, high: int, **options: Any) -> None:
        super().__init__(1, high, metadata={"pattern": _SOMETHING}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        if not re.search(r"[^\x00-\x20]", text):
            raise marshmallow.ValidationError("It is blank.")
        return text


class VocabularyIn(Schema):
    preferred = bounded.List(Words(100), 0, 100, load_default=list)
    avoided = bounded.List(Words(100), 0, 100, load_default=list)


class WholeVocabulary(fields.Nested):
    """Sent whole, also where it changes only a part of a profile."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, partial: Any = None, **options: Any) -> Any:
        return super()._deserialize(value, attr, data, partial=False, **options)


def _short(data: object) -> None:
    if len(dumps(data)) > MAX_DATA:
        raise marshmallow.ValidationError(f"Longer than {MAX_DATA:,} characters of JSON.")


class VoiceIn(Schema):
    name = Words(100, required=True)
    description = Text(0, 2000, load_default=None, allow_none=True)
    tone = Text(0, 500, load_default=None, allow_none=True)
    topics = bounded.List(Words(100), 0, 50, load_default=list)
    vocabulary = WholeVocabulary(VocabularyIn, load_default=lambda: {"preferred": [], "avoided": []})
    examples = bounded.List(Words(1000), 0, 20, load_default=list)
    voice_data = fields.Dict(load_default=None, allow_none=True, validate=_short)


class VocabularyOut(Out):
    preferred = fields.List(fields.String())
    avoided = fields.List(fields.String())


class Spoken(Out):
    name = fields.String()
    description = fields.String(allow_none=True)
    tone = fields.String(allow_none=True)
    topics = fields.List(fields.String())
    vocabulary = fields.Nested(VocabularyOut)
    examples = fields.List(fields.String())
    voice_data = fields.Dict(allow_none=True)


class VoiceOut(Spoken):
    id = Whole(1)
    version = fields.Integer()
    is_active = Flag()
    created_at = Instant()
    updated_at = Instant()


class ActiveVoice(VoiceOut):
    prompt = fields.String(metadata={"description": "The profile as instructions to a language model"})


class VoicePage(Out):
    voice_profiles = fields.List(fields.Nested(VoiceOut))
    next = Whole(1, allow_none=True)


class VoiceVersion(Spoken):
    version = fields.Integer()
    current = Flag()
    created_at = Instant()


class VoiceVersionPage(Out):
    versions = fields.List(fields.Nested(VoiceVersion))
    next = Whole(1, allow_none=True)


class PageQuery(TypedDict):
    """Page, loaded."""

    after: NotRequired[int]
    limit: int


def _added(document: Row) -> tuple[object, int]:
    return VoiceOut.of(voice_changes.shown(document)), 201


def _activated(document: Row) -> tuple[object, int]:
    return VoiceOut.of(voice_changes.shown(document)), 200


@blp.route("", methods=["POST"])
@allow(*ADMINS)
@keyed(_added)
@blp.arguments(VoiceIn)
@blp.response(201, VoiceOut)
def add_voice(content: Wish) -> Response:
    """Add a voice profile, which is not active yet"""
    return requests.answer(voice_changes.add(content, requests.actor(), requests.once()))


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(Page, location="query")
@blp.response(200, VoicePage)
def list_voices(query: PageQuery) -> dict[str, object]:
    """Voice profiles, the oldest first"""
    return paging.page("voice_profiles", voices.page(query.get("after", 0), query["limit"]))


@blp.route("/active")
@allow(*SERVICES_AND_ADMINS)
@raises(NotFound)
@blp.response(200, ActiveVoice)
@blp.unless_damaged
def get_active_voice() -> dict[str, object]:
    """The voice that drafts are written in, with a text for the prompt"""
    voice = voices.active()
    return {**voice, "prompt": prompts.of(voice)}


@blp.route("/<id:profile_id>")
@allow(*SERVICES_AND_ADMINS)
@versioned
@blp.response(200, VoiceOut)
@blp.unless_damaged
def get_voice(profile_id: int) -> Response:
    """One voice profile"""
    voice = voices.get(profile_id)
    return etag.stated(VoiceOut.of(voice), voice_changes.state(voice))


@blp.route("/<id:profile_id>", methods=["PUT"])
@allow(*ADMINS)
@versioned
@blp.unless_damaged
@blp.arguments(VoiceIn)
@blp.response(200, VoiceOut)
def replace_voice(content: Wish, profile_id: int) -> Response:
    """Replace all that a voice profile says; what is not sent is empty then"""
    return _changed(profile_id, content)


@blp.route("/<id:profile_id>", methods=["PATCH"])
@allow(*ADMINS)
@versioned
@blp.unless_damaged
@blp.arguments(VoiceIn(partial=True))
@blp.response(200, VoiceOut)
def change_voice(wish: Wish, profile_id: int) -> Response:
    """Change what a voice profile says, which makes a new version; what is not sent stays as it is"""
    return _changed(profile_id, wish)


def _changed(profile_id: int, wish: Wish) -> Response:
    voice = voice_changes.change(profile_id, wish, etag.expected(), requests.actor())
    return etag.stated(VoiceOut.of(voice), voice_changes.state(voice))


@blp.route("/<id:profile_id>", methods=["DELETE"])
@allow(*ADMINS)
@versioned
@raises(Conflict)
@blp.response(204)
def delete_voice(profile_id: int) -> None:
    """Take a voice profile away; its versions are kept. The active one stays"""
    voice_changes.delete(profile_id, etag.expected(), requests.actor())


@blp.route("/<id:profile_id>/versions")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(Page, location="query")
@blp.response(200, VoiceVersionPage)
def list_voice_versions(query: PageQuery, profile_id: int) -> dict[str, object]:
    """All that a voice profile has said, the latest version first"""
    return paging.page("versions", voice_versions.page(profile_id, query.get("after", 0), query["limit"]))


@blp.route("/<id:profile_id>/activate", methods=["POST"])
@allow(*ADMINS)
@keyed(_activated)
@blp.arguments(NoBody, required=False)
@blp.response(200, VoiceOut)
def activate_voice(_: dict[str, object], profile_id: int) -> Response:
    """Let drafts be written in this voice, and in no other"""
    return requests.answer(voice_changes.activate(profile_id, requests.actor(), requests.once()))
